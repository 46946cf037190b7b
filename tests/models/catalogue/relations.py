"""Tables and what is like them: there as said, owned as said, under row security."""

from collections.abc import Iterator
from typing import Any, LiteralString, NamedTuple

from psycopg import Connection

from tests.models.catalogue import schema
from tests.models.said import EXTENSIONS, GLOBAL_TABLES, SCHEMAS

_RELATIONS: LiteralString = """
SELECT n.nspname || '.' || c.relname, c.relkind::text, c.relpersistence::text,
       pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity,
       coalesce(c.reloptions @> array['security_invoker=true'], false),
       EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
         AND EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner),
       (SELECT a.attnotnull AND a.atttypid = 'uuid'::regtype FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND c.relkind NOT IN ('i', 'I', 't', 'c')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                   AND d.objid = c.oid AND d.deptype = 'e')
"""
_COLUMNS: LiteralString = """
SELECT n.nspname || '.' || c.relname, a.attname, a.attnotnull
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('app', 'identity', 'jobs') AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped
"""
_RULES: LiteralString = """
SELECT w.ev_class::regclass::text, 'rewrite rule ' || w.rulename
  FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE w.rulename <> '_RETURN' AND n.nspname <> 'pg_catalog'
"""
_FORBIDDEN = {
    "m": "is a materialized view, which row security does not reach",
    "S": "is a sequence, which tells clinics of each other",
    "f": "is a foreign table",
}


class Relation(NamedTuple):
    """A row of `_RELATIONS`."""

    name: str
    kind: str
    persistence: str
    owner: str
    enabled: bool
    forced: bool
    invoker: bool
    granted_part: bool
    tenant_id: bool | None
    """None if there is no such column."""


def findings(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    found = [Relation(*row) for row in db.execute(_RELATIONS)]
    there = {relation.name for relation in found if relation.kind in "rp"}
    said = set(schema.tables()) | GLOBAL_TABLES
    yield from ((name, "is not in the models") for name in there - said)
    yield from ((name, "is missing") for name in said - there)
    for relation in found:
        yield from ((relation.name, problem) for problem in _wrong(relation))
        if relation.kind in "rp":
            yield from ((relation.name, problem) for problem in _open(relation))
    yield from db.execute(_RULES).fetchall()
    yield from _columns(db)
    yield from _schemas(db)


def _wrong(it: Relation) -> Iterator[str]:
    if it.kind in _FORBIDDEN:
        yield _FORBIDDEN[it.kind]
    if it.kind == "v" and not it.invoker:
        yield "is a view that runs as its owner"
    if it.granted_part:
        yield "is a part of another table, and granted to someone"
    if SCHEMAS.get(it.name.split(".")[0]) != it.owner:
        yield f"is owned by {it.owner}"


def _open(it: Relation) -> Iterator[str]:
    table = schema.tables().get(it.name)
    unlogged = table is not None and "UNLOGGED" in table._prefixes
    if it.persistence != ("u" if unlogged else "p"):
        yield f"has persistence {it.persistence}"
    if it.name in GLOBAL_TABLES:
        return
    if not it.tenant_id:
        yield "has no tenant_id uuid NOT NULL, and is not on the list of global tables"
    if not it.enabled:
        yield "has row security off"
    if not it.forced:
        yield "does not force row security on its owner"


def _columns(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    there = set(db.execute(_COLUMNS).fetchall())
    said = {(n, c.name, not c.nullable) for n, t in schema.tables().items() for c in t.columns}
    said.add(("app.alembic_version", "version_num", True))
    for table, column, required in there ^ said:
        which = "is not in the models" if (table, column, required) in there else "is missing"
        yield table, f"column {column} ({'NOT NULL' if required else 'NULL'}) {which}"


def _schemas(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    rows = db.execute(
        "SELECT n.nspname, pg_get_userbyid(n.nspowner) FROM pg_namespace n "
        "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    )
    for name, owner in set(rows.fetchall()) ^ set(SCHEMAS.items()):
        yield f"schema {name}", f"with owner {owner}: not as said"
    extensions = {name for (name,) in db.execute("SELECT extname FROM pg_extension")}
    for name in extensions ^ EXTENSIONS:
        yield f"extension {name}", "not as said"
