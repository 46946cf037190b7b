"""A browser's session: begun with the right password, ended at once, and who it is."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from argon2 import Type, low_level
from psycopg import Connection

from models.base import uuid7
from models.permission import GRANTS, Permission, Role
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import NotAuthenticated, NotPermitted, TooManyTries
from services.identity import accounts
from services.identity.accounts import Me, SignedIn
from services.identity.password import Hashed
from services.network import network_of
from tests.conftest import Clock
from tests.ground import OWNER, SUPERUSER
from tests.personas import Clinic
from tests.services.identity.accounts_at_hand import PASSWORD, Account, sign_up

pytestmark = pytest.mark.anyio

Connect = Callable[[str], Connection[Any]]


@pytest.fixture
async def account(pool: Pool) -> Account:
    return await sign_up(pool)


async def outcome(pool: Pool, email: str, password: str) -> str:
    try:
        await accounts.sign_in(pool, email=email, password=password)
    except (NotAuthenticated, TooManyTries) as refusal:
        return refusal.reason
    return "signed_in"


async def who(pool: Pool, signed: SignedIn) -> Me:
    begin = opening.session(accounts.session_hash(signed.token))
    async with clinic_transaction(pool, begin) as clinic:
        return await accounts.who(clinic)


def events(connect: Connect, tenant_id: UUID) -> Counter[str]:
    rows = connect(SUPERUSER).execute(
        "SELECT kind FROM app.security_events WHERE tenant_id = %s", [tenant_id]
    )
    return Counter(kind for (kind,) in rows)


def join(connect: Connect, user_id: UUID, clinic: Clinic) -> None:
    connect(OWNER).execute(
        "INSERT INTO app.staff (tenant_id, user_id, display_name, roles, use_ai, active) "
        "VALUES (%s, %s, 'Ada Example', '{front_desk}', true, true)",
        [clinic.tenant_id, user_id],
    )


@pytest.mark.promise("10.events.sign-in")
async def test_the_right_password_begins_a_session_of_twelve_hours(
    pool: Pool, account: Account, connect: Connect
):
    signed = await accounts.sign_in(
        pool, email=f" {account.email.upper()} ", password=PASSWORD, ip="127.0.0.1"
    )
    assert (signed.user_id, signed.tenant_id) == (account.user_id, account.tenant_id)
    left = signed.expires_at - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)
    me = await who(pool, signed)
    assert (me.email, me.user_id) == (account.email, account.user_id)
    row = connect(SUPERUSER).execute(
        "SELECT user_id, actor, ip FROM app.security_events "
        "WHERE tenant_id = %s AND kind = 'signed_in'",
        [account.tenant_id],
    )
    assert row.fetchall() == [(account.user_id, f"s:{signed.session_id}", "127.0.0.1")]


async def test_a_session_ends_after_its_twelve_hours(pool: Pool, account: Account, clock: Clock):
    signed = await accounts.sign_in(pool, email=account.email, password=PASSWORD)
    for _ in range(12):
        clock.move(accounts.SESSION_IDLE - timedelta(minutes=1))
        await who(pool, signed)
    clock.move(timedelta(minutes=11))
    await who(pool, signed)
    clock.move(timedelta(minutes=1))
    with pytest.raises(NotAuthenticated):
        await who(pool, signed)


async def test_a_session_in_which_nothing_is_asked_ends_after_an_hour(
    pool: Pool, account: Account, clock: Clock
):
    used, left = [
        await accounts.sign_in(pool, email=account.email, password=PASSWORD) for _ in range(2)
    ]
    clock.move(accounts.SESSION_IDLE - timedelta(minutes=2))
    await who(pool, used)
    clock.move(timedelta(minutes=2))
    await who(pool, used)
    with pytest.raises(NotAuthenticated):
        await who(pool, left)
    clock.move(accounts.SESSION_IDLE)
    with pytest.raises(NotAuthenticated):
        await who(pool, used)


async def test_events_of_one_session_do_not_wait_for_each_other(
    pool: Pool, account: Account, clock: Clock
):
    signed = await accounts.sign_in(pool, email=account.email, password=PASSWORD)
    clock.move(timedelta(minutes=5))
    begin = opening.session(accounts.session_hash(signed.token))
    async with clinic_transaction(pool, begin) as one, clinic_transaction(pool, begin) as other:
        await one.begin()
        assert (await other.begin()).user_id == account.user_id


async def test_the_token_is_kept_nowhere(pool: Pool, account: Account, connect: Connect):
    signed = await accounts.sign_in(pool, email=account.email, password=PASSWORD)
    assert len(signed.token) == 43
    assert signed.token not in repr(signed)
    once = accounts.session_hash(signed.token)
    assert once == hashlib.sha256(signed.token.encode()).digest()
    kept = connect(SUPERUSER).execute(
        "SELECT digest FROM identity.sessions WHERE session_id = %s", [signed.session_id]
    )
    assert kept.fetchone() == (hashlib.sha256(once).digest(),)


@pytest.mark.promise("13.accounts.told-alike")
@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), f"{PASSWORD} ", "x" * 5000])
async def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    pool: Pool, account: Account, password: str
):
    said: set[str] = set()
    for email in (account.email, f"{uuid7()}@nobody.example", "", "%", "no\0body"):
        with pytest.raises(NotAuthenticated) as refusal:
            await accounts.sign_in(pool, email=email, password=password)
        said.add(str(refusal.value))
    assert said == {"The e-mail address or the password is wrong."}


async def test_an_unknown_address_takes_a_hash_as_well(
    pool: Pool, account: Account, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    work: list[str] = []
    real = accounts.passwords.hash_with

    async def counted(salt: str, password: str) -> bytes:
        work.append(salt.rpartition("$")[0])
        return await real(salt, password)

    monkeypatch.setattr(accounts.passwords, "hash_with", counted)
    for email in (account.email, f"{uuid7()}@nobody.example", clinic.nurse.email):
        assert await outcome(pool, email, "something wrong") == "not_authenticated"
    assert len(work) == 3
    assert len(set(work)) == 1


@pytest.mark.promise("10.events.sign-in")
async def test_only_of_a_known_person_is_a_failure_an_event(
    pool: Pool, account: Account, connect: Connect
):
    await outcome(pool, account.email, "something wrong")
    assert events(connect, account.tenant_id)["sign_in_failed"] == 1
    before = connect(SUPERUSER).execute("SELECT count(*) FROM app.security_events").fetchone()
    await outcome(pool, f"{uuid7()}@nobody.example", "something wrong")
    after = connect(SUPERUSER).execute("SELECT count(*) FROM app.security_events").fetchone()
    assert before == after


@pytest.mark.promise("13.accounts.guesses")
async def test_many_guesses_at_once_are_counted_like_one_after_the_other(
    pool: Pool, account: Account, clock: Clock, connect: Connect
):
    guesses = await asyncio.gather(*(outcome(pool, account.email, "wrong") for _ in range(16)))
    assert Counter(guesses) == {"not_authenticated": 10, "too_many_tries": 6}
    assert events(connect, account.tenant_id)["sign_in_failed"] == 10
    with pytest.raises(TooManyTries, match="Try again in 15 minutes") as refusal:
        await accounts.sign_in(pool, email=account.email, password=PASSWORD)
    assert 14 * 60 < refusal.value.retry_after <= 15 * 60
    clock.move(timedelta(minutes=15))
    assert await outcome(pool, account.email, PASSWORD) == "signed_in"


def tried(connect: Connect, kind: str, source: str, times: int) -> None:
    superuser = connect(SUPERUSER)
    superuser.execute("SELECT identity.take_turn(%s, %s)", [kind, source])
    superuser.execute(
        "SELECT identity.count_try(%s, %s) FROM generate_series(1, %s)", [kind, source, times]
    )


async def test_a_hundred_failures_from_one_network_end_its_tries(
    pool: Pool, account: Account, connect: Connect, clock: Clock
):
    here, there = f"2001:db8:{uuid7().int % 9999}:1::7", "198.51.100.9"
    tried(connect, "sign_in_from", str(network_of(here)), 99)

    async def from_(ip: str, password: str) -> str:
        try:
            await accounts.sign_in(pool, email=account.email, password=password, ip=ip)
        except (NotAuthenticated, TooManyTries) as refusal:
            return refusal.reason
        return "signed_in"

    # An account of one's own makes no room for guesses.
    assert await from_(here, PASSWORD) == "signed_in"
    assert await from_(here, "wrong but long enough") == "not_authenticated"
    assert await from_(here, PASSWORD) == "too_many_tries"
    assert await from_(here.replace("::7", "::8"), PASSWORD) == "too_many_tries"
    assert await from_(there, PASSWORD) == "signed_in"
    with pytest.raises(TooManyTries, match=r"from your network have failed\. Try again in 15 min"):
        await accounts.sign_in(pool, email=account.email, password=PASSWORD, ip=here)
    clock.move(timedelta(minutes=15))
    assert await from_(here, PASSWORD) == "signed_in"


async def test_of_one_network_thirty_accounts_an_hour_are_opened(
    pool: Pool, connect: Connect, clock: Clock
):
    network = f"192.0.2.{uuid7().int % 250}"
    tried(connect, "sign_up_from", network, 29)
    await accounts.count_sign_up(pool, network)
    with pytest.raises(TooManyTries, match=r"Too many accounts.*Try again in 60 minutes"):
        await accounts.count_sign_up(pool, network)
    await accounts.count_sign_up(pool, None)
    clock.move(timedelta(hours=1))
    await accounts.count_sign_up(pool, network)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        (None, None),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
        ("x" * 5000, "x" * 100),
    ],
)
def test_a_network_is_what_one_subscriber_has(ip: str | None, network: str | None):
    assert network_of(ip) == network


async def test_an_outdated_hash_is_made_anew(pool: Pool, connect: Connect):
    raw = low_level.hash_secret_raw(
        PASSWORD.encode(), b"\0" * 16, 1, 8 * 1024, 1, hash_len=32, type=Type.ID, version=19
    )
    account = await sign_up(
        pool, Hashed("$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA==", raw)
    )
    stored = "SELECT password_salt FROM identity.users WHERE user_id = %s"

    def salt() -> str:
        return connect(SUPERUSER).execute(stored, [account.user_id]).fetchall()[0][0]

    assert await outcome(pool, account.email, "something wrong") == "not_authenticated"
    assert "m=8192" in salt()
    assert await outcome(pool, account.email, PASSWORD) == "signed_in"
    renewed = salt()
    assert "m=65536,t=3,p=4" in renewed
    assert await outcome(pool, account.email, PASSWORD) == "signed_in"
    assert salt() == renewed


@pytest.mark.promise("2.both.one-owner", "3.people.several-clinics")
async def test_who_works_at_several_clinics_begins_in_the_one_last_used(
    pool: Pool, account: Account, clinic: Clinic, connect: Connect, clock: Clock
):
    join(connect, account.user_id, clinic)

    async def begin(tenant_id: UUID | None = None) -> UUID:
        clock.move(timedelta(minutes=1))
        signed = await accounts.sign_in(
            pool, email=account.email, password=PASSWORD, tenant_id=tenant_id
        )
        return signed.tenant_id

    assert await begin() == account.tenant_id
    assert await begin(clinic.tenant_id) == clinic.tenant_id
    assert await begin() == clinic.tenant_id
    assert await begin(account.tenant_id) == account.tenant_id
    assert await begin() == account.tenant_id


async def test_who_works_at_no_clinic_is_told_so(
    pool: Pool, account: Account, other_clinic: Clinic, connect: Connect
):
    for tenant_id in (other_clinic.tenant_id, uuid7()):
        with pytest.raises(NotPermitted, match="You work at no clinic here"):
            await accounts.sign_in(
                pool, email=account.email, password=PASSWORD, tenant_id=tenant_id
            )
    connect(OWNER).execute(
        "UPDATE app.staff SET active = false WHERE user_id = %s", [account.user_id]
    )
    with pytest.raises(NotPermitted, match="You work at no clinic here"):
        await accounts.sign_in(pool, email=account.email, password=PASSWORD)


@pytest.mark.promise("10.events.sign-in")
async def test_sign_out_ends_this_session_alone_and_once(
    pool: Pool, account: Account, connect: Connect
):
    one, two = [
        await accounts.sign_in(pool, email=account.email, password=PASSWORD) for _ in range(2)
    ]
    await accounts.sign_out(pool, accounts.session_hash(one.token))
    with pytest.raises(NotAuthenticated):
        await who(pool, one)
    await who(pool, two)
    with pytest.raises(NotAuthenticated):
        await accounts.sign_out(pool, accounts.session_hash(one.token))
    assert events(connect, account.tenant_id)["signed_out"] == 1


async def test_who_is_there_is_told_with_place_and_permissions(pool: Pool, clinic: Clinic):
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        owner = await accounts.who(session)
    async with clinic_transaction(pool, opening.session(clinic.nurse.session_hash)) as session:
        nurse = await accounts.who(session)
    assert (owner.name, owner.email, owner.initials) == ("Owner", clinic.owner.email, "O")
    assert (owner.clinic, owner.tier, owner.time_zone) == (
        clinic.name,
        clinic.tier,
        "America/New_York",
    )
    assert owner.sandbox_expires_at is not None
    assert set(owner.roles) == {Role.OWNER, Role.PROVIDER}
    assert owner.permissions == GRANTS[Role.OWNER] | GRANTS[Role.PROVIDER]
    assert nurse.permissions == GRANTS[Role.NURSE]
    assert Permission.VIEW_AUDIT not in nurse.permissions
    assert nurse.email == clinic.nurse.email


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ada Example", "AE"), ("Ada de Witt", "AW"), ("Ada", "A"), ("— Ada (x)", "A"), ("—", "M")],
)
def test_initials_are_of_the_first_and_the_last_name(name: str, initials: str):
    me = Me.__new__(Me)
    object.__setattr__(me, "name", name)
    object.__setattr__(me, "email", "me@clinic.example")
    assert me.initials == initials
