"""The database of the tests: an embedded server a run, a migrated template, a clone a worker."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg import Connection, sql

from moonshot_cli.postgres import binaries, server
from moonshot_cli.postgres.cluster import DATABASE, LOGINS, SUPERUSER, Cluster
from services.database import installation, migration

HASTE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "scram_iterations": "1",
    "max_connections": "200",
}
"""Nothing here outlives the run. What is about durability starts a server of its own."""

APP, WORKER, OWNER = "moonshot_app", "moonshot_worker", "moonshot_owner"


@dataclass(frozen=True)
class Database:
    """One migrated database, and the URL by which each role logs in."""

    cluster: Cluster
    name: str

    def url(self, role: str) -> str:
        return self.cluster.url(role, self.name)

    def connect(self, role: str) -> Connection[Any]:
        """A connection that commits each statement by itself."""
        return psycopg.connect(self.url(role), autocommit=True)

    def clone(self, name: str) -> "Database":
        """Copies it whole; nobody may be connected to it."""
        with psycopg.connect(self.cluster.url(SUPERUSER, SUPERUSER), autocommit=True) as admin:
            new, old = sql.Identifier(name), sql.Identifier(self.name)
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, old))
            # PostgreSQL copies everything but who may connect to, and create in, the database.
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(new))
            rights = admin.execute(
                "SELECT a.grantee::regrole::text, a.privilege_type FROM pg_database d, "
                "aclexplode(d.datacl) a WHERE d.datname = %s AND a.grantee <> d.datdba",
                [self.name],
            )
            for role, right in rights:
                grant = sql.SQL("GRANT {} ON DATABASE {} TO {}")
                admin.execute(grant.format(sql.SQL(right), new, sql.Identifier(role)))
        return Database(self.cluster, name)

    def drop(self) -> None:
        with psycopg.connect(self.cluster.url(SUPERUSER, SUPERUSER), autocommit=True) as admin:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            admin.execute(drop.format(sql.Identifier(self.name)))


def template(folder: Path) -> Database:
    """The template in the folder of a running ground."""
    return Database(Cluster(folder / "postgres"), DATABASE)


@contextmanager
def running() -> Generator[Path]:
    """Starts a server and makes the template as an installation would; gives the folder."""
    folder = Path(tempfile.mkdtemp(prefix="moonshot-tests-"))
    try:
        with patch.dict(server.CONFIGURATION, HASTE):
            started = server.start(template(folder).cluster, binaries.find(_other_binaries()))
        try:
            _install(template(folder))
            yield folder
        finally:
            started.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _other_binaries() -> Path | None:
    chosen = os.environ.get("MOONSHOT_PG_BIN")
    return Path(chosen) if chosen else None


def _install(database: Database) -> None:
    passwords = database.cluster.passwords()
    logins = {role: passwords[role] for role in LOGINS}
    installation.bootstrap(database.cluster.url(SUPERUSER, SUPERUSER), database.name, logins)
    migration.migrate(database.url(OWNER))
