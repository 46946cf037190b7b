"""How long `moonshot up` takes until it answers: the first time, and the second."""

import http.client
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.servers import free_port, own_environment
from moonshot_cli import pages
from services.settings import PROJECT

READY = "is running"


@dataclass(frozen=True, slots=True)
class Started:
    """An installation that answers. Seconds are from the command on."""

    origin: str
    first_page: float
    """Until the landing page was served."""
    ready: float
    """Until it said so."""


@contextmanager
def twice(folder: Path) -> Generator[tuple[Started, Started]]:
    """Start an installation with everything to be made but its pages, then again; it runs on."""
    pages.ensure_built(print)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as data:
        with _running(data) as first:
            pass
        with _running(data) as second:
            yield first, second


@contextmanager
def _running(data: str) -> Generator[Started]:
    port = free_port()
    settings = {"MOONSHOT_DATA": data, "MOONSHOT_PORT": str(port)}
    settings["MOONSHOT_MCP_PORT"] = str(free_port(above=port))
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "moonshot_cli", "up"],
        cwd=PROJECT,
        env=own_environment() | settings | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while not _serves(port):
            if process.poll() is not None:
                raise RuntimeError(f"moonshot up did not come up:\n{process.communicate()[0]}")
            time.sleep(0.01)
        first_page = time.perf_counter() - began
        next(line for line in process.stdout or () if READY in line)
        ready = time.perf_counter() - began
        yield Started(f"http://127.0.0.1:{port}", first_page, ready)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False
