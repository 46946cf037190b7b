"""What keeps clinics apart, compared with what the models say: flags, policies, triggers, rights.

PostgreSQL prints the conditions of policies in words of its own; they stand here as it prints them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, LiteralString, NamedTuple

from psycopg import Connection
from sqlalchemy import Table

from models.row_security import AUTH_ACCESS, WRITTEN_BY_CREDENTIALS
from models.schema import metadata
from models.vocabulary import DraftKind

RUNTIME: Final = ("moonshot_app", "moonshot_worker")
Findings = Iterator[tuple[str, str]]
"""Each a table and what is wrong with it."""

IN_CLINIC: Final = "(tenant_id = ( SELECT app.tenant() AS tenant))"
IN_PERSON: Final = "( SELECT app.in_person() AS in_person)"
OWN_FINANCES: Final = (
    "(( SELECT app.has_role(VARIADIC ARRAY['owner'::text, 'biller'::text]) AS has_role) OR "
    "(( SELECT app.has_role(VARIADIC ARRAY['provider'::text]) AS has_role) AND "
    "(provider_id = ( SELECT app.user_id() AS user_id))))"
)
_JUST_NOW: Final = (
    "((created_at >= (now() - '00:00:01'::interval)) AND "
    "(created_at <= (clock_timestamp() + '00:00:01'::interval)))"
)
_ME_NOW: Final = (
    "((user_id = ( SELECT app.user_id() AS user_id)) AND "
    f"((actor)::text = ( SELECT app.actor() AS actor)) AND {_JUST_NOW})"
)
OWN_WORD: Final = {
    "app.chart_access_log": _ME_NOW,
    "app.mcp_audit_log": (
        "(app.is_me(tenant_id, user_id, ('c:'::text || credential_id), (role)::text) AND "
        f"{_JUST_NOW})"
    ),
    "app.security_events": _ME_NOW,
    "app.usage_events": (
        "((user_id = ( SELECT app.user_id() AS user_id)) AND "
        "(created_at = ( SELECT app.now() AS now)))"
    ),
    "app.mcp_attestations": (
        "((signed_by_user_id = ( SELECT app.user_id() AS user_id)) AND "
        "(( SELECT app.actor() AS actor) ~~ 's:%'::text) AND "
        "( SELECT app.has_role(VARIADIC ARRAY['owner'::text]) AS has_role))"
    ),
}
"""Who may be named in a row that is only appended, and when."""

_DECISION: Final = (
    "(((status)::text = 'pending'::text) OR "
    "((decided_by = ( SELECT app.user_id() AS user_id)) AND "
    "(((status)::text <> 'signed'::text) OR app.may_sign((kind)::text))))"
)
DECIDED: Final = ("((status)::text = 'pending'::text)", _DECISION)
"""Which proposals may still be changed, and into what."""
_SIGNED: Final = (
    "\nCASE\n    WHEN (pending_action_id IS NULL) THEN "
    "( SELECT app.brings_records() AS brings_records)\n    ELSE "
    "((signer_id = ( SELECT app.user_id() AS user_id)) AND "
    "( SELECT app.may_sign('{}'::text) AS may_sign))\nEND"
)
SIGNED: Final = {
    "app.chart_notes": _SIGNED.format(DraftKind.CHART_NOTE),
    "app.portal_messages": _SIGNED.format(DraftKind.MESSAGE),
    "app.spruce_outbound": _SIGNED.format(DraftKind.MESSAGE),
}
"""Who may be named as the signer of a row."""

TRIGGERS: Final = {
    "stamp": "BEFORE INSERT ON app.outbox FOR EACH ROW EXECUTE FUNCTION app.stamp_outbox()",
    "enqueue": "AFTER INSERT ON app.outbox FOR EACH ROW EXECUTE FUNCTION app.enqueue_outbox()",
}
APPEND_ONLY_TRIGGERS: Final = {
    "keep_rows": "BEFORE DELETE OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION app.refuse_change()",
    "keep_table": "BEFORE TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()",
}
GLOBAL_RIGHTS: Final = {
    ("app.alembic_version", None, "moonshot_app", "SELECT"),
    ("app.alembic_version", None, "moonshot_worker", "SELECT"),
    ("jobs.queue", None, "moonshot_worker", "SELECT"),
    ("jobs.queue", "run_at", "moonshot_worker", "UPDATE"),
    ("jobs.queue", "attempts", "moonshot_worker", "UPDATE"),
}
"""On tables that belong to no clinic."""

_FLAGS: LiteralString = """
SELECT n.nspname || '.' || c.relname, c.relrowsecurity, c.relforcerowsecurity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
"""
_POLICIES: LiteralString = """
SELECT schemaname || '.' || tablename, policyname,
       permissive, array(SELECT unnest(roles)::text ORDER BY 1), cmd, qual, with_check
  FROM pg_policies WHERE schemaname IN ('app', 'identity', 'jobs')
"""
_TRIGGERS: LiteralString = """
SELECT g.tgname, g.tgrelid::regclass::text,
       regexp_replace(pg_get_triggerdef(g.oid), '^CREATE TRIGGER \\S+ ', ''), g.tgenabled::text
  FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
 WHERE NOT g.tgisinternal
   AND c.relnamespace::regnamespace::text IN ('app', 'identity', 'jobs')
"""
_RIGHTS: LiteralString = """
WITH relation AS (
  SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relacl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname IN ('app', 'identity', 'jobs')),
given AS (
  SELECT r.name, NULL AS column, a.* FROM relation r, aclexplode(r.relacl) a
  UNION ALL
  SELECT r.name, x.attname, a.*
    FROM relation r JOIN pg_attribute x ON x.attrelid = r.oid, aclexplode(x.attacl) a)
SELECT name, "column", CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
       privilege_type || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
  FROM given WHERE grantee = 0 OR grantee::regrole::text = ANY (%s)
"""
_GRANT: Final = re.compile(r"(\w+)(?:\s*\(([^)]*)\))?")


class Policy(NamedTuple):
    """As the view pg_policies shows it."""

    permissive: str
    roles: tuple[str, ...]
    command: str
    using: str | None
    check: str | None


class Comparison(NamedTuple):
    """One thing compared: how, what it is when all is well, and what to do when it is not."""

    look: Callable[[Connection[Any]], Findings]
    what: str
    remedy: str


def clinic_tables() -> dict[str, Table]:
    """Those that belong to clinics, by name with schema."""
    return {table.fullname: table for table in metadata.sorted_tables if "grants" in table.info}


def rights(grants: str) -> Iterator[tuple[str, str | None]]:
    """Each privilege in words like `SELECT, UPDATE (a, b)`, with its column or none."""
    for privilege, columns in _GRANT.findall(grants):
        for column in columns.split(",") if columns else (None,):
            yield privilege, column and column.strip()


def open_tables(db: Connection[Any]) -> Findings:
    """Clinic tables whose row security is off, or not forced on their owner."""
    there = {name: flags for name, *flags in db.execute(_FLAGS)}
    for table in clinic_tables():
        enabled, forced = there.get(table, (False, False))
        if not enabled:
            yield table, "has row security off"
        if not forced:
            yield table, "does not force row security on its owner"


def policies(db: Connection[Any]) -> Findings:
    """Policies that are missing, too many, or not as said."""
    said = dict(_said_policies())
    there = {
        (table, name): Policy(kind, tuple(roles), *rest)
        for table, name, kind, roles, *rest in db.execute(_POLICIES)
    }
    for place in said.keys() | there.keys():
        table, name = place
        if place not in there:
            yield table, f"policy {name} is missing"
        elif place not in said:
            yield table, f"policy {name} is not on the list: {there[place]}"
        elif said[place] != there[place]:
            yield table, f"policy {name} differs: {there[place]}"


def triggers(db: Connection[Any]) -> Findings:
    """Triggers that are missing, too many, changed or not in force."""
    said = {(name, "app.outbox", text, "O") for name, text in TRIGGERS.items()}
    for table in _append_only():
        for name, text in APPEND_ONLY_TRIGGERS.items():
            said.add((name, table, text.format(table), "A"))
    for name, table, text, enabled in set(db.execute(_TRIGGERS).fetchall()) ^ said:
        yield table, f"trigger {name} ({text}; enabled {enabled}) is missing, changed or too many"


def runtime_rights(db: Connection[Any]) -> Findings:
    """What the runtime roles, or everyone, may do with tables beyond what is said, or may not."""
    said = {
        (name, column, role, privilege)
        for name, table in clinic_tables().items()
        for privilege, column in rights(table.info["grants"])
        for role in RUNTIME
    } | GLOBAL_RIGHTS
    there = set(db.execute(_RIGHTS, [list(RUNTIME)]).fetchall())
    for table, column, role, privilege in there ^ said:
        right = privilege if column is None else f"{privilege} ({column})"
        excess = (table, column, role, privilege) in there
        yield table, f"{role} {'has' if excess else 'lacks'} {right}"


COMPARISONS: Final[tuple[Comparison, ...]] = (
    Comparison(
        open_tables,
        "row security is on, and forced, on every clinic's table",
        "As moonshot_owner: ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY.",
    ),
    Comparison(
        policies,
        "every policy is as models/row_security.py makes it",
        "Someone changed policies by hand. As moonshot_owner put back what that file says.",
    ),
    Comparison(
        triggers,
        "append-only tables refuse every change, also on replicas",
        "As moonshot_owner: ALTER TABLE … ENABLE ALWAYS TRIGGER keep_rows (and keep_table).",
    ),
    Comparison(
        runtime_rights,
        "moonshot_app and moonshot_worker have the rights on tables that models/ gives them",
        "As moonshot_owner: REVOKE what a role has too much, GRANT what it lacks.",
    ),
)


def findings(db: Connection[Any]) -> Findings:
    """Everything above, in a transaction where names are printed with their schema."""
    for comparison in COMPARISONS:
        yield from comparison.look(db)


def _append_only() -> list[str]:
    return [name for name, table in clinic_tables().items() if table.info["append_only"]]


def _said_policies() -> Iterator[tuple[tuple[str, str], Policy]]:
    for name, table in clinic_tables().items():
        yield (name, "tenant"), Policy("PERMISSIVE", RUNTIME, "ALL", IN_CLINIC, IN_CLINIC)
        yield (name, "owner"), Policy("PERMISSIVE", ("moonshot_owner",), "ALL", "true", "true")
        if table.name not in WRITTEN_BY_CREDENTIALS:
            yield from _written_in_person(name, table)
        for command in AUTH_ACCESS.get(table.name, ()):
            using, check = _sides(command, "true")
            policy = Policy("PERMISSIVE", ("moonshot_auth",), command, using, check)
            yield (name, f"auth_{command.lower()}"), policy
        if "provider_id" in table.c and any(c.name.endswith("_cents") for c in table.c):
            policy = Policy("RESTRICTIVE", RUNTIME, "ALL", OWN_FINANCES, OWN_FINANCES)
            yield (name, "own_finances"), policy
    using, check = DECIDED
    yield ("app.pending_actions", "decided"), Policy("RESTRICTIVE", RUNTIME, "UPDATE", using, check)
    for table, check in SIGNED.items():
        yield (table, "signed"), Policy("RESTRICTIVE", RUNTIME, "INSERT", None, check)
    for name in _append_only():
        check = OWN_WORD.get(name, "nothing is said")
        yield (name, "own_word"), Policy("RESTRICTIVE", RUNTIME, "INSERT", None, check)


def _written_in_person(name: str, table: Table) -> Iterator[tuple[tuple[str, str], Policy]]:
    granted = {right for right, _ in rights(table.info["grants"])}
    for command in ("INSERT", "UPDATE", "DELETE"):
        if command in granted:
            using, check = _sides(command, IN_PERSON)
            policy = Policy("RESTRICTIVE", RUNTIME, command, using, check)
            yield (name, f"in_person_{command.lower()}"), policy


def _sides(command: str, condition: str) -> tuple[str | None, str | None]:
    """The condition for rows that are seen, and for rows that are written."""
    using = None if command == "INSERT" else condition
    return using, condition if command in {"INSERT", "UPDATE", "ALL"} else None
