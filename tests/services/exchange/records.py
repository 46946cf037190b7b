"""Small FHIR resources for one patient, to be changed by a test in the one thing it is about."""

import json
from pathlib import Path
from typing import Any

Resource = dict[str, Any]

DATA = Path(__file__).parents[2] / "data" / "fhir"
"""Files of our own."""
SYNTHEA = Path(__file__).parents[4] / "shared" / "data" / "synthea-r4"
"""Patients that Synthea made; they are not part of the repository."""

SERVER = "https://fhir.example/fhir"
SECRETS = ("Quillfeather", "Ottoline", "EX-555", "212-555-0199", "9 Secret Street", "1961-07-14")
"""What the patient below is called and so on: no message may hold it."""


def patient(resource_id: str = "p1", **changes: Any) -> Resource:
    return {
        "resourceType": "Patient",
        "id": resource_id,
        "identifier": [{"type": coded("", "MR"), "value": f"EX-555-{resource_id}"}],
        "name": [{"use": "official", "family": "Quillfeather", "given": ["Ottoline"]}],
        "telecom": [{"system": "phone", "value": "212-555-0199"}],
        "gender": "female",
        "birthDate": "1961-07-14",
        "address": [{"line": ["9 Secret Street"], "city": "Albany"}],
    } | changes


def of_patient(resource_type: str, resource_id: str, **changes: Any) -> Resource:
    return {
        "resourceType": resource_type,
        "id": resource_id,
        "subject": {"reference": "Patient/p1"},
    } | changes


def lab(resource_id: str = "o1", **changes: Any) -> Resource:
    return observation(
        resource_id,
        **{
            "category": [coded("", "laboratory")],
            "code": coded("http://loinc.org", "4544-3", "Hematocrit of Blood"),
            "valueQuantity": quantity(44.1, "%"),
        }
        | changes,
    )


def vital(resource_id: str = "o1", **changes: Any) -> Resource:
    return observation(
        resource_id,
        **{
            "category": [coded("", "vital-signs")],
            "code": coded("http://loinc.org", "29463-7", "Body weight"),
            "valueQuantity": quantity(80, "kg"),
        }
        | changes,
    )


def observation(resource_id: str, **changes: Any) -> Resource:
    return of_patient(
        "Observation",
        resource_id,
        **{"status": "final", "effectiveDateTime": "2024-03-05T10:00:00-05:00"} | changes,
    )


def encounter(resource_id: str = "e1", **changes: Any) -> Resource:
    return of_patient(
        "Encounter",
        resource_id,
        **{
            "status": "finished",
            "class": {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "code": "AMB",
            },
            "period": {"start": "2024-03-05T09:00:00-05:00"},
        }
        | changes,
    )


def condition(resource_id: str = "c1", **changes: Any) -> Resource:
    return of_patient(
        "Condition",
        resource_id,
        **{
            "clinicalStatus": coded("", "active"),
            "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "E03.9", "Hypothyroidism"),
        }
        | changes,
    )


def medication(resource_id: str = "m1", **changes: Any) -> Resource:
    return of_patient(
        "MedicationRequest",
        resource_id,
        **{
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": coded(
                "http://www.nlm.nih.gov/research/umls/rxnorm", "966222", "levothyroxine"
            ),
            "authoredOn": "2024-03-05",
        }
        | changes,
    )


def document(resource_id: str = "d1", **changes: Any) -> Resource:
    return of_patient(
        "DocumentReference",
        resource_id,
        **{
            "status": "current",
            "date": "2024-03-05T10:00:00-05:00",
            "content": [{"attachment": {"contentType": "text/plain", "data": "RmVlbHMgd2VsbC4="}}],
        }
        | changes,
    )


def report(resource_id: str = "r1", *results: str, **changes: Any) -> Resource:
    return of_patient(
        "DiagnosticReport",
        resource_id,
        **{
            "status": "final",
            "category": [coded("", "LAB")],
            "code": coded("http://loinc.org", "58410-2", "CBC panel"),
            "effectiveDateTime": "2024-03-05T10:00:00-05:00",
            "result": [{"reference": f"Observation/{result}"} for result in results],
        }
        | changes,
    )


def appointment(resource_id: str = "a1", **changes: Any) -> Resource:
    return {
        "resourceType": "Appointment",
        "id": resource_id,
        "status": "booked",
        "start": "2024-03-05T09:00:00-05:00",
        "end": "2024-03-05T09:30:00-05:00",
        "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
    } | changes


def allergy(resource_id: str = "g1", **changes: Any) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "id": resource_id,
        "clinicalStatus": coded("", "active"),
        "code": coded("http://snomed.info/sct", "91936005", "Allergy to penicillin"),
        "patient": {"reference": "Patient/p1"},
    } | changes


def immunization(resource_id: str = "i1", **changes: Any) -> Resource:
    return {
        "resourceType": "Immunization",
        "id": resource_id,
        "status": "completed",
        "vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "140", "Influenza"),
        "patient": {"reference": "Patient/p1"},
        "occurrenceDateTime": "2023-10-12",
    } | changes


def claim(resource_id: str = "l1", **changes: Any) -> Resource:
    return {
        "resourceType": "Claim",
        "id": resource_id,
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "created": "2024-03-05",
        "total": {"value": 120.5, "currency": "USD"},
    } | changes


def one_of_each() -> list[Resource]:
    """A patient with one resource of every type that is kept."""
    return [
        patient(),
        appointment(),
        encounter(),
        condition(),
        allergy(),
        medication(),
        immunization(),
        claim(),
        document(),
        lab("o1"),
        vital("o2"),
        report("r1", "o1"),
    ]


def coded(system: str, code: str, display: str | None = None) -> Resource:
    coding = {"system": system, "code": code, "display": display}
    return {"coding": [{name: text for name, text in coding.items() if text}]}


def quantity(value: float, unit: str, **changes: Any) -> Resource:
    ucum = {"system": "http://unitsofmeasure.org", "code": unit}
    return {"value": value, "unit": unit} | ucum | changes


def bundle(*resources: Resource, kind: str = "transaction") -> Resource:
    entries = [
        {"fullUrl": f"{SERVER}/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def ndjson(*resources: Resource) -> bytes:
    return b"".join(json.dumps(resource).encode() + b"\n" for resource in resources)
