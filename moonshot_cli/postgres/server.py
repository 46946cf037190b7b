"""The server: our child on a loopback port, stopped in order; what a crash left behind, ended."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from moonshot_cli.child import Child, tied
from moonshot_cli.data_folder import write_privately
from moonshot_cli.failure import Failure
from moonshot_cli.postgres.account import environment
from moonshot_cli.postgres.binaries import Binaries
from moonshot_cli.postgres.cluster import Cluster

START_SECONDS: Final = 120.0
"""Crash recovery after a loss of power may take long; a plain start takes a tenth of a second."""
STOP_SECONDS: Final = 15.0
STATE_LINE: Final = 7
"""postmaster.pid: pid, folder, start, port, sockets, address, shared memory, state."""

CONFIGURATION: Final = {
    "listen_addresses": "127.0.0.1",
    # The path of a socket may have 107 bytes; a data folder's path may have more.
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "512MB",
    "jit": "off",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "off",
    # An error's text and detail can hold a patient's data: the client is told, the log is not.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "log_line_prefix": "",
    "max_logical_replication_workers": "0",
}


class Server:
    """A PostgreSQL that lives as long as we do."""

    def __init__(self, cluster: Cluster, child: Child) -> None:
        self.cluster = cluster
        self.child = child

    def stop(self) -> None:
        """Rolls back what is open, writes everything, ends. Signals cannot interrupt it."""
        with _undisturbed():
            self.child.stop(STOP_SECONDS)


def start(
    cluster: Cluster,
    binaries: Binaries,
    *,
    on_line: Callable[[Child, str], None] | None = None,
) -> Server:
    """Starts the cluster's server, making the cluster first if there is none.

    The caller holds the data folder, so whatever still runs on the cluster was left behind.

    Raises:
        Failure: it cannot be made or started here; with PostgreSQL's own last lines.
    """
    account = cluster.prepare(binaries)
    _end_left_over(cluster.data)
    lines: list[str] = []
    for port in _ports(cluster):
        settings = (CONFIGURATION | {"port": port}).items()
        options = [f"--{name}={value}" for name, value in settings]
        postgres = (binaries.path("postgres"), "-D", cluster.data, *options)
        child = Child(
            "postgres",
            [*account.prefix, *tied(signal.SIGINT), *postgres],
            environment=environment(),
            stop_signal=signal.SIGINT,
            user=account.user,
            cwd=Path("/"),
            on_line=on_line,
        )
        server = Server(cluster, child)
        if _came_up(server):
            write_privately(cluster.port_file, port)
            return server
        lines = [f"  {line}" for line in child.last_lines]
        if not any("could not bind" in line for line in lines):
            break
    raise Failure("\n".join([f"PostgreSQL did not start on {cluster.data}. It said:", *lines]))


def _came_up(server: Server) -> bool:
    try:
        _wait_until_ready(server)
    except BaseException:
        server.stop()
        raise
    return server.child.exit_code is None


def _wait_until_ready(server: Server) -> None:
    """Returns when it answers or has ended."""
    deadline = time.monotonic() + START_SECONDS
    while server.child.exit_code is None:
        state = _pid_file(server.cluster.data)
        if state[:1] == [str(server.child.pid)] and state[STATE_LINE:] == ["ready"]:
            return
        if time.monotonic() > deadline:
            raise Failure(f"PostgreSQL was not ready after {START_SECONDS:.0f} seconds.")
        time.sleep(0.01)
    server.child.finish()


def _ports(cluster: Cluster) -> Iterator[str]:
    """The port of last time, then others; a taken one is seen when PostgreSQL cannot bind it."""
    if cluster.port_file.exists():
        yield cluster.port_file.read_text(encoding="utf-8").strip()
    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        yield str(port)


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """True if a server of ours could listen on that port of this machine's address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        socket.create_server((address, port), family=family).close()
    except OSError:
        return False
    return True


def _pid_file(data: Path) -> list[str]:
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [line.strip() for line in lines]


def _end_left_over(data: Path) -> None:
    """Ends a server whose parent was killed, and clears the way if its pid belongs to another."""
    pid = next(iter(_pid_file(data)), "")
    if not pid.isdecimal():
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not _works_in(int(pid), data):
            break
        with suppress(ProcessLookupError):
            os.kill(int(pid), number)
        _wait_until_gone(int(pid), data)
    deadline = time.monotonic() + STOP_SECONDS
    while _anyone_works_in(data) and time.monotonic() < deadline:
        time.sleep(0.01)
    # PostgreSQL would take any living process of that number for a server, as after a reboot.
    if not _anyone_works_in(data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _wait_until_gone(pid: int, data: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while _works_in(pid, data) and time.monotonic() < deadline:
        time.sleep(0.01)


def _works_in(pid: int, data: Path) -> bool:
    """True if that process is a PostgreSQL of this data folder: never signal any other."""
    process = Path(f"/proc/{pid}")
    if Path("/proc/self").exists():
        try:
            named = process.joinpath("comm").read_text(encoding="utf-8").strip() == "postgres"
            return named and process.joinpath("cwd").readlink() == data.resolve()
        except OSError:
            return False
    listed = subprocess.run(
        ["/bin/ps", "-p", str(pid), "-o", "command="], check=False, capture_output=True, text=True
    ).stdout
    return "postgres" in listed and str(data) in listed


def _anyone_works_in(data: Path) -> bool:
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return any(_works_in(pid, data) for pid in pids)


@contextmanager
def _undisturbed() -> Generator[None]:
    """Holds off Ctrl-C and its kin, however often they come."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
