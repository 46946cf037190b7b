"""The database to measure on: our own embedded server, as durable as in an installation."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from moonshot_cli.installation import bootstrap
from moonshot_cli.postgres import binaries, server
from moonshot_cli.postgres.cluster import SUPERUSER, Cluster
from services.database import migration
from services.settings import read_settings

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Ground:
    """A running server with a migrated database."""

    cluster: Cluster
    pid: int

    @property
    def app_url(self) -> str:
        return self.cluster.url("moonshot_app")

    @property
    def owner_url(self) -> str:
        return self.cluster.url("moonshot_owner")

    @property
    def worker_url(self) -> str:
        return self.cluster.url("moonshot_worker")

    def count_calls(self) -> int:
        """Rows of the audit log, of all clinics."""
        with psycopg.connect(self.owner_url) as connection:
            row = connection.execute("SELECT count(*) FROM app.mcp_audit_log").fetchone()
            return 0 if row is None else row[0]

    def settle(self) -> None:
        """Bring statistics up to date, and write out what is still on its way to the disk."""
        with psycopg.connect(self.cluster.url(SUPERUSER), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def require_durable(self) -> None:
        """RuntimeError unless a commit waits for the disk."""
        with psycopg.connect(self.app_url) as connection:
            for name in DURABLE:
                row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
                if row != ("on",):
                    raise RuntimeError(f"{name} is off: this would measure nothing of worth")


@contextmanager
def running(folder: Path) -> Generator[Ground]:
    """Make a cluster below a folder that lies on a real disk, and remove it behind the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as data:
        cluster = Cluster(Path(data) / "postgres")
        started = server.start(cluster, binaries.find(read_settings().pg_bin))
        try:
            bootstrap(cluster)
            migration.migrate(cluster.url("moonshot_owner"))
            yield Ground(cluster, started.child.pid)
        finally:
            started.stop()
