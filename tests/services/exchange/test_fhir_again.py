"""Imports that follow each other: what changes, what stays, and what belongs together."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from services.exchange.fhir_import import transfer
from tests.ground import OWNER
from tests.personas import Clinic
from tests.services.exchange.conftest import Rows, Take
from tests.services.exchange.records import (
    Resource,
    bundle,
    coded,
    condition,
    encounter,
    lab,
    medication,
    ndjson,
    observation,
    one_of_each,
    patient,
    quantity,
    report,
    vital,
)

pytestmark = pytest.mark.anyio


@pytest.mark.promise("14.import.again")
async def test_a_changed_resource_changes_its_row_and_no_other(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    await take(clinic, bundle(*one_of_each()))
    changed = [r | {"active": False} if r["id"] == "p1" else r for r in one_of_each()]
    changed = [
        lab("o1", valueQuantity=quantity(51.5, "%")) if r["id"] == "o1" else r for r in changed
    ]
    result = await take(clinic, bundle(*changed))
    taken = result.total.taken
    assert taken["Patient"] == {"changed": 1}
    assert taken["Observation"] == {"changed": 1, "same": 1}
    assert all(by == {"same": 1} for t, by in taken.items() if t not in {"Patient", "Observation"})
    assert [row["value"] for row in rows(clinic, "lab_results")] == [pytest.approx(51.5)]
    assert [row["status"] for row in rows(clinic, "patients")] == ["inactive"]


async def test_a_digit_more_is_a_change(take: Take, clinic: Clinic, rows: Rows) -> None:
    text = ndjson(patient(), lab(valueQuantity=quantity(7.1, "%")))
    await take(clinic, text)
    result = await take(clinic, text.replace(b"7.1,", b"7.10,"))
    assert result.total.taken["Observation"] == {"changed": 1}
    assert [str(row["value"]) for row in rows(clinic, "lab_results")] == ["7.10"]


async def test_what_the_clinic_added_stays(
    take: Take, clinic: Clinic, rows: Rows, connect: Callable[[str], Connection[Any]]
) -> None:
    content = bundle(patient(), encounter(), medication(), lab())
    await take(clinic, content)
    for statement in (
        "UPDATE app.lab_results SET acknowledged_at = now(), acknowledged_by = %(owner)s",
        "UPDATE app.patients SET primary_provider_id = %(owner)s",
        "UPDATE app.encounters SET follow_up_due_on = '2024-09-01', provider_id = %(owner)s",
        "UPDATE app.medications SET refills_left = 2, authorization_status = 'approved'",
    ):
        values = {"owner": clinic.owner.user_id, "tenant": clinic.tenant_id}
        connect(OWNER).execute(f"{statement} WHERE tenant_id = %(tenant)s", values)
    result = await take(clinic, content)
    assert {outcome for by in result.total.taken.values() for outcome in by} == {"same"}
    changed = bundle(patient(active=False), lab(status="corrected"))
    assert (await take(clinic, changed)).total.taken["Observation"] == {"changed": 1}
    (result_row,), (patient_row,) = rows(clinic, "lab_results"), rows(clinic, "patients")
    assert result_row["acknowledged_by"] == clinic.owner.user_id
    assert patient_row["primary_provider_id"] == clinic.owner.user_id


async def test_references_are_followed_from_file_to_file(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    await take(clinic, bundle(patient(), encounter()))
    visited = lab(encounter={"reference": "Encounter/e1"})
    by_urn = condition(subject={"reference": "urn:uuid:p1"})
    result = await take(clinic, bundle(visited, by_urn))
    assert result.complete
    (visit,) = rows(clinic, "encounters")
    assert rows(clinic, "lab_results")[0]["encounter_id"] == visit["id"]
    assert rows(clinic, "conditions")[0]["patient_id"] == visit["patient_id"]


async def test_a_bulk_export_is_taken_in_the_order_of_its_references(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    by_type: dict[str, list[Resource]] = {}
    for resource in one_of_each():
        by_type.setdefault(resource["resourceType"], []).append(resource)
    files = [ndjson(*by_type[t]) for t in sorted(by_type)]
    result = await take(clinic, *files)
    assert result.complete
    assert [row["report_id"] for row in rows(clinic, "lab_results")] == [
        row["id"] for row in rows(clinic, "lab_reports")
    ]


async def test_results_follow_what_their_report_says(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    labs = [lab("o1"), lab("o2"), lab("o3", subject={"reference": "Patient/p2"})]
    people = [patient(), patient("p2")]

    async def linked(*reports: Resource) -> tuple[set[str], dict[str, Any]]:
        result = await take(clinic, bundle(*people, *labs, *reports))
        found = rows(clinic, "lab_results")
        named = {r["source_id"] for r in found if r["report_id"] is not None}
        return named, dict(result.total.taken["DiagnosticReport"])

    assert await linked(report("r1", "o1")) == ({"Observation/o1"}, {"new": 1})
    both = {"Observation/o1", "Observation/o2"}
    assert await linked(report("r1", "o1", "o2", "o3")) == (both, {"changed": 1})
    second = [report("r1", "o1", "o2"), report("r2", "o1", "o2")]
    assert await linked(*second) == (both, {"same": 1, "new": 1})
    assert await linked(*second) == (both, {"same": 2})
    assert await linked(report("r1", "o2")) == ({"Observation/o2"}, {"changed": 1})


async def test_vital_signs_of_one_moment_may_come_in_several_files(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    pulse = vital(
        "o2", code=coded("http://loinc.org", "8867-4"), valueQuantity=quantity(60, "/min")
    )
    files = [ndjson(patient(), vital("o1")), ndjson(pulse)]
    first = await take(clinic, *files)
    assert first.total.taken["Observation"] == {"new": 2}
    (row,) = rows(clinic, "vitals")
    assert (row["weight_kg"], row["pulse_bpm"]) == (80, 60)
    assert (await take(clinic, *files)).total.taken["Observation"] == {"same": 2}
    heavier = vital("o1", valueQuantity=quantity(82, "kg"))
    changed = await take(clinic, ndjson(heavier, pulse))
    assert changed.total.taken["Observation"] == {"changed": 1, "same": 1}
    (row,) = rows(clinic, "vitals")
    assert (row["weight_kg"], row["pulse_bpm"]) == (82, 60)


async def test_a_file_of_many_batches_is_the_same_file(
    take: Take, clinic: Clinic, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "ROWS_AT_ONCE", 3)
    pulse = coded("http://loinc.org", "8867-4")
    moments = [f"2024-03-05T{hour:02}:00:00Z" for hour in range(10)]
    weights = [vital(f"w{n}", effectiveDateTime=m) for n, m in enumerate(moments)]
    beats = [
        vital(f"b{n}", effectiveDateTime=m, code=pulse, valueQuantity=quantity(60 + n, "/min"))
        for n, m in enumerate(moments)
    ]
    labs = [lab(f"l{n}") for n in range(8)]
    text = ndjson(*labs, *weights, *beats, report("r1", *(f"l{n}" for n in range(8))), patient())
    first = await take(clinic, text)
    assert first.total.taken["Observation"] == {"new": 28}
    found = rows(clinic, "vitals")
    assert len(found) == 10
    assert all(row["weight_kg"] and row["pulse_bpm"] for row in found)
    assert len({row["report_id"] for row in rows(clinic, "lab_results")}) == 1
    again = await take(clinic, text)
    assert again.total.taken["Observation"] == {"same": 28}
    assert again.total.taken["DiagnosticReport"] == {"same": 1}


async def test_references_by_identifier_and_address_are_followed(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    numbered = patient(identifier=[{"system": "https://fhir.example/mrn", "value": "5"}])
    token = "https://fhir.example/mrn|5"
    ways: list[Resource] = [
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/2"},
        {"reference": "https://fhir.example/fhir/Patient/p1"},
        {"reference": f"Patient?identifier={token}"},
        {"identifier": {"system": "https://fhir.example/mrn", "value": "5"}},
    ]
    labs = [lab(f"o{n}", subject=way) for n, way in enumerate(ways)]
    result = await take(clinic, bundle(numbered, *labs))
    assert result.complete
    assert len({row["patient_id"] for row in rows(clinic, "lab_results")}) == 1
    assert result.total.taken["Observation"] == {"new": len(ways)}


async def test_an_identifier_that_two_patients_have_names_neither(
    take: Take, clinic: Clinic
) -> None:
    same = [{"system": "https://fhir.example/household", "value": "5"}]
    people = [patient(n, identifier=same) for n in ("p1", "p2")]
    token = "https://fhir.example/household|5"
    unclear = lab(subject={"reference": f"Patient?identifier={token}"})
    result = await take(clinic, bundle(*people, unclear))
    assert "refers to a patient" in (result.files[0].refused or "")


async def test_a_resource_is_known_by_the_address_of_its_entry(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    person, result = patient(), lab(subject={"reference": "urn:uuid:person"})
    content = bundle(person, result)
    for entry, name in zip(content["entry"], ("person", "result"), strict=True):
        entry["fullUrl"] = f"urn:uuid:{name}"
        del entry["resource"]["id"]
    assert (await take(clinic, content)).complete
    assert [row["source_id"] for row in rows(clinic, "patients")] == ["Patient/person"]
    assert [row["source_id"] for row in rows(clinic, "lab_results")] == ["Observation/result"]


async def test_a_bundle_may_be_written_with_a_byte_order_mark(take: Take, clinic: Clinic) -> None:
    text = b"\xef\xbb\xbf" + ndjson(bundle(patient()))
    assert (await take(clinic, text)).total.taken["Patient"] == {"new": 1}
    lines = b"\xef\xbb\xbf" + ndjson(patient(), observation("o1"))
    assert (await take(clinic, lines)).total.resources == 2
