"""A database that cannot be reached, or takes its time, for as long as a test says."""

from collections.abc import Generator
from contextlib import contextmanager

from psycopg import sql

from moonshot_cli.postgres.cluster import SUPERUSER
from tests.ground import Database


@contextmanager
def away(database: Database) -> Generator[None]:
    """Ends every connection to it, and takes no new one until the end."""
    elsewhere = Database(database.cluster, SUPERUSER)
    name = sql.Identifier(database.name)
    with elsewhere.connect(SUPERUSER) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        try:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [database.name],
            )
            yield
        finally:
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


@contextmanager
def slow(database: Database, *tables: str) -> Generator[None]:
    """Lets every question to these tables wait until the end."""
    names = sql.SQL(", ").join(sql.Identifier("app", table) for table in tables)
    with database.connect(SUPERUSER) as admin, admin.transaction():
        admin.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
        yield
