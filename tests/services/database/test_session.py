"""A session: begins as whom its opening says, ends whole or not at all."""

from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from models.permission import Permission
from models.tenant import Tier
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction, without_context
from services.database.statement import statement
from services.errors import (
    AccessRefused,
    NotAuthenticated,
    NotPermitted,
    RateLimited,
    Unavailable,
)
from tests.factories import patient
from tests.ground import APP, OWNER, Database
from tests.personas import Clinic

pytestmark = pytest.mark.anyio

COUNT = statement("SELECT count(*) FROM patients")
ADD = statement(
    "INSERT INTO patients (tenant_id, id, mrn, family_name, given_name, search_name, birth_date, "
    "sex, status) VALUES (app.tenant(), gen_random_uuid(), :mrn, 'x', 'x', 'x', '1980-01-01', "
    "'male', 'active')"
)
FAIL = statement("SELECT 1 / 0")


@pytest.fixture
async def pool(database: Database) -> AsyncGenerator[Pool]:
    """A single connection, so that each transaction meets what the one before left."""
    pool = Pool(database.url(APP), size=1)
    yield pool
    await pool.close()


async def patients(pool: Pool, clinic: Clinic) -> int:
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        return int((await session.rows(COUNT))[0][0])


@pytest.mark.promise("4.context.unset")
async def test_a_connection_without_an_opening_sees_no_rows(pool: Pool, clinic: Clinic):
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        await session.insert([patient(clinic.tenant_id)])
    async with pool.wire() as wire:
        assert await wire.exchange([(COUNT, ())]) == [[(0,)]]
    assert await without_context(pool, COUNT) == [(0,)]
    assert await patients(pool, clinic) == 1


async def test_a_session_is_whom_its_opening_names(
    pool: Pool, clinic: Clinic, other_clinic: Clinic
):
    for of in (clinic, other_clinic):
        for person in of.people:
            async with clinic_transaction(pool, opening.request(person.token_hash)) as session:
                principal = await session.begin()
            assert (principal.tenant_id, principal.user_id) == (of.tenant_id, person.user_id)
            assert (principal.actor_id, principal.tier) == (person.credential_id, Tier.SANDBOX)
            assert principal.roles == (person.role,)
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        assert (await session.begin()).roles == ("owner", "provider")


async def test_nothing_is_known_before_the_first_question(pool: Pool, clinic: Clinic):
    async with clinic_transaction(pool, opening.request(clinic.nurse.token_hash)) as session:
        with pytest.raises(RuntimeError):
            _ = session.principal
        with pytest.raises(RuntimeError):
            _ = session.grant


async def test_what_a_session_wrote_lasts_and_what_it_raised_over_does_not(
    pool: Pool, clinic: Clinic
):
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        await session.rows(ADD, mrn="A")
    with pytest.raises(LookupError):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await session.rows(ADD, mrn="B")
            raise LookupError
    assert await patients(pool, clinic) == 1


async def test_a_queued_change_is_written_with_the_commit(pool: Pool, clinic: Clinic):
    for mrn in ("A", "B"):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            session.queue(ADD, mrn=mrn)
            if mrn == "A":
                assert await session.rows(COUNT) == [(1,)]
    assert await patients(pool, clinic) == 2


async def test_a_queued_change_that_fails_fails_the_whole(pool: Pool, clinic: Clinic):
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await session.rows(ADD, mrn="A")
            session.queue(FAIL)
    assert await patients(pool, clinic) == 0


async def test_an_error_that_was_swallowed_does_not_look_like_a_commit(pool: Pool, clinic: Clinic):
    with pytest.raises(RuntimeError, match="nothing to commit"):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await session.rows(ADD, mrn="A")
            with pytest.raises(psycopg.errors.DivisionByZero):
                await session.rows(FAIL)
    assert await patients(pool, clinic) == 0


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
async def test_a_transaction_that_something_ended_does_not_look_like_a_commit(
    pool: Pool, clinic: Clinic, end: str
):
    with pytest.raises(RuntimeError, match="nothing to commit"):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await session.begin()
            await session.rows(statement(end))
            assert await session.rows(COUNT) == [(0,)]
    assert await patients(pool, clinic) == 0


@pytest.mark.parametrize("end", ["COMMIT AND CHAIN", "ROLLBACK AND CHAIN"])
async def test_a_transaction_that_something_began_has_no_context(
    pool: Pool, clinic: Clinic, end: str
):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await session.begin()
            await session.rows(statement(end))
            assert await session.rows(COUNT) == [(0,)]
            await session.insert([patient(clinic.tenant_id)])
    assert await patients(pool, clinic) == 0


async def test_a_commit_that_fails_raises_and_changes_nothing(
    pool: Pool, clinic: Clinic, admin: Connection[Any]
):
    admin.execute("CREATE TABLE public.scratch (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    admin.execute("GRANT SELECT, INSERT ON public.scratch TO moonshot_app")
    try:
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with clinic_transaction(
                pool, opening.session(clinic.owner.session_hash)
            ) as session:
                await session.rows(ADD, mrn="A")
                await session.rows(statement("INSERT INTO scratch VALUES (1), (1)"))
                await session.rows(statement("SELECT set_config('x.stash', 'left', false)"))
        assert await patients(pool, clinic) == 0
        left = statement("SELECT current_setting('x.stash', true)")
        assert await without_context(pool, left) in ([("",)], [(None,)])
    finally:
        admin.execute("DROP TABLE public.scratch")


@pytest.mark.parametrize("hash_of", ["nobody", "session"])
async def test_an_unknown_hash_is_not_authenticated(pool: Pool, clinic: Clinic, hash_of: str):
    key = clinic.owner.session_hash if hash_of == "session" else b"\0" * 32
    for counted in (False, True):
        with pytest.raises(NotAuthenticated):
            async with clinic_transaction(pool, opening.request(key, counted=counted)) as session:
                await session.rows(COUNT)
    with pytest.raises(NotAuthenticated):
        async with clinic_transaction(pool, opening.session(clinic.owner.token_hash)) as session:
            await session.begin()


async def test_a_known_caller_who_is_refused_is_told_why(
    pool: Pool, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    connect(OWNER).execute(
        "UPDATE app.tenants SET closed_at = app.now() WHERE tenant_id = %s", [clinic.tenant_id]
    )
    with pytest.raises(AccessRefused) as refused:
        async with clinic_transaction(pool, opening.request(clinic.owner.token_hash)) as session:
            await session.begin()
    assert refused.value.reason == "clinic_closed"


async def test_a_permission_is_asked_for_before_a_row_is_handed_out(pool: Pool, clinic: Clinic):
    key = opening.session(clinic.growth.session_hash)
    with pytest.raises(NotPermitted):
        async with clinic_transaction(pool, key) as session:
            session.require(Permission.VIEW_PATIENTS)
            await session.ask((ADD, {"mrn": "A"}), (COUNT, {}))
            pytest.fail("rows were handed out")
    with pytest.raises(NotPermitted):
        async with clinic_transaction(pool, key) as session:
            await session.begin()
            session.require(Permission.VIEW_PATIENTS)
    assert await patients(pool, clinic) == 0


async def test_a_request_too_many_is_refused_and_counted(
    pool: Pool, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    counted = opening.request(clinic.nurse.token_hash, counted=True)
    async with clinic_transaction(pool, counted) as session:
        await session.begin()
    connect(OWNER).execute(
        "UPDATE app.mcp_request_rates SET requests = 600, minute = 'infinity' WHERE id = %s",
        [clinic.nurse.credential_id],
    )
    connect(OWNER).execute(
        "UPDATE app.mcp_request_rates SET minute = date_trunc('minute', app.now()) WHERE id = %s",
        [clinic.nurse.credential_id],
    )
    with pytest.raises(RateLimited) as limited:
        async with clinic_transaction(pool, counted) as session:
            await session.rows(COUNT)
            pytest.fail("rows were handed out")
    assert (limited.value.limit, limited.value.refused) == (600, 1)
    assert 0 <= limited.value.retry_after <= 60
    # Uncounted, the same credential still goes on: only the minute's calls are used up.
    async with clinic_transaction(pool, opening.request(clinic.nurse.token_hash)) as session:
        assert await session.rows(COUNT) == [(0,)]


async def test_what_takes_too_long_is_unavailable(pool: Pool, clinic: Clinic):
    with pytest.raises(Unavailable):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await session.begin()
            await session.rows(statement("SET LOCAL statement_timeout = 20"))
            await session.rows(statement("SELECT pg_sleep(9)"))
    assert await patients(pool, clinic) == 0


async def test_a_connection_that_breaks_within_a_transaction_is_unavailable(
    pool: Pool, clinic: Clinic, end_backend: Callable[[int], None]
):
    for swallow in (False, True):
        with pytest.raises(Unavailable):
            async with clinic_transaction(
                pool, opening.session(clinic.owner.session_hash)
            ) as session:
                await session.rows(ADD, mrn="A")
                ((pid,),) = await session.rows(statement("SELECT pg_backend_pid()"))
                end_backend(pid)
                if swallow:
                    with pytest.raises(Unavailable):
                        await session.rows(COUNT)
    assert await patients(pool, clinic) == 0


async def test_a_job_is_opened_as_who_caused_it(pool: Pool, database: Database, clinic: Clinic):
    job = UUID(int=clinic.tenant_id.int ^ 1)
    ask = statement("INSERT INTO outbox (tenant_id, id, kind) VALUES (app.tenant(), :id, 'export')")
    async with clinic_transaction(pool, opening.session(clinic.nurse.session_hash)) as session:
        await session.rows(ask, id=job)
    workers = Pool(database.url("moonshot_worker"), size=1)
    try:
        async with clinic_transaction(workers, opening.job(job)) as session:
            principal = await session.begin()
        assert (principal.tenant_id, principal.user_id) == (clinic.tenant_id, clinic.nurse.user_id)
        assert principal.roles == ("nurse",)
        with pytest.raises(NotAuthenticated):
            async with clinic_transaction(workers, opening.job(clinic.tenant_id)) as session:
                await session.begin()
    finally:
        await workers.close()
