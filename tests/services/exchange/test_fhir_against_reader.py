"""What stands in the tables after an import is what an independent reader finds in the files."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.exchange.fhir_import.report import ImportReport, count
from tests.personas import Clinic
from tests.services.exchange.conftest import Rows, Take
from tests.services.exchange.independent_reader import ExpectedPatient, Measurement, read
from tests.services.exchange.records import DATA, SYNTHEA

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("America/New_York")
VITALS = {
    "8480-6": "systolic_mmhg",
    "8462-4": "diastolic_mmhg",
    "8867-4": "pulse_bpm",
    "29463-7": "weight_kg",
    "8302-2": "height_cm",
    "39156-5": "bmi_kg_m2",
    "8331-1": "temperature_c",
    "72514-3": "pain_score",
}
ALL = [
    DATA,
    pytest.param(
        SYNTHEA,
        marks=pytest.mark.skipif(not SYNTHEA.is_dir(), reason="The Synthea files are not here."),
    ),
]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.*json"))


def _of_patient(found: list[dict[str, Any]], patient_id: object) -> list[dict[str, Any]]:
    return [row for row in found if row["patient_id"] == patient_id]


def _day(moment: datetime | date | None) -> date | None:
    return moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment


@pytest.fixture(params=ALL, ids=["own", "synthea"])
async def taken(
    request: pytest.FixtureRequest, take: Take, clinic: Clinic
) -> tuple[list[ExpectedPatient], ImportReport]:
    report = await take(clinic, *_files(request.param))
    return read(request.param), report


@pytest.mark.skipif(not SYNTHEA.is_dir(), reason="The Synthea files are not here.")
async def test_what_no_lab_protocol_can_see_is_counted(take: Take, clinic: Clinic) -> None:
    report = await take(clinic, *_files(SYNTHEA))
    bundles = [json.loads(path.read_bytes()) for path in _files(SYNTHEA)]
    chart = [entry["resource"] for bundle in bundles for entry in bundle["entry"]]
    # None of these patients takes or has anything that our protocols name.
    taken_now = [
        r for r in chart if r["resourceType"] == "MedicationRequest" and r["status"] == "active"
    ]
    present = [
        r
        for r in chart
        if r["resourceType"] == "Condition" and r["clinicalStatus"]["coding"][0]["code"] == "active"
    ]
    counted: Counter[str] = Counter()
    for code, number in report.total.unseen.items():
        counted[code.resource_type] += number
    assert counted["MedicationRequest"] == len(taken_now) > 0
    assert counted["Condition"] == len(present) > 0


async def test_every_patient_is_there_and_no_other(
    taken: tuple[list[ExpectedPatient], ImportReport], clinic: Clinic, rows: Rows
) -> None:
    expected, report = taken
    assert report.complete
    assert len(expected) >= 3
    found = {
        (p["source_id"], p["family_name"], p["given_name"], p["birth_date"], p["sex"], p["mrn"])
        for p in rows(clinic, "patients")
    }
    assert found == {(p.source_id, p.family, p.given, p.birth_date, p.sex, p.mrn) for p in expected}


@pytest.mark.promise("14.import.as-written")
async def test_every_lab_value_is_there_as_it_was_written_and_no_other(
    taken: tuple[list[ExpectedPatient], ImportReport], clinic: Clinic, rows: Rows
) -> None:
    expected, _ = taken
    ids = {p["source_id"]: p["id"] for p in rows(clinic, "patients")}
    results = rows(clinic, "lab_results")
    assert len(results) == sum(len(p.labs) for p in expected) >= 9
    for patient in expected:
        found = Counter(
            Measurement(
                row["loinc"],
                str(row["value_label"] if row["value"] is None else row["value"]),
                row["unit"],
                row["collected_at"],
            )
            for row in _of_patient(results, ids[patient.source_id])
        )
        assert found == Counter(patient.labs)


@pytest.mark.promise("14.import.as-written")
async def test_every_vital_sign_is_there_as_it_was_written_and_no_other(
    taken: tuple[list[ExpectedPatient], ImportReport], clinic: Clinic, rows: Rows
) -> None:
    expected, _ = taken
    ids = {p["source_id"]: p["id"] for p in rows(clinic, "patients")}
    vitals = rows(clinic, "vitals")
    for patient in expected:
        found = Counter(
            (column, str(row[column]), row["taken_at"])
            for row in _of_patient(vitals, ids[patient.source_id])
            for column in VITALS.values()
            if row[column] is not None
        )
        assert found == Counter((VITALS[v.loinc], v.value, v.instant) for v in patient.vitals)


@pytest.mark.promise("14.import.as-written")
async def test_every_prescription_and_problem_is_there_and_no_other(
    taken: tuple[list[ExpectedPatient], ImportReport], clinic: Clinic, rows: Rows
) -> None:
    expected, _ = taken
    ids = {p["source_id"]: p["id"] for p in rows(clinic, "patients")}
    medications, conditions = rows(clinic, "medications"), rows(clinic, "conditions")
    for patient in expected:
        patient_id = ids[patient.source_id]
        assert Counter(
            (m["rxnorm"], m["status"]) for m in _of_patient(medications, patient_id)
        ) == Counter((m.rxnorm, m.status) for m in patient.medications)
        assert Counter(
            (c["system"], c["code"], c["status"], c["onset_on"])
            for c in _of_patient(conditions, patient_id)
        ) == Counter((c.system, c.code, c.status, _day(c.onset)) for c in patient.conditions)


@pytest.mark.promise("14.import.again")
async def test_taking_the_same_files_again_changes_nothing(
    taken: tuple[list[ExpectedPatient], ImportReport],
    request: pytest.FixtureRequest,
    take: Take,
    clinic: Clinic,
    everything: Callable[[Clinic], object],
) -> None:
    _, first = taken
    before = everything(clinic)
    again = await take(clinic, *(Path(file.name) for file in first.files))
    assert {outcome for by in again.total.taken.values() for outcome in by} == {"same"}
    assert count(again.total.taken) == count(first.total.taken)
    assert everything(clinic) == before


@pytest.mark.promise("14.import.report")
async def test_every_resource_is_counted_once(
    taken: tuple[list[ExpectedPatient], ImportReport],
) -> None:
    _, report = taken
    for file in (*report.files, report.total):
        assert count(file.taken) + count(file.skipped) == file.resources > 0


async def test_two_clinics_take_the_same_files_without_meeting(
    taken: tuple[list[ExpectedPatient], ImportReport],
    take: Take,
    clinic: Clinic,
    other_clinic: Clinic,
    rows: Rows,
) -> None:
    _, first = taken
    second = await take(other_clinic, *(Path(file.name) for file in first.files))
    assert second.total.taken == first.total.taken
    mine, theirs = (rows(c, "patients") for c in (clinic, other_clinic))
    assert {p["mrn"] for p in mine} == {p["mrn"] for p in theirs}
    assert not {p["id"] for p in mine} & {p["id"] for p in theirs}
