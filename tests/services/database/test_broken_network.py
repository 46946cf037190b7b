"""A connection that is reset, in flight or idle, is told at once and waits for nobody."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from services.database.statement import Statement
from services.database.wire import Wire
from services.errors import Unavailable
from tests.ground import APP, Database
from tests.services.database.relay import NOTICE, Relay

pytestmark = pytest.mark.anyio

ONE = (Statement(b"SELECT 1"), ())
SLOW = (Statement(b"SELECT pg_sleep(9)"), ())


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
async def torn(database: Database) -> AsyncGenerator[tuple[Wire, Relay]]:
    """A wire over a relay."""
    port = database.cluster.port_file.read_text(encoding="utf-8").strip()
    relay = Relay(int(port))
    wire = await Wire.connect(database.url(APP).replace(f":{port}/", f":{relay.port}/"))
    yield wire, relay
    wire.close()
    relay.close()


@pytest.mark.parametrize("last_words", [b"", NOTICE], ids=["silent", "with last words"])
async def test_a_reset_in_flight_is_unavailable(torn: tuple[Wire, Relay], last_words: bytes):
    wire, relay = torn
    assert await wire.exchange([ONE]) == [[(1,)]]
    task = asyncio.create_task(wire.exchange([SLOW]))
    await asyncio.sleep(0)
    relay.tear(last_words)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(task, 60)
    assert not wire.idle


@pytest.mark.parametrize("last_words", [b"", NOTICE], ids=["silent", "with last words"])
@pytest.mark.parametrize("turns", [0, 3])
async def test_a_reset_while_idle_is_unavailable_at_the_next_call(
    torn: tuple[Wire, Relay], last_words: bytes, turns: int
):
    wire, relay = torn
    assert await wire.exchange([ONE]) == [[(1,)]]
    relay.tear(last_words)
    for _ in range(turns):
        await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(wire.exchange([ONE]), 60)
    assert not wire.idle
