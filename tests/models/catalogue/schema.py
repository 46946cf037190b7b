"""What the models say there is, in the words that the catalogue uses."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from models.schema import metadata
from tests.models.said import GLOBAL_TABLES


@cache
def tables() -> dict[str, Table]:
    """By name with schema."""
    return {t.fullname: t for t in metadata.sorted_tables}


@cache
def clinic_tables() -> dict[str, Table]:
    return {name: t for name, t in tables().items() if name not in GLOBAL_TABLES}


@cache
def append_only() -> list[str]:
    return [name for name, t in clinic_tables().items() if t.info["append_only"]]


def keys(table: Table) -> Iterator[str]:
    """Its primary key, unique indexes, foreign keys and checks."""
    for constraint in table.constraints:
        match constraint:
            case PrimaryKeyConstraint():
                yield f"primary key ({_names(constraint.columns)})"
            case UniqueConstraint():
                yield f"unique ({_names(constraint.columns)})"
            case ForeignKeyConstraint():
                target = ", ".join(e.column.name for e in constraint.elements)
                place = constraint.referred_table.fullname
                yield f"foreign key ({_names(constraint.columns)}) to {place} ({target})"
            case CheckConstraint():
                yield f"check {constraint.name}"
            case _:
                raise TypeError(f"What is a {constraint}?")
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["postgresql"]["where"]
            yield f"unique ({_names(index.columns)})" + ("" if where is None else " where")


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(c.name for c in columns)
