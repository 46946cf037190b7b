"""Colleagues of an owner, as a browser of theirs comes; and all that is in the database."""

from secrets import token_urlsafe
from typing import LiteralString
from uuid import uuid4

from psycopg import sql

from models.permission import Role
from services.identity.accounts import session_hash
from tests.ground import OWNER, SUPERUSER, Database

_COLLEAGUE: LiteralString = (
    "SELECT s.tenant_id, s.user_id FROM identity.sessions i "
    "JOIN app.staff s ON s.tenant_id = i.tenant_id "
    "WHERE i.digest = sha256(%s) AND s.roles = ARRAY[%s] LIMIT 1"
)


def colleague_of(database: Database, owner: str, role: Role) -> str:
    """The Cookie header of someone at the owner's clinic who holds this role alone."""
    token = token_urlsafe()
    with database.connect(SUPERUSER) as admin, database.connect(OWNER) as operator:
        ((tenant_id, user_id),) = admin.execute(
            _COLLEAGUE, [session_hash(owner.split("=", 1)[1]), role]
        )
        session = (tenant_id, user_id, uuid4(), session_hash(token))
        operator.execute("SELECT app.operator_session(%s, %s, %s, %s)", session)
    return f"mc_session={token}"


def everything(database: Database) -> dict[str, tuple[int, str]]:
    """Each table with its rows, as a number and a digest; but not when a session was seen."""
    with database.connect(SUPERUSER) as admin:
        tables = admin.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname IN ('app', 'identity', 'jobs')"
        ).fetchall()
        count = sql.SQL(
            "SELECT count(*), md5(coalesce(string_agg(r, '' ORDER BY r), '')) FROM {} t, "
            "LATERAL (SELECT (to_jsonb(t) - 'seen_at')::text AS r) kept"
        )
        return {
            f"{schema}.{table}": next(admin.execute(count.format(sql.Identifier(schema, table))))
            for schema, table in tables
        }
