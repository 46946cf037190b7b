"""Grants: each exactly as said, to whom and on which column, none to be passed on."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, LiteralString

from psycopg import Connection

from services.database.catalogue import rights
from tests.models import said
from tests.models.catalogue import schema

_TABLES: LiteralString = """
WITH relation AS (
  SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relowner, c.relacl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                     AND d.objid = c.oid AND d.deptype = 'e'))
SELECT r.name, NULL AS column, a.grantee, a.privilege_type, a.is_grantable
  FROM relation r, aclexplode(r.relacl) a WHERE a.grantee <> r.relowner
UNION ALL
SELECT r.name, x.attname, a.grantee, a.privilege_type, a.is_grantable
  FROM relation r JOIN pg_attribute x ON x.attrelid = r.oid, aclexplode(x.attacl) a
"""
_NAMED: LiteralString = f"""
SELECT g.name, g.column, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
       g.privilege_type || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
  FROM ({_TABLES}) g
"""
_OTHERS: LiteralString = """
SELECT o.name, a.privilege_type || ' to ' ||
       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
  FROM (SELECT 'schema ' || n.nspname, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
          FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        UNION ALL
        SELECT 'database', d.datdba, coalesce(d.datacl, acldefault('d', d.datdba))
          FROM pg_database d WHERE d.datname = current_database()
        UNION ALL
        SELECT 'language ' || l.lanname, l.lanowner, coalesce(l.lanacl, acldefault('l', l.lanowner))
          FROM pg_language l WHERE l.lanpltrusted AND l.lanname <> 'sql') o (name, owner, acl),
       aclexplode(o.acl) a
 WHERE a.grantee <> o.owner
"""
_DEFAULTS: LiteralString = """
SELECT 'default privileges of ' || d.defaclrole::regrole, a.privilege_type || ' to ' ||
       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
  FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole
"""
_CALLABLE: LiteralString = """
WITH taken AS MATERIALIZED (
  SELECT oid, proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s)
SELECT p.oid::regprocedure::text, 'may be called by ' || r.rolname
  FROM taken p CROSS JOIN pg_roles r
 WHERE r.rolname LIKE 'moonshot_%%' AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
   AND NOT (p.proname = 'pg_notify' AND r.rolname = ANY (%s))
"""
_READABLE: LiteralString = """
SELECT v.name, 'may be read by ' || r.rolname FROM unnest(%s::text[]) v(name) CROSS JOIN pg_roles r
 WHERE r.rolname LIKE 'moonshot_%%'
   AND has_table_privilege(r.oid, 'pg_catalog.' || v.name, 'SELECT')
   AND NOT (v.name = 'pg_largeobject_metadata' AND r.rolname = 'moonshot_owner')
"""


def findings(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    wanted = set(_said())
    there = set(db.execute(_NAMED).fetchall())
    for table, column, role, privilege in there ^ wanted:
        right = privilege if column is None else f"{privilege} ({column})"
        excess = (table, column, role, privilege) in there
        yield table, f"{role} {'has' if excess else 'lacks'} {right}"
    others: defaultdict[str, set[str]] = defaultdict(set)
    for place, right in db.execute(_OTHERS):
        others[place].add(right)
    for place in others.keys() | said.OTHER_RIGHTS.keys():
        for right in others[place] ^ said.OTHER_RIGHTS.get(place, set()):
            yield place, f"{right}: not as said"
    yield from db.execute(_DEFAULTS).fetchall()
    taken = [said.TAKEN_FUNCTIONS, list(said.NOTIFY_CALLERS)]
    yield from db.execute(_CALLABLE, taken).fetchall()
    yield from db.execute(_READABLE, [list(said.TAKEN_VIEWS)]).fetchall()


def _said() -> Iterator[tuple[str, str | None, str, str]]:
    for table, definition in schema.clinic_tables().items():
        for privilege, column in rights(definition.info["grants"]):
            yield from ((table, column, role, privilege) for role in said.RUNTIME)
    for table, roles in said.OTHER_GRANTS.items():
        for role, grants in roles.items():
            for privilege, column in rights(grants):
                yield table, column, role, privilege
    for table, privileges in said.AUTH_ACCESS.items():
        yield from ((table, None, "moonshot_auth", privilege) for privilege in privileges)
