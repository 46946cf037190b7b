"""Functions: each as said, with the text that its file has."""

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
from psycopg import Connection

from models import row_security
from tests.models.said import FUNCTIONS, Function

PINNED = ["search_path=pg_catalog, pg_temp"]

_FUNCTIONS: LiteralString = """
SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner), p.prosecdef,
       array(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
               FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
              WHERE a.grantee <> p.proowner),
       p.proconfig, p.proleakproof, p.prokind::text
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                   AND d.objid = p.oid AND d.deptype = 'e')
"""
_DEFINITIONS: LiteralString = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('app', 'identity', 'jobs') AND p.prokind <> 'a'
"""


def findings(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    there: dict[str, Function] = {}
    for name, owner, definer, callers, settings, leakproof, kind in db.execute(_FUNCTIONS):
        there[name] = Function(owner, definer, frozenset(callers))
        if settings != PINNED:
            yield name, f"does not pin its search_path alone: {settings}"
        if leakproof:
            yield name, "is marked leakproof"
        if kind != "f":
            yield name, "is no plain function"
    for name in there.keys() | FUNCTIONS.keys():
        if name not in there:
            yield name, "is missing"
        elif name not in FUNCTIONS:
            yield name, "is not on the list of functions"
        elif there[name] != FUNCTIONS[name]:
            yield name, f"is not as said: {there[name]}"
    yield from _texts(db)


def _texts(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    """What the files would change if they were run again."""
    before = dict(db.execute(_DEFINITIONS).fetchall())
    try:
        with db.transaction(force_rollback=True):
            for statement in row_security.functions():
                db.execute(statement.encode())
            after = dict(db.execute(_DEFINITIONS).fetchall())
    except psycopg.Error as error:
        yield "models/functions", f"cannot be run again: {error}"
        return
    for name, text in after.items():
        if before.get(name) != text:
            yield name, "differs from its file in models/functions"
