"""How a table comes under row security: the statements that migrations run, and nothing else may.

A clinic's rows are visible only under a verified context (`functions/context.sql`). The owner has
a policy of its own, or migrations, foreign key checks and backups would see no rows.
"""

from collections.abc import Iterator
from pathlib import Path

from models.permission import GRANTS, Permission, Role
from models.vocabulary import DraftKind

SCHEMA = "app"
"""Clinic tables; `identity` and `jobs` belong to moonshot_auth alone."""

FUNCTIONS = Path(__file__).parent / "functions"

FUNCTION_FILES = (
    "clock",
    "uuid7",
    "context",
    "append_only",
    "requests",
    "sessions",
    "tries",
    "passwords",
    "operator",
    "credentials",
    "oauth",
    "proposals",
    "taints",
    "jobs",
)
"""In the order in which they need each other. All but `append_only` belong to moonshot_auth."""

RUNTIME_ROLES = "moonshot_app, moonshot_worker"
IN_CLINIC = f"tenant_id = (select {SCHEMA}.tenant())"

WRITTEN_BY_CREDENTIALS = ("mcp_audit_log", "usage_events")
"""All that an AI client's credential may write by itself; everything else waits for a person."""

AUTH_ACCESS = {
    "tenants": ("SELECT", "INSERT"),
    "staff": ("SELECT", "INSERT"),
    "mcp_credentials": ("SELECT", "INSERT", "UPDATE"),
    "mcp_request_rates": ("SELECT", "INSERT", "UPDATE"),
    "mcp_attestations": ("SELECT",),
    "mcp_audit_log": ("INSERT",),
    "mcp_taints": ("SELECT", "INSERT", "UPDATE"),
    "pending_actions": ("SELECT", "INSERT"),
    "held_proposals": ("SELECT", "INSERT", "UPDATE"),
    "security_events": ("INSERT",),
    "tenant_keys": ("SELECT",),
    "outbox": ("SELECT", "INSERT", "UPDATE"),
}
"""What the functions of moonshot_auth may do with clinic tables, across clinics. Keep it short."""


def functions() -> Iterator[str]:
    """The text of the function files as they stand, run by whom they belong to."""
    yield "GRANT USAGE, CREATE ON SCHEMA app TO moonshot_auth"
    for name in FUNCTION_FILES:
        text = (FUNCTIONS / f"{name}.sql").read_text()
        yield text if name == "append_only" else f"SET LOCAL ROLE moonshot_auth;\n{text}"
        yield "RESET ROLE"
    yield "REVOKE CREATE ON SCHEMA app FROM moonshot_auth"


def clinic_table(table: str, *, grants: str) -> Iterator[str]:
    """Row security, on and forced, with the policies and grants of a table with `tenant_id`."""
    name = f"{SCHEMA}.{table}"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield (
        f"CREATE POLICY tenant ON {name} TO {RUNTIME_ROLES} "
        f"USING ({IN_CLINIC}) WITH CHECK ({IN_CLINIC})"
    )
    yield f"CREATE POLICY owner ON {name} TO moonshot_owner USING (true) WITH CHECK (true)"
    yield f"GRANT {grants} ON {name} TO {RUNTIME_ROLES}"
    if table not in WRITTEN_BY_CREDENTIALS:
        yield from _written_in_person(name, grants)
    for command in AUTH_ACCESS.get(table, ()):
        using = "" if command == "INSERT" else "USING (true)"
        check = "" if command == "SELECT" else "WITH CHECK (true)"
        yield (
            f"CREATE POLICY auth_{command.lower()} ON {name} FOR {command} "
            f"TO moonshot_auth {using} {check}"
        )
        yield f"GRANT {command} ON {name} TO moonshot_auth"


def _written_in_person(name: str, grants: str) -> Iterator[str]:
    """What an assistant asks for changes nothing, whatever its SQL says (SPEC 1)."""
    in_person = "(select app.in_person())"
    for command in ("INSERT", "UPDATE", "DELETE"):
        if command in grants:
            using = "" if command == "INSERT" else f"USING ({in_person})"
            check = "" if command == "DELETE" else f"WITH CHECK ({in_person})"
            yield (
                f"CREATE POLICY in_person_{command.lower()} ON {name} AS RESTRICTIVE "
                f"FOR {command} TO {RUNTIME_ROLES} {using} {check}"
            )


def append_only(table: str) -> Iterator[str]:
    """Triggers that refuse change to everyone, also where triggers are usually off (replicas)."""
    name = f"{SCHEMA}.{table}"
    yield (
        f"CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()"
    )
    yield (
        f"CREATE TRIGGER keep_table BEFORE TRUNCATE ON {name} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()"
    )
    yield f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER keep_rows"
    yield f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER keep_table"


def _roles_with(permission: Permission) -> list[Role]:
    return [role for role, granted in GRANTS.items() if permission in granted]


def own_finances(table: str) -> str:
    """With `view_own_finances` alone, other providers' rows do not exist (SPEC 3)."""
    everything = _roles_with(Permission.VIEW_ALL_FINANCES)
    own = [r for r in _roles_with(Permission.VIEW_OWN_FINANCES) if r not in everything]
    visible = (
        f"(select app.has_role({_quoted(everything)})) OR "
        f"((select app.has_role({_quoted(own)})) AND provider_id = (select app.user_id()))"
    )
    return (
        f"CREATE POLICY own_finances ON {SCHEMA}.{table} AS RESTRICTIVE TO {RUNTIME_ROLES} "
        f"USING ({visible}) WITH CHECK ({visible})"
    )


def own_word(table: str, condition: str) -> str:
    """Nobody writes a log row in another's name."""
    return (
        f"CREATE POLICY own_word ON {SCHEMA}.{table} AS RESTRICTIVE FOR INSERT "
        f"TO {RUNTIME_ROLES} WITH CHECK ({condition})"
    )


def decided(table: str) -> str:
    """What is decided stays so; only who may sign a kind signs it, in no other's name (SPEC 8)."""
    return (
        f"CREATE POLICY decided ON {SCHEMA}.{table} AS RESTRICTIVE FOR UPDATE TO {RUNTIME_ROLES} "
        "USING (status = 'pending') WITH CHECK (status = 'pending' OR "
        "(decided_by = (select app.user_id()) AND (status <> 'signed' OR app.may_sign(kind))))"
    )


def signed(table: str, kind: DraftKind) -> str:
    """A row of the record is signed by who acts, or came with an import."""
    return (
        f"CREATE POLICY signed ON {SCHEMA}.{table} AS RESTRICTIVE FOR INSERT TO {RUNTIME_ROLES} "
        "WITH CHECK (CASE WHEN pending_action_id IS NULL THEN (select app.brings_records()) "
        f"ELSE signer_id = (select app.user_id()) AND (select app.may_sign('{kind}')) END)"
    )


def _quoted(roles: list[Role]) -> str:
    return ", ".join(f"'{role}'" for role in roles)
