"""Wires and pools on both event loops that we run on, and a superuser who spoils things."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from psycopg import Connection

from services.database.wire import Wire
from tests.ground import APP, SUPERUSER, Database


@pytest.fixture
async def wire(database: Database) -> AsyncGenerator[Wire]:
    """A connection as moonshot_app."""
    wire = await Wire.connect(database.url(APP))
    yield wire
    wire.close()


@pytest.fixture
def admin(connect: Callable[[str], Connection[Any]]) -> Connection[Any]:
    return connect(SUPERUSER)


@pytest.fixture
def end_backend(admin: Connection[Any]) -> Callable[[int], None]:
    """Ends a server process, as an operator or a crash would."""

    def end(pid: int) -> None:
        assert admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)

    return end
