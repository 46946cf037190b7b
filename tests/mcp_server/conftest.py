"""Server processes: one a worker that all its tests share, and more where a test needs its own."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ground import Database
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.process import Server


@pytest.fixture(scope="session")
def server(
    database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    """`python -m mcp_server` on this worker's database."""
    log = tmp_path_factory.mktemp("server") / "log"
    with Server(database, log) as server:
        yield server.wait_until_ready()


@pytest.fixture(scope="session")
def second_server(
    database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    """Another process on the same database."""
    log = tmp_path_factory.mktemp("second") / "log"
    with Server(database, log) as server:
        yield server.wait_until_ready()


@pytest.fixture(scope="session")
def endpoint(server: Server) -> Endpoint:
    """The endpoint of the shared process."""
    return server.endpoint


@pytest.fixture
def start_server(tmp_path: Path) -> Generator[Callable[..., Server]]:
    """Starts servers of a test's own; they are stopped behind it."""
    with ExitStack() as running:

        def start(database: Database, **options: object) -> Server:
            log = tmp_path / f"log-{len(list(tmp_path.iterdir()))}"
            server = Server(database, log, **options)  # pyright: ignore[reportArgumentType] -- handed on as they are
            return running.enter_context(server).wait_until_ready()

        yield start
