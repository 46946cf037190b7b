"""Who saw a patient, by which way: one answer out of two logs."""

import pytest

from models.base import uuid7
from models.permission import GRANTS, Permission, Role
from models.vocabulary import ChartPart
from services.clinical import patients
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import InvalidInput, NotFound, NotPermitted
from services.record import chart_access
from services.record.audit import Caller, record_call
from tests import factories
from tests.ground import OWNER, SUPERUSER
from tests.models.conftest import Connect
from tests.personas import Clinic, Person

pytestmark = pytest.mark.anyio


@pytest.fixture
def patient(clinic: Clinic, connect: Connect):
    row = factories.patient(clinic.tenant_id)
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, row)
    return row.id


async def open_chart(pool: Pool, person: Person, patient_id, part=ChartPart.RECORD) -> None:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        chart_access.record_opening(clinic, patient_id, part)
        await patients.record(clinic, patient_id)


async def ask(pool: Pool, person: Person, patient_id) -> None:
    async with clinic_transaction(pool, opening.request(person.token_hash)) as clinic:
        await clinic.begin()
        record_call(
            clinic,
            Caller(client_name="Claude"),
            tool_name="get_labs",
            args_redacted={},
            patient_refs=[uuid7(), patient_id],
        )


async def seen(pool: Pool, person: Person, patient_id, limit=50, cursor=None):
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        return await chart_access.of_patient(clinic, patient_id, limit=limit, cursor=cursor)


@pytest.mark.promise("10.charts.one-answer")
async def test_both_ways_are_told_in_one_order(pool: Pool, clinic: Clinic, patient):
    await open_chart(pool, clinic.nurse, patient)
    await ask(pool, clinic.provider, patient)
    await open_chart(pool, clinic.front_desk, patient, ChartPart.SCHEDULE)
    found = (await seen(pool, clinic.auditor, patient)).rows
    assert [(a.way, a.person, a.what, a.status, a.credential, a.client_name) for a in found] == [
        ("web", "Front Desk", "schedule", "ok", None, None),
        ("assistant", "Provider", "get_labs", "ok", "Assistant", "Claude"),
        ("web", "Nurse", "record", "ok", None, None),
    ]
    assert found[0].at > found[1].at > found[2].at


@pytest.mark.promise("10.charts.one-answer")
async def test_pages_go_through_both_logs(pool: Pool, clinic: Clinic, patient):
    for way in (open_chart, ask, ask, open_chart, open_chart, ask, open_chart):
        await way(pool, clinic.provider, patient)
    whole = [a.id for a in (await seen(pool, clinic.owner, patient)).rows]
    assert len(whole) == 7
    paged, cursor = [], None
    for rows in (3, 3, 1):
        page = await seen(pool, clinic.owner, patient, limit=3, cursor=cursor)
        assert len(page.rows) == rows
        paged += [a.id for a in page.rows]
        cursor = page.next_cursor
    assert cursor is None
    assert paged == whole


async def test_another_patient_was_not_seen(pool: Pool, clinic: Clinic, patient, connect: Connect):
    other = factories.patient(clinic.tenant_id)
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, other)
    await open_chart(pool, clinic.nurse, patient)
    await ask(pool, clinic.nurse, patient)
    assert (await seen(pool, clinic.owner, other.id)).rows == []


async def test_another_clinics_patient_does_not_exist(
    pool: Pool, clinic: Clinic, other_clinic: Clinic, patient
):
    await open_chart(pool, clinic.nurse, patient)
    for unknown in (patient, uuid7()):
        with pytest.raises(NotFound, match="no such patient in this clinic"):
            await seen(pool, other_clinic.owner, unknown)


@pytest.mark.promise("10.charts.one-answer")
@pytest.mark.parametrize("role", [r for r in Role if Permission.VIEW_AUDIT not in GRANTS[r]])
async def test_only_view_audit_shows_who_saw_whom(pool: Pool, clinic: Clinic, patient, role: Role):
    with pytest.raises(NotPermitted):
        await seen(pool, getattr(clinic, role), patient)


@pytest.mark.parametrize("role", [Role.GROWTH, Role.AUDITOR])
async def test_who_may_see_no_patient_opens_none(
    pool: Pool, clinic: Clinic, patient, role: Role, connect: Connect
):
    key = getattr(clinic, role).session_hash
    with pytest.raises(NotPermitted):
        async with clinic_transaction(pool, opening.session(key)) as session:
            chart_access.record_opening(session, patient, ChartPart.RECORD)
    rows = connect(SUPERUSER).execute(
        "SELECT FROM app.chart_access_log WHERE patient_id = %s", [patient]
    )
    assert rows.fetchall() == []


async def test_what_fails_leaves_no_row_of_an_opening(pool: Pool, clinic: Clinic, connect: Connect):
    unknown = uuid7()
    with pytest.raises(NotFound):
        await open_chart(pool, clinic.nurse, unknown)
    rows = connect(SUPERUSER).execute(
        "SELECT FROM app.chart_access_log WHERE patient_id = %s", [unknown]
    )
    assert rows.fetchall() == []


async def test_a_row_says_who_by_which_session(
    pool: Pool, clinic: Clinic, patient, connect: Connect
):
    await open_chart(pool, clinic.nurse, patient, ChartPart.LABS)
    rows = connect(SUPERUSER).execute(
        "SELECT tenant_id, user_id, actor, part FROM app.chart_access_log WHERE patient_id = %s",
        [patient],
    )
    nurse = clinic.nurse
    assert rows.fetchall() == [(clinic.tenant_id, nurse.user_id, f"s:{nurse.session_id}", "labs")]


@pytest.mark.parametrize("limit", [0, 201])
async def test_a_page_has_two_hundred_rows_at_most(pool: Pool, clinic: Clinic, patient, limit: int):
    with pytest.raises(InvalidInput, match="1 to 200"):
        await seen(pool, clinic.owner, patient, limit=limit)
