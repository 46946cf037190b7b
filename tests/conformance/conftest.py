"""The official programs, run by Node; `make conformance` installs them."""

import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.conformance.programs import environment
from tests.ground import Database
from tests.mcp_server.conftest import endpoint, furnished, server
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.process import Server
from tests.moonshot_app.conftest import chromium, site

__all__ = ["chromium", "endpoint", "furnished", "server", "site"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program with a home folder of its own."""

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["env", *command],
            env=environment(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def open_door(
    database: Database, furnished: Furnished, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    """The product; it needs no header."""
    yield from _opened(database, furnished, tmp_path_factory, "open_door")


@pytest.fixture(scope="session")
def everything(
    database: Database, furnished: Furnished, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    """The product's edge with what the suite looks for behind it; it needs no header."""
    yield from _opened(database, furnished, tmp_path_factory, "everything")


def _opened(
    database: Database, furnished: Furnished, folders: pytest.TempPathFactory, module: str
) -> Generator[Server]:
    log, token = folders.mktemp(module) / "log", furnished.clinic.owner.token.text
    module = f"tests.conformance.{module}"
    with Server(database, log, module=module, arguments=[token]) as server:
        yield server.wait_until_ready()
