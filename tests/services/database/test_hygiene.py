"""What an injected statement leaves in a session does not meet the next call."""

from collections.abc import AsyncGenerator
from typing import Any

import psycopg
import pytest

from services.database import opening, session
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.database.statement import Statement, statement
from services.database.wire import Wire
from services.errors import Unavailable
from tests.factories import patient
from tests.ground import APP, Database
from tests.personas import Clinic

pytestmark = pytest.mark.anyio

STASH = statement("SELECT set_config('x.stash', string_agg(mrn, ','), false) FROM patients")
STASHED = statement("SELECT coalesce(current_setting('x.stash', true), '')")
CURSOR = statement("DECLARE k CURSOR WITH HOLD FOR SELECT mrn FROM patients")
FETCH = statement("FETCH ALL FROM k")
LISTEN = statement("LISTEN k")
LISTENING = statement("SELECT count(*) FROM pg_listening_channels()")
PATH = statement("SELECT set_config('search_path', 'public', false)")
LIMIT = statement("SELECT set_config('statement_timeout', '0', false)")
LIMITS = statement("SELECT current_setting('statement_timeout'), current_setting('timezone')")
COUNT = statement("SELECT count(*) FROM patients")
PID = statement("SELECT pg_backend_pid()")


@pytest.fixture
async def pool(database: Database) -> AsyncGenerator[Pool]:
    """A single connection, so that each call meets what the one before left."""
    pool = Pool(database.url(APP), size=1)
    yield pool
    await pool.close()


async def inject(session: ClinicSession, clinic: Clinic) -> int:
    """Leaves all it can in the session; tells on which connection."""
    await session.insert([patient(clinic.tenant_id)])
    for left in (STASH, CURSOR, LISTEN, LIMIT, PATH):
        await session.rows(left)
    return int((await session.rows(PID))[0][0])


async def nothing_is_left(pool: Pool, clinic: Clinic, pid: int) -> None:
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        assert await session.rows(PID) == [(pid,)]
        assert await session.rows(STASHED) == [("",)]
        assert await session.rows(LISTENING) == [(0,)]
        assert await session.rows(LIMITS) == [("10s", "UTC")]
        assert await session.rows(COUNT) == [(0,)]
    with pytest.raises(psycopg.errors.InvalidCursorName):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await session.rows(FETCH)


@pytest.mark.promise("4.context.clean")
async def test_a_commit_leaves_nothing(pool: Pool, clinic: Clinic, other_clinic: Clinic):
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        pid = await inject(session, clinic)
    await nothing_is_left(pool, other_clinic, pid)


@pytest.mark.promise("4.context.clean")
async def test_a_rollback_leaves_nothing(pool: Pool, clinic: Clinic, other_clinic: Clinic):
    pid = 0
    with pytest.raises(LookupError):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            pid = await inject(session, clinic)
            raise LookupError
    await nothing_is_left(pool, other_clinic, pid)


@pytest.mark.promise("4.context.clean")
@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
async def test_an_injected_end_with_leavings_behind_it_leaves_nothing(
    pool: Pool, clinic: Clinic, other_clinic: Clinic, end: str
):
    pid = 0
    with pytest.raises(RuntimeError):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            pid = await inject(session, clinic)
            await session.rows(statement(end))
            await session.rows(LISTEN)
            await session.rows(statement("SELECT set_config('x.stash', 'left behind', false)"))
    await nothing_is_left(pool, other_clinic, pid)


async def test_a_refused_beginning_leaves_nothing(pool: Pool, other_clinic: Clinic):
    async with pool.wire() as wire:
        (((pid,),),) = await wire.exchange([(PID, ())])
    with pytest.raises(Exception, match="expired or revoked"):
        async with clinic_transaction(pool, opening.request(b"\0" * 32)) as session:
            await session.rows(STASH)
    await nothing_is_left(pool, other_clinic, pid)


async def test_injected_sql_cannot_name_what_we_prepared(
    pool: Pool, clinic: Clinic, other_clinic: Clinic
):
    # SQL's PREPARE and the protocol share one set of names.
    spoilt = [
        COUNT,
        *(asked for asked, _ in (session._BEGIN, session._COMMIT, *session._CLEAN)),
    ]
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as call:
        await call.rows(COUNT)
        for ours in spoilt:
            name = ours.name.decode()
            await call.rows(statement("SAVEPOINT s"))
            with pytest.raises(psycopg.errors.InvalidSqlStatementName):
                await call.rows(statement(f'DEALLOCATE "{name}"'))
            await call.rows(statement("ROLLBACK TO s"))
            await call.rows(statement(f'PREPARE "{name}" AS SELECT 99'))
    async with clinic_transaction(pool, opening.request(other_clinic.owner.token_hash)) as call:
        assert await call.rows(COUNT) == [(0,)]
        await call.rows(STASH)
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as call:
        assert await call.rows(STASHED) == [("",)]


async def test_names_of_prepared_statements_differ_between_connections(
    wire: Wire, database: Database
):
    other = await Wire.connect(database.url(APP))
    assert wire._mark != other._mark
    assert len(wire._mark) == 16
    other.close()


async def test_statements_that_were_dropped_spoil_one_call_and_no_more(
    pool: Pool, clinic: Clinic, other_clinic: Clinic
):
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as call:
        assert await call.rows(STASHED) == [("",)]
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as call:
            await call.rows(STASH)
            await call.rows(statement("DEALLOCATE ALL"))
    for of in (other_clinic, clinic):
        async with clinic_transaction(pool, opening.request(of.owner.token_hash)) as call:
            assert await call.rows(STASHED) == [("",)]


async def test_a_changed_table_spoils_one_call_however_many_connections_there_are(
    database: Database, admin: Any, clinic: Clinic
):
    admin.execute("CREATE TABLE public.scratch AS SELECT 1 AS n")
    admin.execute("GRANT SELECT ON public.scratch TO moonshot_app")
    everything = (Statement(b"SELECT * FROM public.scratch"), ())
    pool = Pool(database.url(APP), size=3)
    try:
        async with pool.wire() as a, pool.wire() as b, pool.wire() as c:
            for wire in (a, b, c):
                assert await wire.exchange([everything]) == [[(1,)]]
        admin.execute("ALTER TABLE public.scratch ALTER n TYPE text")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            async with pool.wire() as wire:
                await wire.exchange([everything])
        async with pool.wire() as a, pool.wire() as b, pool.wire() as c:
            for wire in (a, b, c):
                assert await wire.exchange([everything]) == [[("1",)]]
    finally:
        await pool.close()
        admin.execute("DROP TABLE public.scratch")


async def test_copy_by_an_injected_statement_ends_its_call_and_no_other(
    pool: Pool, clinic: Clinic, other_clinic: Clinic
):
    with pytest.raises(Unavailable):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as call:
            await call.rows(STASH)
            await call.rows(statement("COPY patients TO STDOUT"))
    async with clinic_transaction(pool, opening.request(other_clinic.owner.token_hash)) as call:
        assert await call.rows(STASHED) == [("",)]
