"""Runs migrations as moonshot_owner, one runner at a time, all of them in one transaction."""

from collections.abc import Collection, Mapping
from contextlib import suppress

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from models.schema import metadata
from services.database import made_by
from services.settings import read_settings

SCHEMAS = {"app", "identity", "jobs"}
VERSIONS = (
    "CREATE SCHEMA IF NOT EXISTS app",
    """CREATE TABLE IF NOT EXISTS app.alembic_version (
    version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))""",
)
"""What is there before the first migration, so that a second runner has something to wait for."""


def owner_url() -> str:
    """The URL that the caller handed over, else DATABASE_OWNER_URL."""
    given: str | None = context.config.attributes.get("url")
    return given or read_settings().url_of("DATABASE_OWNER_URL")


def ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "schema" or name in SCHEMAS


def note(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[object],  # noqa: ARG001 - alembic passes all four by name
    run_args: Mapping[str, object],  # noqa: ARG001 - as above
) -> None:
    """Tells the caller which revision was applied, and the database by which code."""
    if ctx.connection is not None:
        ctx.connection.execute(text(made_by.stamp()))
    applied: list[str] | None = context.config.attributes.get("applied")
    if applied is not None and isinstance(step.up_revision_id, str):
        applied.append(step.up_revision_id)


def prepare(connection: Connection) -> None:
    for statement in VERSIONS:
        # A runner that was faster has made it.
        with suppress(IntegrityError, ProgrammingError), connection.begin():
            connection.execute(text(statement))


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_schemas=True,
        include_name=ours,
        version_table_schema="app",
        compare_server_default=False,
        on_version_apply=note,
    )
    with context.begin_transaction():
        connection.execute(text("LOCK TABLE app.alembic_version IN ACCESS EXCLUSIVE MODE"))
        # A migration that waits for a lock holds up everyone behind it: better it fails.
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()


engine = create_engine(
    make_url(owner_url()).set(drivername="postgresql+psycopg"), poolclass=NullPool
)
with engine.connect() as opened:
    prepare(opened)
    run(opened)
