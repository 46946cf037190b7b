"""Many rows in one statement: each arrives as it was, once, in its own clinic."""

from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.base import uuid7
from models.lab import LabInterval, LabPanel, LabPanelMarker
from models.message import IntakeForm
from services.database import opening
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.database.statement import statement
from tests.factories import MORNING, lab_result, patient
from tests.personas import Clinic

pytestmark = pytest.mark.anyio

WORDS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
) | st.sampled_from(["NULL", "", "{}", '"', "\\", "',", "{1,2}"])


@pytest.fixture
async def session(pool: Pool, clinic: Clinic) -> AsyncGenerator[ClinicSession]:
    """A transaction of the clinic's owner."""
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        await session.begin()
        yield session


def interval(panel: LabPanel, **over: Any) -> LabInterval:
    given: dict[str, Any] = {
        "key": f"k{uuid7().int}",
        "name": "x",
        "trigger": "medication",
        "trigger_codes": [],
        "first_due_days": 1,
        "interval_days": 2,
        "source": "x",
    }
    return LabInterval(tenant_id=panel.tenant_id, panel_id=panel.id, **(given | over))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=6),
    st.lists(st.dictionaries(WORDS, WORDS)),
)
async def test_lists_and_documents_arrive_as_they_were(
    session: ClinicSession, clinic: Clinic, lists: list[list[str]], answers: list[dict[str, str]]
):
    panel = LabPanel(tenant_id=clinic.tenant_id, key=f"p{uuid7().int % 10**12}", name="x")
    rows = [interval(panel, trigger_codes=words) for words in lists]
    someone = patient(clinic.tenant_id)
    form = IntakeForm(
        tenant_id=clinic.tenant_id,
        patient_id=someone.id,
        name="x",
        answers=answers,
        submitted_at=MORNING,
    )
    assert await session.insert([panel, *rows, someone, form]) == len(rows) + 3
    asked = statement("SELECT trigger_codes FROM lab_intervals WHERE panel_id = :id ORDER BY id")
    stored = await session.rows(asked, id=panel.id)
    assert [codes for (codes,) in stored] == [
        r.trigger_codes for r in sorted(rows, key=lambda r: r.id)
    ]
    asked = statement("SELECT answers FROM intake_forms WHERE id = :id")
    assert await session.rows(asked, id=form.id) == [(answers,)]


async def test_what_is_not_said_is_filled_in_by_the_database(
    session: ClinicSession, clinic: Clinic
):
    someone = patient(clinic.tenant_id)
    panel = LabPanel(tenant_id=clinic.tenant_id, key="thyroid", name="x")
    marker = LabPanelMarker(
        tenant_id=clinic.tenant_id, panel_id=panel.id, loinc="1-8", marker="x", position=1
    )
    await session.insert([someone, panel, marker])
    filled = statement("SELECT created_at, phone, deceased_on FROM patients WHERE id = :id")
    assert await session.rows(filled, id=someone.id) == [(session.principal.now, None, None)]
    assert await session.rows(statement("SELECT required FROM lab_panel_markers")) == [(False,)]


async def test_thousands_of_rows_go_at_once(session: ClinicSession, clinic: Clinic):
    someone = patient(clinic.tenant_id, family_name='O\'Neil \\ "é" 😀')
    results = [lab_result(someone, value=Decimal(n) / 100) for n in range(1500)]
    assert await session.insert([someone, *results]) == 1501
    asked = statement("SELECT count(*), sum(value) FROM lab_results")
    assert await session.rows(asked) == [(1500, Decimal("11242.50"))]
    asked = statement("SELECT family_name FROM patients WHERE id = :id")
    assert await session.rows(asked, id=someone.id) == [(someone.family_name,)]


async def test_an_upsert_tells_new_from_changed_and_leaves_the_rest(
    session: ClinicSession, clinic: Clinic
):
    people = [patient(clinic.tenant_id) for _ in range(3)]
    first = await session.upsert(people)
    assert (first.inserted, first.updated) == (3, 0)
    again = await session.upsert(people)
    assert (again.inserted, again.updated) == (0, 0)
    people[1].city = "Boston"
    mixed = await session.upsert([*people, patient(clinic.tenant_id)])
    assert (mixed.inserted, mixed.updated) == (1, 1)
    asked = statement("SELECT city FROM patients WHERE id = :id")
    assert await session.rows(asked, id=people[1].id) == [("Boston",)]
    assert (await session.upsert([])).inserted == 0


async def test_a_number_that_was_measured_more_exactly_is_a_change(
    session: ClinicSession, clinic: Clinic
):
    someone = patient(clinic.tenant_id)
    result = lab_result(someone, value=Decimal("7.1"))
    await session.insert([someone, result])
    result.value = Decimal("7.10")
    assert (await session.upsert([result])).updated == 1
    assert await session.rows(statement("SELECT value::text FROM lab_results")) == [("7.10",)]


async def test_an_upsert_is_of_one_table(session: ClinicSession, clinic: Clinic):
    someone = patient(clinic.tenant_id)
    with pytest.raises(ValueError, match="one table"):
        await session.upsert([someone, lab_result(someone)])


@pytest.mark.parametrize("way", ["insert", "upsert"])
async def test_a_row_of_another_clinic_is_refused_however_it_comes(
    pool: Pool, clinic: Clinic, other_clinic: Clinic, way: str
):
    theirs = patient(other_clinic.tenant_id, birth_date=date(1970, 1, 1))
    async with clinic_transaction(
        pool, opening.session(other_clinic.owner.session_hash)
    ) as session:
        await session.insert([theirs])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
            theirs.city = "Elsewhere"
            mine = [patient(clinic.tenant_id), theirs]
            await (session.insert(mine) if way == "insert" else session.upsert(mine))
    async with clinic_transaction(
        pool, opening.session(other_clinic.owner.session_hash)
    ) as session:
        assert await session.rows(statement("SELECT city FROM patients")) == [(None,)]
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        assert await session.rows(statement("SELECT count(*) FROM patients")) == [(0,)]
