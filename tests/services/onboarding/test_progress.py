"""From the first credential to the first answered call of this clinic, and of no other."""

from datetime import timedelta
from typing import Any, Final

import pytest

from models.permission import Role
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.identity import accounts, credentials
from services.onboarding import progress
from services.onboarding.progress import FirstCall
from tests.ground import OWNER
from tests.personas import Clinic, Person
from tests.services.identity.accounts_at_hand import PASSWORD, sign_up
from tests.services.record.logged import NOON, Connect, call, save

pytestmark = pytest.mark.anyio

LIFE: Final = timedelta(days=1)


async def first(pool: Pool, person: Person) -> FirstCall | None:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        return await progress.first_answered_call(clinic)


@pytest.mark.promise("13.onboarding.turns-green", "13.onboarding.nothing-else")
async def test_it_waits_until_a_call_of_this_clinic_is_answered(
    pool: Pool, clinic: Clinic, other_clinic: Clinic, connect: Connect
):
    nurse = clinic.nurse
    assert await first(pool, clinic.owner) is None
    save(connect, call(other_clinic, other_clinic.owner))
    for minute, status in enumerate(("error", "rate_limited", "blocked_injection")):
        save(connect, call(clinic, nurse, minute, status=status))
    assert await first(pool, clinic.owner) is None
    told: dict[str, Any] = {"client_name": "Claude", "client_version": "2", "latency_ms": 42}
    save(connect, call(clinic, nurse, 9), call(clinic, nurse, 5, response_bytes=700, **told))
    answered = await first(pool, clinic.owner)
    assert answered is not None
    assert (answered.at - NOON).total_seconds() == 300
    assert (answered.tool_name, answered.latency_ms, answered.response_bytes) == (
        "get_labs",
        42,
        700,
    )
    assert (answered.client_name, answered.client_version) == ("Claude", "2")
    assert (answered.person, answered.credential) == ("Nurse", "Assistant")


async def test_who_may_not_see_others_calls_waits_for_ones_own(
    pool: Pool, clinic: Clinic, connect: Connect
):
    save(connect, call(clinic, clinic.nurse, 1))
    assert await first(pool, clinic.biller) is None
    save(connect, call(clinic, clinic.biller, 2))
    assert await first(pool, clinic.biller) is not None
    assert await first(pool, clinic.auditor) is not None


async def test_it_waits_for_the_newest_connection_that_works(
    pool: Pool, clinic: Clinic, connect: Connect
):
    account = await sign_up(pool)
    signed = await accounts.sign_in(pool, email=account.email, password=PASSWORD)
    begin = opening.session(accounts.session_hash(signed.token))
    async with clinic_transaction(pool, begin) as session:
        assert await progress.connected(session) is None
        first = await credentials.mint(session, role=Role.OWNER, name="First", life=LIFE)
        await credentials.mint(session, role=Role.PROVIDER, name="Second", life=LIFE)
    connect(OWNER).execute(
        "UPDATE app.mcp_credentials SET created_at = created_at - interval '1 hour' WHERE id = %s",
        [first.id],
    )
    async with clinic_transaction(pool, begin) as session:
        newest = await progress.connected(session)
        assert newest is not None
        assert (newest.role, newest.colleague) == (Role.PROVIDER, None)
        for each in await credentials.mine(session):
            if each.name == "Second":
                await credentials.revoke(session, each.id)
    async with clinic_transaction(pool, begin) as session:
        left = await progress.connected(session)
    assert left is not None
    assert left.role == Role.OWNER
    async with clinic_transaction(pool, opening.session(clinic.biller.session_hash)) as session:
        own = await progress.connected(session)
    assert own is not None
    assert (own.role, own.colleague) == (Role.BILLER, None)
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        newest = await progress.connected(session)
    assert newest is not None
    assert newest.colleague not in {None, "Owner"}


async def test_an_empty_clinic_is_ready_too(pool: Pool, clinic: Clinic):
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        ready = await progress.ready(session)
        assert ready.at <= session.principal.now
        assert ready.patients == 0
