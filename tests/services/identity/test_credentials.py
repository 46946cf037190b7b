"""The life of a credential: minted for oneself, rotated with a grace, revoked at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from models.base import uuid7
from models.permission import GRANTS, Permission, Role
from models.vocabulary import CredentialStatus
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import AccessRefused, InvalidInput, NotAuthenticated, NotFound, NotPermitted
from services.identity import connection, credentials
from services.identity.credentials import Credential, Minted
from services.identity.token import Token
from tests.conftest import Clock
from tests.ground import OWNER, SUPERUSER
from tests.personas import Clinic, Person

pytestmark = pytest.mark.anyio


async def mint(pool: Pool, person: Person, **asked: Any) -> Minted:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        wanted: dict[str, Any] = {"role": person.role, "name": "Mine"} | asked
        return await credentials.mint(clinic, **wanted)


async def rotate(pool: Pool, person: Person, credential: Any, grace: timedelta) -> Token:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        return await credentials.rotate(clinic, credential, grace=grace)


async def revoke(pool: Pool, person: Person, credential: Any) -> None:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        await credentials.revoke(clinic, credential)


async def counts(pool: Pool, token: Token) -> bool:
    try:
        async with clinic_transaction(pool, opening.request(token.hash)) as clinic:
            await clinic.begin()
    except NotAuthenticated:
        return False
    return True


async def test_a_minted_credential_counts_and_is_its_person_s(pool: Pool, clinic: Clinic):
    minted = await mint(pool, clinic.nurse, name="Claude")
    async with clinic_transaction(pool, opening.request(minted.token.hash)) as session:
        own = await connection.own(session)
        assert session.principal.user_id == clinic.nurse.user_id
        assert session.principal.roles == (Role.NURSE,)
    assert (own.name, own.clinic, own.person) == ("Claude", clinic.name, "Nurse")
    assert own.expires_at == minted.expires_at


@pytest.mark.promise("3.credentials.for-oneself")
async def test_nobody_mints_in_a_role_that_is_not_held(pool: Pool, clinic: Clinic):
    with pytest.raises(NotPermitted, match="You do not hold the role owner"):
        await mint(pool, clinic.nurse, role=Role.OWNER)
    assert (await mint(pool, clinic.owner, role=Role.PROVIDER)).role == Role.PROVIDER


@pytest.mark.promise("5.credentials.year")
@pytest.mark.parametrize("life", [timedelta(0), timedelta(days=-1), timedelta(days=365, seconds=1)])
async def test_a_life_is_a_year_at_most(pool: Pool, clinic: Clinic, life: timedelta):
    with pytest.raises(InvalidInput, match="more than 0 and at most 365 days"):
        await mint(pool, clinic.nurse, life=life)
    assert await counts(pool, (await mint(pool, clinic.nurse, life=timedelta(days=365))).token)


@pytest.mark.promise("2.production.prefix", "5.credentials.addendum-first")
async def test_a_credential_of_production_ends_with_the_agreement(pool: Pool, production: Clinic):
    with pytest.raises(AccessRefused) as refused:
        await mint(pool, production.nurse, life=timedelta(days=365))
    assert refused.value.reason == "agreement_expires_first"
    minted = await mint(pool, production.nurse, life=timedelta(days=364))
    assert minted.token.prefix == "mcl_live_"


@pytest.mark.promise("5.credentials.grace")
async def test_an_old_credential_lives_on_for_its_grace(pool: Pool, clinic: Clinic, clock: Clock):
    nurse = clinic.nurse
    old = await mint(pool, nurse)
    new = await rotate(pool, nurse, old.id, timedelta(hours=1))
    assert await counts(pool, old.token)
    assert await counts(pool, new)
    clock.move(timedelta(minutes=59))
    assert await counts(pool, old.token)
    clock.move(timedelta(minutes=2))
    assert not await counts(pool, old.token)
    assert await counts(pool, new)


@pytest.mark.promise("5.credentials.grace")
async def test_without_grace_the_old_one_ends_at_once(pool: Pool, clinic: Clinic):
    old = await mint(pool, clinic.nurse)
    new = await rotate(pool, clinic.nurse, old.id, timedelta(0))
    assert (await counts(pool, old.token), await counts(pool, new)) == (False, True)


async def test_a_grace_lengthens_no_life(pool: Pool, clinic: Clinic, clock: Clock):
    old = await mint(pool, clinic.nurse, life=timedelta(hours=1))
    new = await rotate(pool, clinic.nurse, old.id, timedelta(hours=24))
    clock.move(timedelta(hours=1, minutes=1))
    assert (await counts(pool, old.token), await counts(pool, new)) == (False, False)


@pytest.mark.promise("5.credentials.grace")
@pytest.mark.parametrize("grace", [timedelta(seconds=-1), timedelta(hours=24, seconds=1)])
async def test_a_grace_is_a_day_at_most(pool: Pool, clinic: Clinic, grace: timedelta):
    with pytest.raises(InvalidInput, match="0 to 24 hours"):
        await rotate(pool, clinic.nurse, clinic.nurse.credential_id, grace)


async def test_nobody_rotates_what_is_not_one_s_own(
    pool: Pool, clinic: Clinic, other_clinic: Clinic
):
    ended = await mint(pool, clinic.owner)
    await revoke(pool, clinic.owner, ended.id)
    others = (clinic.nurse.credential_id, other_clinic.owner.credential_id, ended.id, uuid7())
    for credential in others:
        with pytest.raises(NotFound):
            await rotate(pool, clinic.owner, credential, timedelta(0))
    assert await counts(pool, clinic.nurse.token)
    assert await counts(pool, other_clinic.owner.token)


@pytest.mark.promise("3.credentials.manage-ai", "5.credentials.revoke")
async def test_one_s_own_is_revoked_and_with_manage_ai_anyone_s(pool: Pool, clinic: Clinic):
    await revoke(pool, clinic.nurse, clinic.nurse.credential_id)
    assert not await counts(pool, clinic.nurse.token)
    await revoke(pool, clinic.owner, clinic.biller.credential_id)
    assert not await counts(pool, clinic.biller.token)


@pytest.mark.promise("3.credentials.others-hands-off")
async def test_nobody_revokes_what_is_another_s(pool: Pool, clinic: Clinic, other_clinic: Clinic):
    tried = [
        (clinic.nurse, clinic.provider.credential_id),
        (clinic.provider, clinic.owner.credential_id),
        (clinic.owner, other_clinic.nurse.credential_id),
        (clinic.owner, uuid7()),
    ]
    for person, credential in tried:
        with pytest.raises(NotFound):
            await revoke(pool, person, credential)
    for token in (clinic.provider.token, clinic.owner.token, other_clinic.nurse.token):
        assert await counts(pool, token)


async def test_what_is_revoked_stays_so(pool: Pool, clinic: Clinic):
    await revoke(pool, clinic.nurse, clinic.nurse.credential_id)
    with pytest.raises(NotFound):
        await revoke(pool, clinic.nurse, clinic.nurse.credential_id)


@pytest.mark.promise("5.credentials.events", "10.events.credentials")
async def test_each_step_is_a_security_event(
    pool: Pool, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    minted = await mint(pool, clinic.nurse)
    await rotate(pool, clinic.nurse, minted.id, timedelta(0))
    await revoke(pool, clinic.owner, clinic.nurse.credential_id)
    events = connect(SUPERUSER).execute(
        "SELECT kind, subject_id, user_id FROM app.security_events "
        "WHERE tenant_id = %s AND kind LIKE 'credential%%' ORDER BY created_at DESC LIMIT 4",
        [clinic.tenant_id],
    )
    told = [row for row in events if row[0] != "credential_minted" or row[1] == minted.id]
    assert sorted(told) == sorted(
        [
            ("credential_revoked", clinic.nurse.credential_id, clinic.owner.user_id),
            ("credential_rotated", minted.id, clinic.nurse.user_id),
            ("credential_minted", minted.id, clinic.nurse.user_id),
        ]
    )


async def listed(pool: Pool, person: Person, *, everyone: bool = False) -> list[Credential]:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        return await credentials.mine(clinic, everyone=everyone)


async def status(pool: Pool, person: Person, credential: Any) -> CredentialStatus:
    return {row.id: row.status for row in await listed(pool, person)}[credential]


@pytest.mark.promise("3.credentials.manage-ai", "5.credentials.last-four")
async def test_one_sees_ones_own_and_with_manage_ai_everyone_s(
    pool: Pool, clinic: Clinic, other_clinic: Clinic
):
    minted = await mint(
        pool, clinic.nurse, name="Claude", read_only=True, tools=["whoami", "get_labs"]
    )
    newest, first = await listed(pool, clinic.nurse)
    assert (newest.id, newest.name, newest.holder) == (minted.id, "Claude", "Nurse")
    assert (newest.role, newest.kind, newest.status) == ("nurse", "token", "active")
    assert (newest.prefix, newest.last_four) == (minted.token.prefix, minted.token.last_four)
    assert (newest.read_only, newest.tools) == (True, ["get_labs", "whoami"])
    assert (newest.expires_at, newest.revoked_at) == (minted.expires_at, None)
    assert newest.last_used_at is None
    assert (first.id, first.tools) == (clinic.nurse.credential_id, None)
    everyone = {row.id for row in await listed(pool, clinic.owner, everyone=True)}
    assert everyone == {person.credential_id for person in clinic.people} | {minted.id}
    assert [row.id for row in await listed(pool, clinic.owner)] == [clinic.owner.credential_id]
    assert clinic.nurse.token.text not in repr(first)


@pytest.mark.promise("3.credentials.others-hands-off")
@pytest.mark.parametrize("role", [r for r in Role if Permission.MANAGE_AI not in GRANTS[r]])
async def test_without_manage_ai_nobody_sees_everyone_s(pool: Pool, clinic: Clinic, role: Role):
    with pytest.raises(NotPermitted):
        await listed(pool, getattr(clinic, role), everyone=True)


async def test_a_credential_s_status_says_what_it_is_good_for(
    pool: Pool, clinic: Clinic, clock: Clock, connect: Callable[[str], Connection[Any]]
):
    nurse, id_ = clinic.nurse, clinic.nurse.credential_id
    assert await status(pool, nurse, id_) == CredentialStatus.ACTIVE
    await rotate(pool, nurse, id_, timedelta(minutes=5))
    assert await status(pool, nurse, id_) == CredentialStatus.REPLACED
    assert await counts(pool, nurse.token)
    clock.move(timedelta(minutes=5))
    assert await status(pool, nurse, id_) == CredentialStatus.EXPIRED
    clock.reset()
    await revoke(pool, nurse, id_)
    assert await status(pool, nurse, id_) == CredentialStatus.REVOKED
    live, ended = await listed(pool, nurse)
    assert (live.status, ended.id) == (CredentialStatus.ACTIVE, id_)
    connect(OWNER).execute(
        "UPDATE app.staff SET roles = '{front_desk}' WHERE user_id = %s", [nurse.user_id]
    )
    assert await status(pool, nurse, live.id) == CredentialStatus.WITHDRAWN


@pytest.mark.promise("5.credentials.last-used")
async def test_when_it_was_last_used_is_told(pool: Pool, clinic: Clinic):
    assert (await listed(pool, clinic.nurse))[0].last_used_at is None
    assert await counts(pool, clinic.nurse.token)
    assert (await listed(pool, clinic.nurse))[0].last_used_at is not None


async def test_a_role_that_is_no_longer_held_is_not_rotated(
    pool: Pool, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    nurse = clinic.nurse
    connect(OWNER).execute(
        "UPDATE app.staff SET roles = '{front_desk}' WHERE user_id = %s", [nurse.user_id]
    )
    with pytest.raises(NotPermitted, match="You do not hold the role nurse"):
        await rotate(pool, nurse, nurse.credential_id, timedelta(0))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"tools": []}, "tools"),
    ],
)
async def test_what_cannot_be_minted_is_told_by_field(
    pool: Pool, clinic: Clinic, asked: dict[str, Any], field: str
):
    with pytest.raises(InvalidInput) as refusal:
        await mint(pool, clinic.nurse, **asked)
    assert refusal.value.problems.keys() == {field}
