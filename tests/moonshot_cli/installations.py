"""An installation as a person has it: a data folder, settings, and the command."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from click.testing import CliRunner, Result
from psycopg import Connection

from moonshot_cli.command_line import moonshot
from moonshot_cli.postgres.cluster import DATABASE, SUPERUSER, Cluster

SETTINGS = ("MOONSHOT_", "DATABASE_")


def plain_environment() -> dict[str, str]:
    """Ours without the settings of whoever runs the tests, but for where PostgreSQL is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    chosen = os.environ.get("MOONSHOT_PG_BIN")
    return kept | ({"MOONSHOT_PG_BIN": chosen} if chosen else {})


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@dataclass
class Installation:
    """A data folder and the settings that a person would export before calling `moonshot`."""

    data: Path
    environment: dict[str, str]

    @classmethod
    def at(cls, data: Path) -> "Installation":
        """With that data folder, which need not be there yet, and on ports that are free."""
        ports = {"MOONSHOT_PORT": str(free_port()), "MOONSHOT_MCP_PORT": str(free_port())}
        return cls(data, plain_environment() | ports | {"MOONSHOT_DATA": str(data)})

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.data / "postgres")

    @property
    def port(self) -> int:
        return int(self.environment["MOONSHOT_MCP_PORT"])

    def run(self, *arguments: str | Path, stdin: str | None = None, **variables: str) -> Result:
        """Runs the command in this process, under these settings and no others."""
        ours = dict.fromkeys(name for name in os.environ if name.startswith(SETTINGS))
        environment = ours | self.environment | variables
        return CliRunner().invoke(
            moonshot, [str(argument) for argument in arguments], env=environment, input=stdin
        )

    def succeed(self, *arguments: str | Path, **variables: str) -> str:
        done = self.run(*arguments, **variables)
        assert done.exit_code == 0, f"{done.stderr} {done.stdout} {done.exception}"
        return done.stdout


def connect(cluster: Cluster) -> Connection[tuple[object, ...]]:
    """As the superuser, each statement by itself."""
    return psycopg.connect(cluster.url(SUPERUSER, SUPERUSER), autocommit=True)


def admin_of(cluster: Cluster) -> Connection[Any]:
    """As the superuser in the database of the clinics."""
    return psycopg.connect(cluster.url(SUPERUSER, DATABASE), autocommit=True)


def at_work_in(folder: Path) -> list[psutil.Process]:
    """The PostgreSQL processes of any cluster below that folder."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder.resolve()):
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def until(holds: Callable[[], object], what: str) -> None:
    """Waits for a process outside to come so far; fails after a minute."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
