"""Many rows in one statement by unnest(): COPY is refused under row security."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import Column, DefaultClause, Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import psycopg as dialect

from models.base import ClinicRow
from services.database.statement import Statement
from services.database.wire import Ask, Rows

_DIALECT = dialect.dialect()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue] -- untyped in SQLAlchemy


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many rows of a table were new, and how many were there but differed."""

    inserted: int
    updated: int
    written: Mapping[UUID, bool]
    """The id of each such row, and whether it was new; rows that did not differ are not in it."""

    @classmethod
    def of(cls, results: Sequence[Rows]) -> "Upserted":
        """Count what an upsert returned."""
        written = {row_id: bool(new) for row_id, new in results[0]}
        new = sum(written.values())
        return cls(new, len(written) - new, written)


def inserts(rows: Iterable[ClinicRow]) -> list[Ask]:
    """One insert a table, in the order in which the tables first appear."""
    by_table: defaultdict[str, list[ClinicRow]] = defaultdict(list)
    for row in rows:
        by_table[type(row).__name__].append(row)
    return [(_insert(_table(of[0])), _columns(of)) for of in by_table.values()]


def upsert(rows: Sequence[ClinicRow], keep: frozenset[str] = frozenset()) -> Ask:
    """Insert, or change where a row of the same key differs; returns which, and if it was new.

    Columns in `keep` are written when a row is new and never changed after.
    """
    if any(type(row) is not type(rows[0]) for row in rows):
        raise ValueError("An upsert is of one table.")
    return _upsert(_table(rows[0]), keep), _columns(rows)


@cache
def _insert(table: Table) -> Statement:
    names = ", ".join(_name(c) for c in table.columns)
    arrays = ", ".join(f"${n}::{_array_type(c)}" for n, c in enumerate(table.columns, 1))
    picked = ", ".join(_picked(c) for c in table.columns)
    sql = (  # names come from the models alone, values are bound
        f"INSERT INTO {table.fullname} AS old ({names}) "  # noqa: S608 -- see above
        f"SELECT {picked} FROM unnest({arrays}) AS new ({names})"
    )
    return Statement(sql.encode(), tuple(c.name for c in table.columns))


@cache
def _upsert(table: Table, keep: frozenset[str]) -> Statement:
    insert = _insert(table)
    changing = [
        _name(c)
        for c in table.columns
        if not c.primary_key and c.server_default is None and c.name not in keep
    ]
    names, old, new = (
        ", ".join(f"{prefix}{c}" for c in changing) for prefix in ("", "old.", "excluded.")
    )
    tail = (
        f" ON CONFLICT (tenant_id, id) DO UPDATE SET ({names}) = ROW({new}) "
        # As they are written, not as they compare: 7.1 and 7.10 are equal, and differ.
        f"WHERE ROW({old})::record *<> ROW({new})::record RETURNING id, (xmax = 0)"
    )
    return Statement(insert.sql + tail.encode(), insert.parameters)


def _columns(rows: Sequence[ClinicRow]) -> list[bytes | None]:
    table = _table(rows[0])
    given = {c.name: [_value(c, getattr(row, c.name)) for row in rows] for c in table.columns}
    return _insert(table).values(given)


def _value(column: Column[Any], value: Any) -> Any:
    """Lists and documents travel as JSON text: an array of arrays would have to be rectangular."""
    if value is not None and isinstance(column.type, ARRAY | JSONB):
        return msgspec.json.encode(value).decode()
    return value


def _picked(column: Column[Any]) -> str:
    name = f"new.{_name(column)}"
    if isinstance(column.type, ARRAY):
        element = cast("ARRAY[Any]", column.type).item_type.compile(dialect=_DIALECT)
        value = (
            f"CASE WHEN {name} IS NOT NULL THEN "
            f"ARRAY(SELECT jsonb_array_elements_text({name}::jsonb)::{element}) END"
        )
    else:
        value = f"{name}::jsonb" if isinstance(column.type, JSONB) else name
    default = column.server_default
    if isinstance(default, DefaultClause):
        fallback = f"'{default.arg}'" if isinstance(default.arg, str) else str(default.arg)
        return f"COALESCE({value}, {fallback})"
    return value


def _array_type(column: Column[Any]) -> str:
    if isinstance(column.type, ARRAY | JSONB):
        return "text[]"
    return column.type.compile(dialect=_DIALECT) + "[]"


def _name(column: Column[Any]) -> str:
    return f'"{column.name}"'


def _table(row: ClinicRow) -> Table:
    return cast("Table", type(row).__table__)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] -- SQLModel adds it
