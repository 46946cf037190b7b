"""Keys: as the models say, with the clinic first, and in force."""

from collections.abc import Iterator
from typing import Any, LiteralString

from psycopg import Connection

from tests.models.catalogue import schema
from tests.models.said import GLOBAL_TABLES

_NAMES: LiteralString = """
(SELECT string_agg(a.attname, ', ' ORDER BY x.n) FROM unnest({key}) WITH ORDINALITY x(num, n)
   JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = x.num)
"""
_CONSTRAINTS: LiteralString = f"""
SELECT n.nspname || '.' || c.relname, k.contype::text, k.conname,
       {_NAMES.format(key="k.conkey", table="k.conrelid")},
       fn.nspname || '.' || fc.relname, {_NAMES.format(key="k.confkey", table="k.confrelid")},
       k.convalidated AND NOT k.condeferrable
         AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
         AND k.confdeltype IN ('a', ' ') AND k.confupdtype IN ('a', ' ')
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class fc ON fc.oid = k.confrelid
  LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
 WHERE n.nspname IN ('app', 'identity', 'jobs') AND k.contype IN ('p', 'f', 'c')
"""
_UNIQUE: LiteralString = f"""
SELECT n.nspname || '.' || c.relname,
       {_NAMES.format(key="i.indkey::smallint[]", table="i.indrelid")},
       i.indpred IS NOT NULL, i.indisvalid AND i.indisready AND i.indimmediate,
       i.indisexclusion OR i.indexprs IS NOT NULL, i.indisprimary
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('app', 'identity', 'jobs') AND (i.indisunique OR i.indisexclusion)
"""
_DISABLED: LiteralString = """
SELECT g.tgrelid::regclass::text, 'foreign key ' || k.conname || ' is not checked'
  FROM pg_trigger g JOIN pg_constraint k ON k.oid = g.tgconstraint
 WHERE g.tgisinternal AND g.tgenabled <> 'O'
"""


def findings(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    there: set[tuple[str, str]] = set()
    for table, kind, name, columns, target, target_columns, in_force in db.execute(_CONSTRAINTS):
        words = {
            "p": f"primary key ({columns})",
            "f": f"foreign key ({columns}) to {target} ({target_columns})",
            "c": f"check {name}",
        }
        there.add((table, words[kind]))
        if not in_force:
            yield table, f"{words[kind]} is not validated, not enforced, deferred or acts by itself"
        to_clinic = kind == "f" and not {table, target} & GLOBAL_TABLES
        if to_clinic and not _clinic_first(columns, target_columns):
            yield table, f"{words[kind]} does not carry tenant_id first"
    for table, columns, partial, usable, odd, primary in db.execute(_UNIQUE):
        words = f"unique ({columns})" + (" where" if partial else "")
        if not primary:
            there.add((table, words))
        if odd or not usable:
            yield table, f"{words} is no plain unique index, or not in force"
        if table not in GLOBAL_TABLES and not _clinic_first(columns):
            yield table, f"{words} does not begin with tenant_id"
    yield from _compared(there)
    yield from db.execute(_DISABLED).fetchall()


def _clinic_first(*columns: str) -> bool:
    return all(listed.split(", ")[0] == "tenant_id" for listed in columns)


def _compared(there: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    said = {(name, key) for name, table in schema.tables().items() for key in schema.keys(table)}
    said.add(("app.alembic_version", "primary key (version_num)"))
    yield from ((table, f"{key} is not in the models") for table, key in there - said)
    yield from ((table, f"{key} is missing") for table, key in said - there)
