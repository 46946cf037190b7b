"""The database as an installation: made, known by its revision, locked again after a restore."""

import ast
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo

from models.identifier import uuid7
from services.settings import PROJECT

BOOTSTRAP: Final = PROJECT / "models" / "bootstrap.sql"
CONNECT_SECONDS: Final = 10


class InstallationError(Exception):
    """The database cannot be brought to the state this code needs; says why and what to do."""


class UnreachableError(InstallationError):
    """Nobody answers there, or the login is refused."""


def bootstrap(admin: str, database: str, passwords: Mapping[str, str]) -> bool:
    """Makes the database, the extensions and the roles with these passwords, on a server of ours.

    `admin` is the conninfo of a superuser. False if all was there already. A run that was
    interrupted is taken up again by the next.
    """
    with connected(admin, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    with connected(make_conninfo(admin, dbname=database)) as connection:
        there = connection.execute("SELECT to_regrole('moonshot_auth') IS NOT NULL")
        if there.fetchone() == (True,):
            return False
        connection.execute(BOOTSTRAP.read_bytes())
        for role, password in passwords.items():
            _set_password(connection, role, password)
        # The whole server is ours, so no login of ours needs to see its other databases.
        connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
    return True


def _set_password(connection: Connection[Any], role: str, password: str) -> None:
    # The server gets a verifier, so no statement that could be logged holds the password.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier.decode())))


def head_revision() -> str:
    """The newest revision that this code knows."""
    revisions = _revisions()
    [head] = revisions.keys() - set(revisions.values())
    return head


def knows(revision: str) -> bool:
    """True if this code has that revision, so that it can migrate on from it."""
    return revision in _revisions()


def _revisions() -> dict[str, str | None]:
    """Each migration with the one before it: read, not run, since every start asks."""
    found: dict[str, str | None] = {}
    for file in (PROJECT / "alembic" / "versions").glob("*.py"):
        names: dict[str, Any] = {}
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names |= {t.id: node.value.value for t in node.targets if isinstance(t, ast.Name)}
        found[names["revision"]] = names["down_revision"]
    return found


def revision(owner_url: str) -> str | None:
    """The database's revision; None before the first migration."""
    with connected(owner_url) as connection:
        there = connection.execute("SELECT to_regclass('app.alembic_version') IS NOT NULL")
        if there.fetchone() != (True,):
            return None
        row = connection.execute("SELECT version_num FROM app.alembic_version").fetchone()
    return None if row is None else str(row[0])


_REVOKE_ACCESS: Final = """
WITH owner AS (
  SELECT DISTINCT ON (tenant_id) tenant_id, user_id FROM app.staff
   ORDER BY tenant_id, 'owner' = ANY (roles) DESC, created_at, user_id),
revoked AS (
  UPDATE app.mcp_credentials SET revoked_at = app.now()
   WHERE revoked_at IS NULL AND expires_at > app.now()
  RETURNING tenant_id, id),
ended AS (
  UPDATE identity.sessions SET revoked_at = app.now()
   WHERE revoked_at IS NULL AND expires_at > app.now()
  RETURNING tenant_id),
written AS (
  INSERT INTO app.security_events (tenant_id, id, kind, user_id, actor, subject_id, detail)
  SELECT tenant_id, identity.uuid7(), 'credential_revoked', user_id, %(actor)s, r.id, '{}'::jsonb
    FROM revoked r JOIN owner USING (tenant_id)
  UNION ALL
  SELECT o.tenant_id, identity.uuid7(), 'backup_restored', o.user_id, %(actor)s, NULL,
         jsonb_build_object('made_at', %(made_at)s::text,
           'credentials_revoked', (SELECT count(*) FROM revoked r WHERE r.tenant_id = o.tenant_id),
           'sessions_ended', (SELECT count(*) FROM ended e WHERE e.tenant_id = o.tenant_id))
    FROM owner o)
SELECT (SELECT count(*) FROM revoked), (SELECT count(*) FROM ended)
"""


def revoke_access(admin: str, *, made_at: str) -> tuple[int, int]:
    """Ends every credential and session that is live after a restore; gives both counts.

    Each clinic's security log says so, in the name of its owner, by an operator, with the time
    at which the backup was made. `admin` is the conninfo of a superuser: it sees every clinic.
    """
    with connected(admin) as connection:
        values = {"actor": f"o:{uuid7()}", "made_at": made_at}
        counts = connection.execute(_REVOKE_ACCESS, values).fetchone()
    return counts or (0, 0)


@contextmanager
def connected(conninfo: str, *, autocommit: bool = False) -> Generator[Connection[Any]]:
    """A connection that commits when the block ends well; UnreachableError if there is none."""
    try:
        connection = psycopg.connect(
            conninfo, autocommit=autocommit, connect_timeout=CONNECT_SECONDS
        )
    except psycopg.OperationalError as wrong:
        # The server's own words name host, role and database, never the password.
        said = " ".join(str(wrong).split())
        raise UnreachableError(f"The database cannot be reached: {said}") from wrong
    with connection:
        yield connection
