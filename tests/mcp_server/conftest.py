"""Server processes: one a worker that all its tests share, and more where a test needs its own."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import Connection

from models.base import ClinicRow
from models.permission import Role
from services.principal import Principal
from tests import factories
from tests.conftest import Clock
from tests.ground import APP, OWNER, SUPERUSER, Database
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.furnished import Furnished, furnish
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.personas import Clinic, open_sandbox


@pytest.fixture(scope="session")
def server(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """`python -m mcp_server` on this worker's database."""
    with Server(database, tmp_path_factory.mktemp("server") / "log") as server:
        yield server.wait_until_ready()


@pytest.fixture(scope="session")
def strained(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """Another process on it, short of patience, some of whose tools break."""
    log, module = tmp_path_factory.mktemp("strained") / "log", "tests.mcp_server.servers.strained"
    with Server(database, log, module=module) as server:
        yield server.wait_until_ready()


@pytest.fixture(scope="session")
def endpoint(server: Server) -> Endpoint:
    """The endpoint of the shared process."""
    return server.endpoint


@pytest.fixture
def start_server(tmp_path: Path) -> Generator[Callable[..., Server]]:
    """Starts servers of a test's own; they are stopped behind it."""
    with ExitStack() as running:
        logs = (tmp_path / f"log-{number}" for number in range(100))

        def start(database: Database, **options: Any) -> Server:
            server = Server(database, next(logs), **options)
            return running.enter_context(server).wait_until_ready()

        yield start


@pytest.fixture
def write(connect: Callable[[str], Connection[Any]]) -> Callable[..., None]:
    """Saves rows of any clinic."""
    owner = connect(OWNER)

    def save(*rows: ClinicRow) -> None:
        with owner.transaction():
            factories.save(owner, *rows)

    return save


@pytest.fixture
def audit_log(connect: Callable[[str], Connection[Any]]) -> AuditLog:
    return AuditLog(connect(SUPERUSER))


@pytest.fixture
def clinic_at(
    clock: Clock, connect: Callable[[str], Connection[Any]], new_sandbox: Callable[[], Clinic]
) -> Callable[[str], Clinic]:
    """Opens a sandbox at a moment of policy time, given in ISO 8601; it is in New York."""

    def open_at(text: str) -> Clinic:
        ((now,),) = connect(OWNER).execute("SELECT app.now()")
        clock.move(datetime.fromisoformat(text) - now)
        return new_sandbox()

    return open_at


@pytest.fixture
def rested(connect: Callable[[str], Connection[Any]]) -> None:
    """No request of this minute counts: a sweep is in more of a hurry than a person may be.

    Nor does what was read before, which would hold a proposal; and what was proposed is gone.
    """
    administrator = connect(SUPERUSER)
    administrator.execute("DELETE FROM app.mcp_request_rates")
    administrator.execute("DELETE FROM app.mcp_taints")
    of_sweeps = "DELETE FROM app.pending_actions WHERE created_at > app.now() - interval '300 days'"
    administrator.execute(of_sweeps)


@pytest.fixture(scope="session")
def furnished(database: Database) -> Furnished:
    """A clinic with rows for every tool to find; for tests that change nothing."""
    return _furnish(database, "alba", 1961)


@pytest.fixture(scope="session")
def other_furnished(database: Database) -> Furnished:
    """Another, of which nobody at the first may learn anything."""
    return _furnish(database, "zeno", 1972)


@pytest.fixture(scope="session")
def both_furnished(furnished: Furnished, other_furnished: Furnished) -> tuple[Furnished, Furnished]:
    return furnished, other_furnished


def _furnish(database: Database, word: str, birth_year: int) -> Furnished:
    with database.connect(APP) as app, database.connect(OWNER) as owner:
        clinic = open_sandbox(app, owner)
        ((now,),) = owner.execute("SELECT app.now()")
        made = furnish(clinic, word, now, birth_year)
        with owner.transaction():
            factories.save(owner, *made.rows)
    return made


@pytest.fixture
def provider_principal(furnished: Furnished) -> Principal:
    """Who a provider is to the code, once the database has said so."""
    clinic, zone = furnished.clinic, ZoneInfo("America/New_York")
    person = clinic.provider
    ids = (clinic.tenant_id, person.user_id, person.credential_id)
    return Principal(*ids, (Role.PROVIDER,), clinic.tier, zone, furnished.now)
