"""The log of calls, read: everyone's or one's own, by each filter, page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.base import uuid7
from models.vocabulary import CallStatus
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import InvalidInput
from services.record import log
from services.record.audit import Caller, record_call
from services.record.log import Counted, Filters, LoggedCall
from tests.personas import Clinic, Person
from tests.services.record.logged import NOON, Connect, call, save

pytestmark = pytest.mark.anyio


async def read(pool: Pool, person: Person, limit: int = 200, **filters: Any) -> list[LoggedCall]:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        return list((await log.calls(clinic, Filters(**filters), limit=limit)).rows)


async def count(pool: Pool, person: Person, **filters: Any) -> Counted:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        return await log.count(clinic, Filters(**filters))


async def minutes(pool: Pool, person: Person, **filters: Any) -> list[int]:
    found = await read(pool, person, **filters)
    assert (await count(pool, person, **filters)).calls == len(found)
    return [int((row.at - NOON).total_seconds() // 60) for row in found]


async def test_a_recorded_call_is_read_as_it_was_written(pool: Pool, clinic: Clinic):
    nurse, patient = clinic.nurse, uuid7()
    caller = Caller("7", "Claude", "1.2", "2025-06-18", "127.0.0.1")
    async with clinic_transaction(pool, opening.request(nurse.token_hash)) as session:
        await session.begin()
        record_call(
            session,
            caller,
            tool_name="get_vitals",
            args_redacted={"limit": 5},
            patient_refs=[patient],
            response_bytes=99,
        )
    (row,) = await read(pool, clinic.owner)
    assert (row.person, row.credential, row.user_id) == ("Nurse", "Assistant", nurse.user_id)
    assert (row.tool_name, row.status, row.arguments) == ("get_vitals", "ok", {"limit": 5})
    assert (row.patient_ids, row.response_bytes) == ([patient], 99)
    assert (row.client_name, row.client_version, row.ip) == ("Claude", "1.2", "127.0.0.1")
    assert abs(datetime.now(UTC) - row.at) < timedelta(minutes=1)


@pytest.fixture
def five(clinic: Clinic, other_clinic: Clinic, connect: Connect) -> dict[str, UUID]:
    """Calls of the minutes 0 to 4, and one of another clinic in their midst."""
    nurse, biller = clinic.nurse, clinic.biller
    patient = uuid7()
    save(
        connect,
        call(clinic, nurse, 0),
        call(clinic, biller, 1, client_name="Claude"),
        call(clinic, nurse, 2, tool_name="get_vitals", patient_refs=[uuid7(), patient]),
        call(clinic, nurse, 3, status="error", client_name="Cursor"),
        call(clinic, biller, 4, status="rate_limited"),
        call(other_clinic, other_clinic.nurse, 2, client_name="Other", patient_refs=[patient]),
    )
    return {"patient_id": patient}


@pytest.mark.promise("10.page.filters")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"since": NOON + timedelta(minutes=2)}, [4, 3, 2]),
        ({"until": NOON + timedelta(minutes=2)}, [1, 0]),
        (
            {"since": NOON + timedelta(minutes=1), "until": NOON + timedelta(minutes=3)},
            [2, 1],
        ),
        ({"client_name": "Claude"}, [1]),
        ({"client_name": "claude"}, []),
        ({"tool_name": "get_vitals"}, [2]),
        ({"status": CallStatus.ERROR}, [3]),
        ({"status": CallStatus.OK, "tool_name": "get_labs"}, [1, 0]),
        ({"client_name": "Other"}, []),
        ({"since": datetime.min.replace(tzinfo=UTC)}, [4, 3, 2, 1, 0]),
        ({"until": datetime.max.replace(tzinfo=UTC)}, [4, 3, 2, 1, 0]),
        ({"patient_id": UUID(int=0)}, []),
    ],
)
async def test_each_filter_narrows(
    pool: Pool,
    clinic: Clinic,
    five: dict[str, UUID],
    filters: dict[str, Any],
    expected: list[int],
):
    assert await minutes(pool, clinic.auditor, **filters) == expected


@pytest.mark.promise("10.page.filters")
async def test_people_credentials_and_patients_narrow(
    pool: Pool, clinic: Clinic, other_clinic: Clinic, five: dict[str, UUID]
):
    reader, nurse, biller = clinic.owner, clinic.nurse, clinic.biller
    assert await minutes(pool, reader, user_id=nurse.user_id) == [3, 2, 0]
    assert await minutes(pool, reader, credential_id=biller.credential_id) == [4, 1]
    assert await minutes(pool, reader, **five) == [2]
    assert await minutes(pool, reader, user_id=nurse.user_id, status=CallStatus.ERROR) == [3]
    assert await minutes(pool, reader, user_id=other_clinic.nurse.user_id) == []


@pytest.mark.promise("10.page.own-calls")
async def test_without_view_audit_one_sees_ones_own_calls_alone(
    pool: Pool, clinic: Clinic, five: dict[str, UUID]
):
    assert await minutes(pool, clinic.nurse) == [3, 2, 0]
    assert await minutes(pool, clinic.biller) == [4, 1]
    assert await minutes(pool, clinic.growth) == []
    assert await minutes(pool, clinic.nurse, user_id=clinic.biller.user_id) == []
    assert await minutes(pool, clinic.nurse, credential_id=clinic.biller.credential_id) == []


async def test_pages_follow_each_other_without_gap_or_repetition(
    pool: Pool, clinic: Clinic, connect: Connect
):
    written = [call(clinic, clinic.nurse, minute % 7) for minute in range(23)]
    save(connect, *written)
    seen: list[UUID] = []
    cursor: str | None = None
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        for rows in (10, 10, 3):
            page = await log.calls(session, Filters(), limit=10, cursor=cursor)
            assert len(page.rows) == rows
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor
    assert cursor is None
    assert seen == sorted((row.id for row in written), reverse=True)


@pytest.mark.parametrize("limit", [0, -1, 201])
async def test_a_page_has_two_hundred_rows_at_most(pool: Pool, clinic: Clinic, limit: int):
    with pytest.raises(InvalidInput, match="1 to 200"):
        await read(pool, clinic.owner, limit=limit)


@pytest.mark.parametrize("cursor", ["x", "", "bm8", "ImEi"])
async def test_a_forged_cursor_is_refused(pool: Pool, clinic: Clinic, cursor: str):
    with pytest.raises(InvalidInput, match="cursor"):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            await log.calls(session, Filters(), cursor=cursor)


async def test_what_no_row_can_hold_is_refused(pool: Pool, clinic: Clinic):
    nowhere = NOON.replace(tzinfo=None)
    for name, value in {"client_name": "a\0b", "tool_name": "\0", "until": nowhere}.items():
        filters: dict[str, Any] = {name: value}
        with pytest.raises(InvalidInput, match=name):
            await read(pool, clinic.owner, **filters)


async def test_ten_thousand_rows_are_counted_to_a_thousand_and_paged(
    pool: Pool, clinic: Clinic, connect: Connect
):
    nurse, biller = clinic.nurse, clinic.biller
    save(connect, *(call(clinic, nurse, minute) for minute in range(10_000)))
    save(connect, *(call(clinic, biller, minute) for minute in range(0, 10_000, 10)))
    owner = clinic.owner
    assert str(await count(pool, owner)) == "1,000+"
    assert str(await count(pool, owner, user_id=biller.user_id)) == "1,000"
    assert str(await count(pool, owner, status=CallStatus.ERROR)) == "0"
    assert len(await read(pool, owner, limit=200)) == 200
    assert await minutes(pool, owner, until=NOON + timedelta(minutes=3)) == [2, 1, 0, 0]


async def test_there_is_to_filter_by_what_was_seen(
    pool: Pool, clinic: Clinic, five: dict[str, UUID]
):
    async with clinic_transaction(pool, opening.session(clinic.auditor.session_hash)) as session:
        all_ = await log.facets(session)
    async with clinic_transaction(pool, opening.session(clinic.biller.session_hash)) as session:
        own = await log.facets(session)
    assert all_.tools == ["get_labs", "get_vitals"]
    assert all_.clients == ["Claude", "Cursor"]
    assert {person.id for person in all_.people} == {person.user_id for person in clinic.people}
    assert {c.id for c in all_.credentials} == {person.credential_id for person in clinic.people}
    assert (own.tools, own.clients) == (["get_labs"], ["Claude"])
    assert [person.name for person in own.people] == ["Biller"]
    assert [c.name for c in own.credentials] == [f"Assistant …{clinic.biller.token.last_four}"]


async def test_where_nothing_was_called_there_is_nothing_to_filter_by(pool: Pool, clinic: Clinic):
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        found = await log.facets(session)
    assert (found.tools, found.clients) == ([], [])
