"""The pool: so many connections and no more, and only good ones are handed on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from services.database import pool as pool_module
from services.database.pool import Pool
from services.database.statement import Statement
from services.database.wire import Wire
from services.errors import Unavailable
from tests.ground import APP, Database

pytestmark = pytest.mark.anyio

PID = (Statement(b"SELECT pg_backend_pid()"), ())


async def pid(wire: Wire) -> int:
    return int((await wire.exchange([PID]))[0][0][0])


@pytest.fixture
async def single(database: Database) -> AsyncGenerator[Pool]:
    """A pool of one connection."""
    pool = Pool(database.url(APP), size=1)
    yield pool
    await pool.close()


async def turns() -> None:
    """Lets every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_connection_is_used_again(single: Pool):
    async with single.wire() as wire:
        first = await pid(wire)
    async with single.wire() as wire:
        assert await pid(wire) == first


async def test_no_more_connections_are_open_than_said(pool: Pool):
    async def call() -> int:
        async with pool.wire() as wire:
            return await pid(wire)

    assert len(set(await asyncio.gather(*(call() for _ in range(40))))) == 4


async def test_who_waits_is_served_in_turn(single: Pool):
    served: list[int] = []

    async def call(number: int) -> None:
        async with single.wire() as wire:
            served.append(number)
            await pid(wire)

    async with single.wire():
        tasks = [asyncio.create_task(call(n)) for n in range(8)]
        await turns()
        assert served == []
    await asyncio.gather(*tasks)
    assert served == list(range(8))


async def test_who_comes_later_does_not_overtake_who_waits(single: Pool):
    served: list[str] = []

    async def call(name: str) -> None:
        async with single.wire() as wire:
            served.append(name)
            await pid(wire)

    async with single.wire():
        waits = asyncio.create_task(call("waits"))
        await turns()
    # The connection is free again, and who waits for it has not run yet.
    await call("comes later")
    await waits
    assert served == ["waits", "comes later"]


async def test_who_waits_too_long_is_told(single: Pool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool_module, "_WAIT_SECONDS", 0.01)
    async with single.wire() as wire:
        with pytest.raises(Unavailable, match="busy"):
            async with single.wire():
                pass
        assert await pid(wire)
    async with single.wire() as wire:
        assert await pid(wire)


async def test_who_gives_up_waiting_takes_nobodys_place(single: Pool):
    async def call() -> int:
        async with single.wire() as wire:
            return await pid(wire)

    async with single.wire():
        impatient, patient = (asyncio.create_task(call()) for _ in range(2))
        await turns()
        impatient.cancel()
    assert await patient
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_who_is_cancelled_just_when_woken_wakes_the_next(single: Pool):
    async def call() -> int:
        async with single.wire() as wire:
            return await pid(wire)

    lent = single.wire()
    await lent.__aenter__()
    woken, after = (asyncio.create_task(call()) for _ in range(2))
    await turns()
    await lent.__aexit__(None, None, None)
    # Its turn has come, and it has not run yet.
    woken.cancel()
    assert await asyncio.wait_for(after, 30)
    with pytest.raises(asyncio.CancelledError):
        await woken


async def test_a_connection_that_broke_while_idle_is_replaced(
    single: Pool, end_backend: Callable[[int], None]
):
    async with single.wire() as wire:
        first = await pid(wire)
    end_backend(first)
    await turns()
    async with single.wire() as wire:
        assert await pid(wire) != first


async def test_a_connection_given_back_within_a_transaction_is_replaced(single: Pool):
    async with single.wire() as wire:
        first = await pid(wire)
        await wire.exchange([(Statement(b"BEGIN"), ())])
    async with single.wire() as wire:
        second = await pid(wire)
        with pytest.raises(psycopg.errors.DivisionByZero):
            await wire.exchange([(Statement(b"BEGIN"), ()), (Statement(b"SELECT 1 / 0"), ())])
    async with single.wire() as wire:
        assert len({first, second, await pid(wire)}) == 3


async def test_a_place_is_not_lost_when_no_connection_can_be_opened(
    single: Pool, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setattr(single, "_url", "host=127.0.0.1 port=1 dbname=x")
        for _ in range(3):
            with pytest.raises(Unavailable):
                await single.check()
    await single.check()


async def test_a_connection_cancelled_while_it_opens_leaves_its_place(single: Pool):
    for _ in range(5):
        task = asyncio.create_task(single.check())
        await turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await single.check()


async def test_a_closed_pool_keeps_nothing_open(
    database: Database, admin: Connection[Any], end_backend: Callable[[int], None]
):
    pool = Pool(database.url(APP), size=2)
    async with pool.wire() as lent:
        async with pool.wire() as free:
            pids = [await pid(lent), await pid(free)]
        await pool.close()
        assert await pid(lent)
    assert not lent.idle
    assert not free.idle
    gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)"
    deadline = asyncio.get_running_loop().time() + 30
    while admin.execute(gone, [pids]).fetchone() != (0,):
        assert asyncio.get_running_loop().time() < deadline
