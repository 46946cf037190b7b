"""Calls cancelled at any point: the next call sees its own clinic, and nothing of theirs."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import pytest
from psycopg import Connection

from services.database import opening
from services.database.opening import Opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.database.statement import statement
from tests.factories import patient
from tests.ground import APP, Database
from tests.personas import Clinic

pytestmark = pytest.mark.anyio

ROUNDS = 50
"""Of two calls each; with two loops and two sizes of pool, two hundred."""

MINE = statement("SELECT DISTINCT tenant_id FROM patients")
CONTEXT = statement("SELECT app.tenant(), coalesce(current_setting('x.stash', true), '')")
STASH = statement("SELECT set_config('x.stash', app.tenant()::text, false)")
MARK = statement("UPDATE patients SET city = :city")


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(params=[1, 3])
async def pool(database: Database, request: pytest.FixtureRequest) -> AsyncGenerator[Pool]:
    pool = Pool(database.url(APP), size=request.param)
    yield pool
    await pool.close()


async def call(pool: Pool, clinic: Clinic, as_whom: Opening, city: str) -> None:
    async with clinic_transaction(pool, as_whom) as session:
        assert await session.rows(MINE) == [(clinic.tenant_id,)]
        session.queue(MARK, city=city)
        await session.rows(STASH)
        assert await session.rows(CONTEXT) == [(clinic.tenant_id, str(clinic.tenant_id))]


def openings(clinic: Clinic) -> list[Opening]:
    """The ways in, counted and not, as an assistant and at a browser."""
    token = clinic.owner.token_hash
    return [
        opening.request(token),
        opening.request(token, counted=True),
        opening.session(clinic.owner.session_hash),
    ]


async def cancelled_after(seconds: float, task: asyncio.Task[None]) -> None:
    timer = asyncio.get_running_loop().call_later(seconds, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    timer.cancel()


async def how_long(pool: Pool, clinic: Clinic) -> float:
    """Seconds that a call takes here and now, on a connection that is open."""
    began = 0.0
    for _ in range(2):
        began = time.perf_counter()
        await call(pool, clinic, opening.request(clinic.owner.token_hash), "before")
    return time.perf_counter() - began


async def test_calls_cancelled_anywhere_leave_nothing_behind(
    pool: Pool, clinic: Clinic, other_clinic: Clinic, admin: Connection[Any]
):
    chance = random.Random(2026)
    clinics = (clinic, other_clinic)
    for of in clinics:
        async with clinic_transaction(pool, opening.session(of.owner.session_hash)) as session:
            await session.insert([patient(of.tenant_id)])
    longest = 2 * await how_long(pool, clinic)
    finished = 0
    for n in range(ROUNDS):
        tasks = [
            asyncio.create_task(call(pool, of, chance.choice(openings(of)), f"{n}"))
            for of in clinics
        ]
        # One in ten is left alone, so that some end well however slow the machine is.
        moments = [60 if chance.random() < 0.1 else chance.uniform(0, longest) for _ in tasks]
        await asyncio.gather(*map(cancelled_after, moments, tasks))
        finished += sum(not task.cancelled() for task in tasks)
        after = chance.choice(clinics)
        async with clinic_transaction(pool, opening.request(after.owner.token_hash)) as session:
            assert await session.rows(CONTEXT) == [(after.tenant_id, "")]
            assert await session.rows(MINE) == [(after.tenant_id,)]
        async with pool.wire() as wire:
            assert await wire.exchange([(CONTEXT, ())]) == [[(None, "")]]
    # Some were cut off and some were not, or this showed little.
    assert 0 < finished < 2 * ROUNDS
    open_ones = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND usename = %s AND state LIKE 'idle in%%'"
    )
    deadline = time.monotonic() + 30
    while admin.execute(open_ones, [APP]).fetchone() != (0,):
        assert time.monotonic() < deadline


async def test_calls_that_give_up_in_time_leave_nothing_behind(
    pool: Pool, clinic: Clinic, other_clinic: Clinic
):
    slow = statement("SELECT pg_sleep(9)")
    for of in (clinic, other_clinic):
        async with clinic_transaction(pool, opening.session(of.owner.session_hash)) as session:
            await session.insert([patient(of.tenant_id)])
        with pytest.raises(TimeoutError):
            async with (
                asyncio.timeout(0.02),
                clinic_transaction(pool, opening.session(of.owner.session_hash)) as session,
            ):
                await session.rows(MARK, city="never")
                await session.rows(slow)
        async with clinic_transaction(pool, opening.request(of.owner.token_hash)) as session:
            asked = statement("SELECT count(*) FROM patients WHERE city = 'never'")
            assert await session.rows(asked) == [(0,)]
