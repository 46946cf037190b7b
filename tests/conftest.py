"""What every test may ask for. The server is started once a run, however many workers there are."""

import ipaddress
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from psycopg import Connection
from xdist.scheduler import (  # pyright: ignore[reportMissingTypeStubs] -- it has none
    WorkStealingScheduling,
)

from services.database.pool import Pool
from tests import ground
from tests.ground import APP, OWNER, Database
from tests.personas import Clinic, open_production, open_sandbox

ENDS = pytest.StashKey[ExitStack]()
FOLDER = pytest.StashKey[Path]()
FIGURE = "figure"
Say = Callable[[str], None]

# The same examples in every run: a red test stays red until it is repaired.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tests")


def _folder_of_ground(config: pytest.Config) -> Path:
    if FOLDER not in config.stash:
        ends = config.stash.setdefault(ENDS, ExitStack())
        config.stash[FOLDER] = ends.enter_context(ground.running())
    return config.stash[FOLDER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With workers, their controller holds the server: it outlives them all."""
    node.workerinput["ground"] = str(_folder_of_ground(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WorkStealingScheduling:
    """Each worker goes through a part in order: what a file shares is made once, not by each."""
    return WorkStealingScheduling(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    if ENDS in config.stash:
        config.stash[ENDS].close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured and do not judge, wherever they ran."""
    for report in terminalreporter.getreports("passed"):
        for name, said in report.user_properties:
            if name == FIGURE:
                terminalreporter.write_line(str(said))


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.getaddrinfo"}:
        address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(host, str) and "/" not in host and not _is_loopback(host):
            raise RuntimeError(f"A test tried to reach {host}; tests speak to loopback only.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


sys.addaudithook(_loopback_only)


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Say:
    """Puts a figure below the results."""
    return lambda figure: record_property(FIGURE, figure)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> Database:
    """The database that others are cloned from; nobody connects to it."""
    given = getattr(request.config, "workerinput", {}).get("ground")
    return ground.template(Path(given) if given else _folder_of_ground(request.config))


@pytest.fixture(scope="session")
def database(template: Database, worker_id: str) -> Database:
    """This worker's own database, bootstrapped and migrated. Each test makes its own clinics."""
    return template.clone(f"test_{worker_id}")


@pytest.fixture
def connect(database: Database) -> Generator[Callable[[str], Connection[Any]]]:
    """Gives connections as a role, in autocommit; what is open behind the test is undone."""
    with ExitStack() as ends:
        yield lambda role: ends.enter_context(closing(database.connect(role)))


@pytest.fixture
async def pool(database: Database) -> AsyncGenerator[Pool]:
    """Connections as moonshot_app."""
    pool = Pool(database.url(APP), size=4)
    yield pool
    await pool.close()


@pytest.fixture
def new_sandbox(connect: Callable[[str], Connection[Any]]) -> Callable[[], Clinic]:
    """Opens sandboxes through the public doors, with a person in each role."""
    return lambda: open_sandbox(connect(APP), connect(OWNER))


@pytest.fixture
def clinic(new_sandbox: Callable[[], Clinic]) -> Clinic:
    """A sandbox."""
    return new_sandbox()


@pytest.fixture
def other_clinic(new_sandbox: Callable[[], Clinic]) -> Clinic:
    """A second sandbox, which shares nothing with the first."""
    return new_sandbox()


@pytest.fixture
def production(connect: Callable[[str], Connection[Any]]) -> Clinic:
    """A clinic in production: agreements signed, plan paid, `use_ai` granted to everyone."""
    return open_production(connect(APP), connect(OWNER))


class Clock:
    """Policy time, which moves only forward and back as told."""

    def __init__(self, admin: Connection[Any]) -> None:
        self._admin = admin

    def move(self, by: timedelta) -> None:
        self._admin.execute("UPDATE identity.clock SET moved_by = moved_by + %s", [by])

    def reset(self) -> None:
        self._admin.execute("UPDATE identity.clock SET moved_by = interval '0'")


@pytest.fixture
def clock(connect: Callable[[str], Connection[Any]]) -> Generator[Clock]:
    """Moves policy time; it is right again behind the test."""
    clock = Clock(connect(ground.SUPERUSER))
    yield clock
    clock.reset()
