"""What a database needs before it can be used, and what keeps its clinics apart, said in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, LiteralString

import psycopg
from psycopg import Connection

from services.database import catalogue, policy_time
from services.database.installation import BOOTSTRAP, CONNECT_SECONDS, connected
from services.settings import ROLES

OLDEST_SERVER: Final = 160_000
OLDEST_VECTOR: Final = (0, 8)
LISTED: Final = 5
"""How many differences are told of one kind."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: good or not, and if not, what to do."""

    good: bool
    what: str
    remedy: str = ""
    grave: bool = True
    """False for what may stay as it is, though it should not."""


def check(urls: Mapping[str, str]) -> list[Finding]:
    """Logs in with each URL (by variable, as in `ROLES`) and says what is right and what is not."""
    findings: list[Finding] = []
    places: set[object] = set()
    for variable, url in urls.items():
        role = ROLES[variable]
        try:
            with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
                findings.append(_logged_in_as(connection, variable, role))
                places.add(_place(connection))
                if role == "moonshot_owner":
                    findings.extend(_examine(connection))
        except psycopg.Error as wrong:
            findings.append(_no_login(variable, role, wrong))
    if len(places) > 1:
        what = f"{' and '.join(urls)} lead to different databases"
        findings.append(Finding(good=False, what=what, remedy="Make them name the same one."))
    return findings


def check_schema(owner_url: str) -> list[Finding]:
    """Compares a database at this code's revision with what the models say. Changes nothing."""
    with connected(owner_url) as connection:
        # So that every name in an expression is printed with its schema.
        connection.execute("SET LOCAL search_path = pg_catalog")
        findings = [
            _compared(what, list(look(connection)), remedy)
            for look, what, remedy in catalogue.COMPARISONS
        ]
    moved = policy_time.moved_by(owner_url)
    return [*findings, Finding(not moved, _time(moved), policy_time.REMEDY)]


def _time(moved: timedelta) -> str:
    return f"policy time is moved by {moved}" if moved else "policy time is the server's own"


def _compared(what: str, wrong: list[tuple[str, str]], remedy: str) -> Finding:
    lines = [f"{table}: {fault}" for table, fault in sorted(wrong)[:LISTED]]
    more = [f"and {len(wrong) - LISTED} more"] if len(wrong) > LISTED else []
    return Finding(not wrong, what, "\n".join([remedy, *lines, *more]))


def _logged_in_as(connection: Connection[Any], variable: str, role: str) -> Finding:
    remedy = f"{variable} must log in as {role}."
    return Finding(connection.info.user == role, f"{variable} logs in as {role}", remedy)


def _place(connection: Connection[Any]) -> object:
    statement = """SELECT system_identifier,
        (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()"""
    return connection.execute(statement).fetchone()


def _no_login(variable: str, role: str, wrong: psycopg.Error) -> Finding:
    # The server's own words name host, role and database, never the password.
    said = " ".join(str(wrong).split())
    remedy = f"Is the server up, the password of {role} right, and {BOOTSTRAP} run? It said: {said}"
    return Finding(good=False, what=f"{variable} logs in as {role}", remedy=remedy)


def _examine(connection: Connection[Any]) -> Iterator[Finding]:
    yield _server_version(connection)
    yield _vector_version(connection)
    for what, statement, remedy in _CHECKS:
        yield Finding(connection.execute(statement).fetchone() == (True,), what, remedy)
    others = connection.execute(_OTHER_DATABASES).fetchall()
    names = ", ".join(name for (name,) in others)
    remedy = f"As their owner: REVOKE CONNECT ON DATABASE {names} FROM PUBLIC."
    yield Finding(
        not others,
        f"moonshot_app may connect to no other database{_but(names)}",
        remedy,
        grave=False,
    )


def _server_version(connection: Connection[Any]) -> Finding:
    version = connection.info.server_version
    what = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    return Finding(version >= OLDEST_SERVER, what, "PostgreSQL 16 is the oldest that will do.")


def _vector_version(connection: Connection[Any]) -> Finding:
    statement = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
    row = connection.execute(statement).fetchone()
    if row is None:
        remedy = "An administrator runs CREATE EXTENSION vector in this database."
        return Finding(good=False, what="extension vector", remedy=remedy)
    good = tuple(int(part) for part in str(row[0]).split(".")[:2]) >= OLDEST_VECTOR
    remedy = "0.8 is the oldest that will do: ALTER EXTENSION vector UPDATE."
    return Finding(good, f"extension vector {row[0]}", remedy)


def _but(names: str) -> str:
    return f": not so, {names}" if names else ""


_OTHER_DATABASES: Final[LiteralString] = """
SELECT quote_ident(d.datname) FROM pg_database d, pg_roles r
 WHERE r.rolname = 'moonshot_app' AND d.datallowconn AND d.datname <> current_database()
   AND has_database_privilege(r.oid, d.oid, 'CONNECT') ORDER BY 1
"""
_ROLES_REMEDY: Final = (
    f"An administrator runs {BOOTSTRAP} once in this database, then sets each role's password "
    "with ALTER ROLE … PASSWORD."
)
# What, a statement that is true when all is well, and what to do when it is not.
_CHECKS: Final[tuple[tuple[str, LiteralString, str], ...]] = (
    (
        "roles moonshot_owner, moonshot_app, moonshot_worker, moonshot_auth",
        """SELECT count(*) = 4 FROM pg_roles WHERE rolname IN
           ('moonshot_owner', 'moonshot_app', 'moonshot_worker', 'moonshot_auth')""",
        _ROLES_REMEDY,
    ),
    (
        "no role of ours is a superuser, bypasses row security or makes roles",
        """SELECT NOT coalesce(bool_or(rolsuper OR rolbypassrls OR rolcreaterole), false)
           FROM pg_roles WHERE rolname LIKE 'moonshot\\_%'""",
        "ALTER ROLE … NOSUPERUSER NOBYPASSRLS NOCREATEROLE for the role that is one.",
    ),
    (
        "moonshot_auth cannot log in",
        """SELECT NOT coalesce(bool_or(rolcanlogin), false) FROM pg_roles
           WHERE rolname = 'moonshot_auth'""",
        "ALTER ROLE moonshot_auth NOLOGIN.",
    ),
    (
        "moonshot_owner may become moonshot_auth, and no other login may",
        """SELECT coalesce(array_agg(member::regrole::text), '{}') = '{moonshot_owner}'
           FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
           WHERE m.roleid = to_regrole('moonshot_auth')
             AND m.set_option AND r.rolname LIKE 'moonshot\\_%'""",
        "GRANT moonshot_auth TO moonshot_owner WITH INHERIT FALSE, SET TRUE; to no other.",
    ),
    (
        "moonshot_app and moonshot_worker own nothing",
        """SELECT NOT EXISTS (SELECT FROM pg_class WHERE relowner IN
           (to_regrole('moonshot_app'), to_regrole('moonshot_worker')))""",
        "REASSIGN OWNED BY moonshot_app, moonshot_worker TO moonshot_owner.",
    ),
    (
        "moonshot_owner may create schemas",
        "SELECT has_database_privilege(current_database(), 'CREATE')",
        _ROLES_REMEDY,
    ),
    (
        "extension pg_trgm",
        "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')",
        "An administrator runs CREATE EXTENSION pg_trgm in this database.",
    ),
)
