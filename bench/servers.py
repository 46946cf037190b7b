"""The servers that are compared, each started as a process of its own on the same core."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processors import cores, kept_on
from moonshot_cli.postgres.server import is_free
from services.settings import PROJECT

FIRST_PORT = 8310
READY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A server that takes part: how it is called, what it does, how it is started."""

    letter: str
    name: str
    what: str
    module: str


OURS = Kind(
    "a",
    "ours",
    "Moonshot Clinic, `python -m mcp_server` as it is: many patients, many credentials, nothing "
    "cached; rate counted, context signed, permission checked, audit row committed to disk",
    "mcp_server",
)
MEMORY = Kind(
    "b",
    "stock SDK, from memory",
    "`MCPServer` of the MCP Python SDK, stateless, JSON: one payload from memory, no database",
    "bench.stock.memory",
)
ORM = Kind(
    "c",
    "stock SDK, ORM",
    "the same server with the same database work through a SQLModel session",
    "bench.stock.orm",
)
KINDS = (OURS, MEMORY, ORM)


@contextmanager
def ours(url: str, master_key: bytes) -> Generator[Running]:
    """`python -m mcp_server`, as it is."""
    port = free_port()
    environment = {
        "DATABASE_URL": url,
        "MOONSHOT_MASTER_KEY": base64.urlsafe_b64encode(master_key).decode(),
        "MOONSHOT_MCP_PORT": str(port),
        "MOONSHOT_LOG_LEVEL": "warning",
        "MOONSHOT_DATA": "/nonexistent",
    }
    with _started(OURS.module, port, environment) as running:
        yield running


@contextmanager
def stock(
    folder: Path, url: str, tokens: Sequence[str], payload: Mapping[str, Any]
) -> Generator[tuple[Running, Running]]:
    """Both stock servers: from memory, and through the ORM."""
    given = folder / "given.json"
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    given.write_text(json.dumps({"url": url, "tokens": tokens, "payload": payload}))
    with ExitStack() as stack:
        running: list[Running] = []
        for kind in (MEMORY, ORM):
            port = free_port()
            environment = {"BENCH_GIVEN": str(given), "BENCH_PORT": str(port)}
            running.append(stack.enter_context(_started(kind.module, port, environment)))
        yield running[0], running[1]


@contextmanager
def _started(module: str, port: int, environment: dict[str, str]) -> Generator[Running]:
    with kept_on(cores()[0]):
        process = subprocess.Popen(
            [sys.executable, "-m", module], env=own_environment() | environment, cwd=PROJECT
        )
    try:
        _wait_until_it_answers(process, port)
        yield Running(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port)).close()
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args} did not come up")
        time.sleep(0.05)


def own_environment() -> dict[str, str]:
    """The environment without the settings of whoever measures."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MOONSHOT_", "DATABASE_"))
    }


def free_port(*, above: int = FIRST_PORT - 1) -> int:
    """A port of loopback on which nobody listens."""
    return next(port for port in range(above + 1, above + 1000) if is_free(port))
