"""Every reason for which a resource is not stored, and every note on one that is."""

from typing import Any

import pytest

from services.exchange.fhir_import.report import Note, Reason, count
from tests.personas import Clinic
from tests.services.exchange.conftest import Rows, Take
from tests.services.exchange.records import (
    Resource,
    allergy,
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
    observation,
    of_patient,
    patient,
    quantity,
    report,
    vital,
)

pytestmark = pytest.mark.anyio

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NOT_UTF_8 = "//79"
"""In base64: octets that no character of UTF-8 begins with."""


def without(resource: Resource, *names: str) -> Resource:
    return {name: value for name, value in resource.items() if name not in names}


def attached(**attachment: Any) -> Resource:
    return document(content=[{"attachment": attachment}])


SKIPPED: list[tuple[Reason, str | None, Resource]] = [
    (Reason.TYPE, None, of_patient("CarePlan", "x")),
    (Reason.TYPE, None, {"resourceType": "Organization", "id": "x", "name": "A hospital"}),
    (Reason.TYPE, None, {"resourceType": "Bundle", "id": "x", "type": "collection"}),
    (Reason.NAME_ONLY, None, {"resourceType": "Practitioner", "id": "x"}),
    (Reason.NAME_ONLY, None, {"resourceType": "Medication", "id": "x"}),
    (Reason.NO_PATIENT, None, without(lab(), "subject")),
    (Reason.NO_PATIENT, None, lab(subject={"reference": "Group/1"})),
    (Reason.NO_PATIENT, None, appointment(participant=[])),
    (
        Reason.SEVERAL_PATIENTS,
        None,
        appointment(participant=[{"actor": {"reference": f"Patient/p{n}"}} for n in (1, 2)]),
    ),
    (Reason.ENTERED_IN_ERROR, None, lab(status="entered-in-error")),
    (Reason.ENTERED_IN_ERROR, None, encounter(status="entered-in-error")),
    (Reason.ENTERED_IN_ERROR, None, document(docStatus="entered-in-error")),
    (
        Reason.ENTERED_IN_ERROR,
        None,
        condition(verificationStatus=coded("", "entered-in-error")),
    ),
    (Reason.STATUS, "cancelled", lab(status="cancelled")),
    (Reason.STATUS, "none", without(lab(), "status")),
    (Reason.STATUS, "another word", lab(status="Quillfeather")),
    (Reason.STATUS, "waitlist", appointment(status="waitlist")),
    (Reason.STATUS, "not-done", immunization(status="not-done")),
    (Reason.STATUS, "draft", medication(status="draft")),
    (Reason.STATUS, "superseded", document(status="superseded")),
    (Reason.STATUS, "preliminary", document(docStatus="preliminary")),
    (Reason.STATUS, "refuted", condition(verificationStatus=coded("", "refuted"))),
    (Reason.STATUS, "refuted", allergy(verificationStatus=coded("", "refuted"))),
    (Reason.CLINICAL_STATUS, None, without(condition(), "clinicalStatus")),
    (Reason.CLINICAL_STATUS, None, without(allergy(), "clinicalStatus")),
    (Reason.INTENT, "proposal", medication(intent="proposal")),
    (Reason.INTENT, None, claim(use="another")),
    (Reason.NOT_TO_BE_GIVEN, None, medication(doNotPerform=True)),
    (Reason.CATEGORY, "survey", lab(category=[coded("", "survey")])),
    (Reason.CATEGORY, "exam", lab(category=[coded("", "exam")])),
    (Reason.CATEGORY, "another word", lab(category=[coded("", "Quillfeather")])),
    (Reason.CATEGORY, "not laboratory", report(category=[coded("", "RAD")])),
    (Reason.NO_CATEGORY, None, lab(category=[])),
    (Reason.NO_CATEGORY, None, report(category=[])),
    (Reason.NO_CODE, None, lab(code={"text": "Hematocrit"})),
    (Reason.NO_CODE, None, lab(code=coded("http://loinc.org", "hematocrit"))),
    (Reason.NO_CODE, None, report(code=coded("http://snomed.info/sct", "26604007"))),
    (Reason.NO_CODE, None, condition(code={"text": "tired"})),
    (Reason.NO_CODE, None, medication(medicationCodeableConcept={"text": "a pill"})),
    (Reason.NO_CODE, None, allergy(code={"text": "cats"})),
    (Reason.NO_CODE, None, immunization(vaccineCode={"text": "flu"})),
    (Reason.NO_VALUE, None, without(lab(), "valueQuantity")),
    (Reason.NO_VALUE, None, lab(valueQuantity={"unit": "%"})),
    (Reason.NO_VALUE, None, without(vital(), "valueQuantity")),
    (Reason.NO_VALUE, None, attached(contentType="text/plain", data="")),
    (
        Reason.VALUE_KIND,
        None,
        without(lab(valueDateTime="2024-03-05"), "valueQuantity"),
    ),
    (
        Reason.FREE_TEXT,
        None,
        without(lab(valueString="Please call the lab! Ask for `Jo`."), "valueQuantity"),
    ),
    (
        Reason.COMPONENTS,
        None,
        without(lab(component=[{"valueQuantity": quantity(1, "%")}]), "valueQuantity"),
    ),
    (Reason.VITAL_SIGN, None, vital(code=coded("http://loinc.org", "9843-4"))),
    (Reason.UNIT, None, vital(valueQuantity=quantity(80, "%"))),
    (Reason.UNIT, None, vital(valueQuantity={"value": 80})),
    (Reason.NOT_UCUM, None, lab(valueQuantity={"value": 3, "unit": "cells per field"})),
    (Reason.COMPARATOR, None, vital(valueQuantity=quantity(150, "kg", comparator=">"))),
    (
        Reason.NOT_A_SCORE,
        None,
        vital(code=coded("http://loinc.org", "72514-3"), valueQuantity=quantity(11, "{score}")),
    ),
    (Reason.NO_DATE, None, without(lab(), "effectiveDateTime")),
    (Reason.NO_DATE, None, without(encounter(), "period")),
    (Reason.NO_DATE, None, without(medication(), "authoredOn")),
    (Reason.NO_DATE, None, without(appointment(), "end")),
    (Reason.NO_DATE, None, without(immunization(), "occurrenceDateTime")),
    (Reason.PARTIAL_DATE, None, lab(effectiveDateTime="2024-03")),
    (Reason.PARTIAL_DATE, None, medication(authoredOn="2024")),
    (Reason.PARTIAL_DATE, None, patient("x", birthDate="1961")),
    (Reason.FUTURE, None, lab(effectiveDateTime="2099-03-05")),
    (Reason.IMPOSSIBLE_VALUE, None, lab(valueQuantity=quantity(-1, "%"))),
    (Reason.END_BEFORE_START, None, appointment(end="2024-03-05T09:00:00-05:00")),
    (Reason.NO_NAME, None, patient("x", name=[{"given": ["Ottoline"]}])),
    (Reason.NO_BIRTH_DATE, None, without(patient("x"), "birthDate")),
    (Reason.NOT_TEXT, None, attached(contentType="application/pdf", data="JVBERi0=")),
    (Reason.NOT_TEXT, None, document(content=[])),
    (Reason.ELSEWHERE, None, attached(contentType="text/plain", url="Binary/1")),
    (Reason.NOT_DECODABLE, None, attached(contentType="text/plain", data=NOT_UTF_8)),
    (
        Reason.NOT_DECODABLE,
        None,
        attached(contentType="text/plain; charset=unicode_escape", data="YQ=="),
    ),
    (Reason.NOT_DECODABLE, None, attached(contentType="text/plain", data="YQBi")),
    (Reason.NO_AMOUNT, None, claim(total={"value": 1.005, "currency": "USD"})),
    (Reason.NO_AMOUNT, None, claim(total={"value": 1})),
    (Reason.NO_AMOUNT, None, without(claim(), "total")),
]
OF_ENTRY = {Reason.NO_RESOURCE, Reason.NO_ID, Reason.PATIENT_SKIPPED, Reason.DOCUMENT_CHANGED}
"""Reasons that are not in the resource itself; each has a test of its own below."""


@pytest.mark.promise("14.import.report")
@pytest.mark.parametrize("skipped", SKIPPED)
async def test_what_is_not_stored_is_counted_with_its_reason(
    skipped: tuple[Reason, str | None, Resource], take: Take, clinic: Clinic, rows: Rows
) -> None:
    reason, detail, resource = skipped
    result = await take(clinic, bundle(patient(), patient("p2"), resource))
    assert result.complete
    label = f"{reason}: {detail}" if detail else str(reason)
    assert result.total.skipped == {resource["resourceType"]: {label: 1}}
    assert count(result.total.taken) + count(result.total.skipped) == 3
    assert {row["source_id"] for row in rows(clinic, "patients")} == {"Patient/p1", "Patient/p2"}


def test_every_reason_is_tried() -> None:
    assert {reason for reason, _, _ in SKIPPED} | OF_ENTRY == set(Reason)


async def test_an_entry_without_a_resource_is_counted(take: Take, clinic: Clinic) -> None:
    deletion = {"request": {"method": "DELETE", "url": "Patient/p9"}}
    content = bundle(patient())
    content["entry"].append(deletion)
    result = await take(clinic, content)
    assert result.total.skipped == {"(none)": {Reason.NO_RESOURCE: 1}}
    assert result.total.resources == 2


async def test_a_resource_without_an_id_is_counted(take: Take, clinic: Clinic) -> None:
    nameless = {"resource": without(lab(), "id")}
    content = bundle(patient())
    content["entry"].append(nameless)
    result = await take(clinic, content)
    assert result.total.skipped == {"Observation": {Reason.NO_ID: 1}}


async def test_what_belongs_to_a_patient_who_was_skipped_is_counted(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    result = await take(clinic, bundle(lab(), patient(birthDate="1961"), patient("p2")))
    assert result.complete
    assert result.total.skipped["Observation"] == {Reason.PATIENT_SKIPPED: 1}
    assert rows(clinic, "lab_results") == []


async def test_a_document_that_changed_is_counted_and_its_note_stays(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    await take(clinic, bundle(patient(), document()))
    changed = attached(contentType="text/plain", data="RmVlbHMgYmV0dGVyLg==")
    result = await take(clinic, bundle(patient(), changed))
    assert result.total.skipped == {"DocumentReference": {Reason.DOCUMENT_CHANGED: 1}}
    assert [note["narrative"] for note in rows(clinic, "chart_notes")] == ["Feels well."]


VISIT = {"reference": "Encounter/e1"}
NOTED: list[tuple[Note, list[Resource]]] = [
    (Note.PARTIAL_DATE, [condition(onsetDateTime="2019")]),
    (Note.MIDNIGHT, [lab(effectiveDateTime="2024-03-05")]),
    (Note.NO_ENCOUNTER, [lab(encounter=VISIT)]),
    (
        Note.OTHER_PATIENT,
        [lab(encounter=VISIT), encounter(subject={"reference": "Patient/p2"})],
    ),
    (Note.NO_APPOINTMENT, [encounter(appointment=[{"reference": "Appointment/a1"}])]),
    (Note.SEVERAL_DOSAGES, [medication(dosageInstruction=[{}, {}])]),
    (
        Note.END_BEFORE_START,
        [encounter(period={"start": "2024-03-05T09:00:00Z", "end": "2024-03-05T08:00:00Z"})],
    ),
    (Note.SAME_TIME, [vital("o1"), vital("o2", valueQuantity=quantity(81, "kg"))]),
    (
        Note.PART_NOT_TAKEN,
        [
            observation(
                "o1",
                category=[coded("", "vital-signs")],
                code=coded("http://loinc.org", "85354-9"),
                component=[
                    {"code": coded("http://loinc.org", "8480-6"), "valueQuantity": q}
                    for q in (quantity(120, "mm[Hg]"), quantity(16, "kPa"))
                ],
            )
        ],
    ),
    (Note.VERIFICATION, [condition(verificationStatus=coded("", "provisional"))]),
    (
        Note.RANGE_UNIT,
        [lab(referenceRange=[{"low": quantity(0.36, "1"), "high": quantity(0.5, "1")}])],
    ),
    (Note.RANGE, [lab(referenceRange=[{"low": quantity(50, "%"), "high": quantity(36, "%")}])]),
    (
        Note.FLAG,
        [
            lab(
                interpretation=[coded("", "L")],
                referenceRange=[{"low": quantity(36, "%"), "high": quantity(50, "%")}],
            )
        ],
    ),
    (Note.FUTURE_DATE, [lab(issued="2099-03-05T10:00:00Z")]),
    (Note.GENDER, [patient("p3", gender="M")]),
]


@pytest.mark.parametrize(("note", "resources"), NOTED)
async def test_what_is_left_out_of_a_stored_resource_is_noted(
    note: Note, resources: list[Resource], take: Take, clinic: Clinic
) -> None:
    result = await take(clinic, bundle(patient(), patient("p2"), *resources))
    assert result.complete
    assert result.total.skipped == {}
    assert result.total.notes == {resources[0]["resourceType"]: {note: 1}}


async def test_a_resource_that_is_no_longer_kept_is_noted_and_its_row_stays(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    await take(clinic, bundle(patient(), lab()))
    result = await take(clinic, bundle(patient(), lab(status="entered-in-error")))
    assert result.total.notes == {"Observation": {Note.STALE: 1}}
    assert len(rows(clinic, "lab_results")) == 1


def test_every_note_is_tried() -> None:
    assert {note for note, _ in NOTED} | {Note.STALE} == set(Note)
