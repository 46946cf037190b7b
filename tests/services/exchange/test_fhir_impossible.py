"""What cannot be is not stored: dates in the future, numbers that nobody can have."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.exchange.fhir_import.report import Note, Reason
from tests.personas import Clinic
from tests.services.exchange.conftest import Rows, Take
from tests.services.exchange.records import (
    Resource,
    appointment,
    bundle,
    claim,
    coded,
    condition,
    document,
    encounter,
    immunization,
    lab,
    medication,
    patient,
    quantity,
    report,
    vital,
)

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
SOON, AHEAD = (NOW + timedelta(hours=hours) for hours in (23, 25))
YEARS = NOW + timedelta(days=4 * 365)


HAPPENED: dict[str, Callable[[str], Resource]] = {
    "birth": lambda at: patient("x", birthDate=at[:10]),
    "laboratory": lambda at: lab(effectiveDateTime=at),
    "vital sign": lambda at: vital(effectiveDateTime=at),
    "prescription": lambda at: medication(authoredOn=at),
    "immunization": lambda at: immunization(occurrenceDateTime=at),
    "note": lambda at: document(date=at),
    "report": lambda at: report("r1", "o9", effectiveDateTime=at),
    "claim": lambda at: claim(created=at),
    "visit": lambda at: encounter(period={"start": at}),
}
"""What says of itself that it happened at a time."""


@pytest.mark.parametrize("at", [AHEAD, YEARS])
@pytest.mark.parametrize("what", HAPPENED)
async def test_what_happened_in_the_future_is_skipped(
    what: str, at: datetime, take: Take, clinic: Clinic
) -> None:
    days = timedelta(days=1 if what == "birth" else 0)  # a date is one wherever it is read
    resource = HAPPENED[what]((at + days).isoformat(timespec="seconds"))
    result = await take(clinic, bundle(patient(), resource))
    assert result.total.skipped == {resource["resourceType"]: {Reason.FUTURE: 1}}


@pytest.mark.parametrize("what", HAPPENED)
async def test_a_clock_that_is_hours_ahead_is_forgiven(
    what: str, take: Take, clinic: Clinic
) -> None:
    resource = HAPPENED[what]((NOW if what == "birth" else SOON).isoformat(timespec="seconds"))
    result = await take(clinic, bundle(patient(), resource))
    assert result.total.skipped == {}


def span(at: datetime) -> dict[str, str]:
    return {"start": at.isoformat(), "end": (at + timedelta(hours=1)).isoformat()}


PLANNED: list[tuple[str, Resource]] = [
    ("appointments", appointment(**span(YEARS))),
    ("encounters", encounter(status="planned", period=span(YEARS))),
    ("encounters", encounter(status="cancelled", period=span(YEARS))),
    (
        "medications",
        medication(
            dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": "2099-01-01"}}}}]
        ),
    ),
]


@pytest.mark.parametrize(("table", "resource"), PLANNED)
async def test_what_is_planned_lies_ahead(
    table: str, resource: Resource, take: Take, clinic: Clinic, rows: Rows
) -> None:
    result = await take(clinic, bundle(patient(), resource))
    assert (result.total.skipped, result.total.notes) == ({}, {})
    assert len(rows(clinic, table)) == 1


async def test_a_prescription_written_in_the_future_is_none_though_it_begins_now(
    take: Take, clinic: Clinic
) -> None:
    begins = [{"timing": {"repeat": {"boundsPeriod": {"start": "2024-03-05"}}}}]
    written = medication(authoredOn="2099-01-01", dosageInstruction=begins)
    result = await take(clinic, bundle(patient(), written))
    assert result.total.skipped == {"MedicationRequest": {Reason.FUTURE: 1}}


LEFT_OUT: list[tuple[Resource, str, str]] = [
    (lab(issued=YEARS.isoformat()), "lab_results", "issued_at"),
    (condition(onsetDateTime=str(YEARS.date())), "conditions", "onset_on"),
    (condition(recordedDate=str(YEARS.date())), "conditions", "recorded_on"),
    (encounter(period=span(NOW) | {"end": YEARS.isoformat()}), "encounters", "ended_at"),
]


@pytest.mark.parametrize("dated", LEFT_OUT)
async def test_another_date_in_the_future_is_left_out(
    dated: tuple[Resource, str, str], take: Take, clinic: Clinic, rows: Rows
) -> None:
    resource, table, column = dated
    result = await take(clinic, bundle(patient(), resource))
    assert result.total.notes == {resource["resourceType"]: {Note.FUTURE_DATE: 1}}
    assert [row[column] for row in rows(clinic, table)] == [None]


async def test_nobody_has_died_in_the_future(take: Take, clinic: Clinic, rows: Rows) -> None:
    result = await take(clinic, bundle(patient(deceasedDateTime=YEARS.isoformat())))
    assert result.total.notes == {"Patient": {Note.FUTURE_DATE: 1}}
    assert [(r["status"], r["deceased_on"]) for r in rows(clinic, "patients")] == [("active", None)]


def result_of(code: str, value: Any) -> Resource:
    return lab(code=coded("http://loinc.org", code), valueQuantity=quantity(value, "mmol/L"))


def with_dose(value: float) -> Resource:
    return medication(
        dosageInstruction=[{"doseAndRate": [{"doseQuantity": quantity(value, "mg")}]}]
    )


IMPOSSIBLE: list[Resource] = [
    result_of("2823-3", 10**12),
    result_of("99999-9", -(10**12)),
    result_of("99999-9", 1e-50),
    result_of("2823-3", -0.1),
    vital(valueQuantity=quantity(-80, "kg")),
    vital(valueQuantity=quantity(1e50, "kg")),
    with_dose(-5),
    with_dose(1e12),
]


@pytest.mark.parametrize("resource", IMPOSSIBLE)
async def test_a_number_that_nobody_can_have_is_skipped(
    resource: Resource, take: Take, clinic: Clinic
) -> None:
    result = await take(clinic, bundle(patient(), resource))
    skipped = {resource["resourceType"]: {Reason.IMPOSSIBLE_VALUE: 1}}
    assert result.total.skipped == skipped


@pytest.mark.parametrize(
    ("code", "value"), [("99999-9", -3), ("2823-3", 0), ("2823-3", 10**12 - 1), ("2823-3", 1e-12)]
)
async def test_a_number_that_may_be_is_taken(
    code: str, value: float, take: Take, clinic: Clinic, rows: Rows
) -> None:
    result = await take(clinic, bundle(patient(), result_of(code, value)))
    assert result.total.skipped == {}
    assert [float(row["value"]) for row in rows(clinic, "lab_results")] == [value]


async def test_a_gender_of_another_vocabulary_is_unknown(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    result = await take(clinic, bundle(patient(gender="M")))
    assert result.total.notes == {"Patient": {Note.GENDER: 1}}
    assert [row["sex"] for row in rows(clinic, "patients")] == ["unknown"]
