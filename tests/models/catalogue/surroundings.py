"""Roles, their settings, and whatever else could open a way around row security."""

from collections.abc import Iterator
from typing import Any, LiteralString

from psycopg import Connection

from tests.models.said import MEMBERSHIPS, ROLE_SETTINGS, ROLES

_ROLES: LiteralString = """
SELECT rolname, concat_ws(', ', CASE WHEN rolcanlogin THEN 'login' END,
       CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolinherit THEN 'inherit' END,
       CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END,
       CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypassrls' END)
  FROM pg_roles WHERE rolname LIKE 'moonshot%'
"""
_MEMBERSHIPS: LiteralString = """
SELECT concat_ws(', ', m.member::regrole || ' in ' || m.roleid::regrole,
       CASE WHEN m.inherit_option THEN 'inherit' END, CASE WHEN m.set_option THEN 'set' END,
       CASE WHEN m.admin_option THEN 'admin' END)
  FROM pg_auth_members m
 WHERE m.member::regrole::text LIKE 'moonshot%' OR m.roleid::regrole::text LIKE 'moonshot%'
"""
_SETTINGS: LiteralString = """
SELECT CASE s.setrole WHEN 0 THEN 'everyone' ELSE s.setrole::regrole::text END || ' ' ||
       unnest(s.setconfig)
  FROM pg_db_role_setting s
 WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
_STRANGE: LiteralString = """
WITH ours AS (SELECT n.oid FROM pg_namespace n
               WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
     member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT 'publication ' || pubname, 'sends rows away' FROM pg_publication
UNION ALL SELECT 'subscription ' || subname, 'takes rows in' FROM pg_subscription
UNION ALL SELECT 'event trigger ' || evtname, 'is not on any list' FROM pg_event_trigger
UNION ALL SELECT 'large object ' || oid, 'has no row security' FROM pg_largeobject_metadata
UNION ALL SELECT 'parameter ' || parname, 'is granted to someone' FROM pg_parameter_acl
UNION ALL SELECT 'foreign server ' || srvname, 'is not on any list' FROM pg_foreign_server
UNION ALL SELECT 'foreign data wrapper ' || fdwname, 'is not on any list'
            FROM pg_foreign_data_wrapper
UNION ALL SELECT 'operator ' || o.oid::regoperator, 'is of our own making' FROM pg_operator o
           WHERE o.oprnamespace IN (SELECT oid FROM ours)
             AND ('pg_operator'::regclass, o.oid) NOT IN (SELECT classid, objid FROM member)
UNION ALL SELECT 'cast ' || c.castsource::regtype || ' to ' || c.casttarget::regtype,
            'is of our own making' FROM pg_cast c WHERE c.oid >= 16384
             AND ('pg_cast'::regclass, c.oid) NOT IN (SELECT classid, objid FROM member)
UNION ALL SELECT 'type ' || t.oid::regtype, 'is of our own making' FROM pg_type t
           WHERE t.typtype IN ('d', 'e', 'r', 'b') AND t.typcategory <> 'A'
             AND t.typnamespace IN (SELECT oid FROM ours)
             AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM member)
UNION ALL SELECT 'pg_catalog.' || p.proname, 'is of our own making' FROM pg_proc p
           WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.oid >= 16384
             AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM member)
"""


def findings(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    for name, able in set(db.execute(_ROLES).fetchall()) ^ set(ROLES.items()):
        yield name, f"is able to ({able}): not as said"
    for membership in {words for (words,) in db.execute(_MEMBERSHIPS)} ^ MEMBERSHIPS:
        yield membership, "is not as said"
    for setting in {words for (words,) in db.execute(_SETTINGS)} ^ ROLE_SETTINGS:
        yield f"setting {setting}", "is not as said"
    yield from db.execute(_STRANGE).fetchall()
