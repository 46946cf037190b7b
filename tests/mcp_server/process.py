"""A server in a process of its own, started as an operator would start it."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import psutil

from moonshot_cli.child import tied
from services.settings import PROJECT
from tests.ground import APP, Database
from tests.mcp_server.endpoint import Endpoint
from tests.personas import MASTER_KEY

READY_SECONDS = 120


class Server:
    """`python -m module` on a free port, with its whole output in a file, at its most talkative."""

    def __init__(
        self,
        database: Database,
        log: Path,
        *,
        module: str = "mcp_server",
        arguments: Sequence[str] = (),
        **settings: str,
    ) -> None:
        self.port = _free_port()
        self.endpoint = Endpoint(self.port)
        self._log = log
        ours = {
            "DATABASE_URL": database.url(APP),
            "MOONSHOT_DATA": str(log.parent / "data"),
            "MOONSHOT_LOG_LEVEL": "debug",
            "MOONSHOT_MASTER_KEY": base64.urlsafe_b64encode(MASTER_KEY).decode(),
            "MOONSHOT_MCP_PORT": str(self.port),
            "MOONSHOT_PUBLIC_ORIGIN": f"http://127.0.0.1:{self.port}",
        }
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("MOONSHOT_", "DATABASE_"))}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*tied(signal.SIGKILL), sys.executable, "-m", module, *arguments],
                env=kept | ours | settings,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def resident_bytes(self) -> int:
        return psutil.Process(self.pid).memory_info().rss

    @property
    def cpu_seconds(self) -> float:
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def wait_until_ready(self) -> Self:
        """Returns once it answers; fails with what it said when it ends instead."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.endpoint.is_ready():
            assert self.alive, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)
        return self

    def wait_until_ended(self) -> None:
        self._process.wait(READY_SECONDS)

    def kill(self) -> None:
        """Ends it without a word, as a lost machine would."""
        self.endpoint.close()
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self.endpoint.close()
        if self.alive:
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
