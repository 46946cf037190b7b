"""The password once more: what signs counts for a quarter of an hour, and guesses are counted."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import ClinicError
from services.identity import accounts, proof
from services.identity.accounts import session_hash
from tests.ground import SUPERUSER
from tests.personas import Clinic
from tests.services.identity.accounts_at_hand import PASSWORD, Account, sign_up

pytestmark = pytest.mark.anyio

Connect = Callable[[str], Connection[Any]]


@pytest.fixture
async def account(pool: Pool) -> Account:
    return await sign_up(pool)


async def signed_in(pool: Pool, account: Account) -> bytes:
    begun = await accounts.sign_in(pool, email=account.email, password=PASSWORD)
    return session_hash(begun.token)


async def minutes_left(pool: Pool, session: bytes) -> int | None:
    async with clinic_transaction(pool, opening.session(session)) as clinic:
        moment = await proof.until(clinic)
        return moment and round((moment - clinic.principal.now).total_seconds() / 60)


async def outcome(pool: Pool, session: bytes, password: str) -> str:
    try:
        await proof.prove(pool, session, password)
    except ClinicError as error:
        return error.reason
    return "proved"


@pytest.mark.promise("8.signing.proof-again")
async def test_a_password_counts_for_a_quarter_of_an_hour_in_its_session_alone(
    pool: Pool, account: Account, clock: Any
):
    first, second = await signed_in(pool, account), await signed_in(pool, account)
    assert await minutes_left(pool, first) == 15
    clock.move(timedelta(minutes=14))
    assert await minutes_left(pool, first) == 1
    clock.move(timedelta(minutes=1))
    assert await minutes_left(pool, first) is None
    assert await outcome(pool, second, PASSWORD) == "proved"
    assert await minutes_left(pool, first) is None
    assert await minutes_left(pool, second) == 15


async def test_a_wrong_password_proves_nothing_and_is_counted_with_the_sign_ins(
    pool: Pool, account: Account, clock: Any, connect: Connect
):
    session = await signed_in(pool, account)
    clock.move(timedelta(minutes=15))
    for wrong in ("", PASSWORD.upper(), "x" * 1_000, *(["wrong but long"] * 8)):
        assert await outcome(pool, session, wrong) == "not_authenticated"
    assert await minutes_left(pool, session) is None
    # A password that no account can have is not even looked at.
    assert await outcome(pool, session, PASSWORD) == "too_many_tries"
    with pytest.raises(ClinicError) as refusal:
        await accounts.sign_in(pool, email=account.email, password=PASSWORD)
    assert refusal.value.reason == "too_many_tries"
    clock.move(timedelta(minutes=16))
    assert await outcome(pool, session, PASSWORD) == "proved"
    told = connect(SUPERUSER).execute(
        "SELECT kind, count(*) FROM app.security_events WHERE tenant_id = %s AND user_id = %s "
        "GROUP BY kind",
        [account.tenant_id, account.user_id],
    )
    assert Counter(dict(told.fetchall()))["proof_failed"] == 10
    assert Counter(dict(told.fetchall()))["sign_in_failed"] == 0


async def test_who_has_no_password_is_told_how_to_get_one(pool: Pool, clinic: Clinic):
    with pytest.raises(ClinicError, match="moonshot account password") as refusal:
        await proof.prove(pool, clinic.nurse.session_hash, PASSWORD)
    assert refusal.value.reason == "not_permitted"
