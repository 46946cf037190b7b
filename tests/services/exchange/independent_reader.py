"""What FHIR files say of their patients, read without any code of the product.

`read(folder)` looks only at the files. It is the other side of every comparison: with tables, and
with what tools answer. Values are text, as they were written; times are UTC.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED_CT = "http://snomed.info/sct"
INVALID = {"entered-in-error", "cancelled", "unknown"}


class Measurement(NamedTuple):
    """A value with its unit; of a coded answer the text, without a unit."""

    loinc: str
    value: str
    unit: str | None
    instant: datetime


class Prescription(NamedTuple):
    """A medication request; `asked` is when it was written."""

    rxnorm: str
    status: str
    asked: datetime | date


class Problem(NamedTuple):
    """A condition, in ICD-10-CM if it is coded so, else in SNOMED CT."""

    system: str
    code: str
    status: str
    onset: datetime | date | None


@dataclass
class ExpectedPatient:
    """Everything that a file says of one patient, as far as it can be checked."""

    source_id: str
    family: str
    given: str
    birth_date: date
    sex: str
    mrn: str
    labs: list[Measurement] = field(default_factory=list[Measurement])
    vitals: list[Measurement] = field(default_factory=list[Measurement])
    medications: list[Prescription] = field(default_factory=list[Prescription])
    conditions: list[Problem] = field(default_factory=list[Problem])


def read(folder: Path) -> list[ExpectedPatient]:
    """The patients of all bundles and NDJSON files in the folder and the folders below it."""
    found = [r for path in sorted(folder.rglob("*.*json")) for r in _resources(path)]
    names = _names_of_patients(found)
    patients = {r["id"]: _patient(r) for _, r in found if r["resourceType"] == "Patient"}
    concepts = {u: r.get("code") for u, r in found if r["resourceType"] == "Medication"}
    for _, resource in found:
        subject = resource.get("subject", {}).get("reference")
        if subject in names:
            _add(patients[names[subject]], resource, concepts)
    return list(patients.values())


def _resources(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each resource with the address by which its file knows it. Numbers stay text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ndjson":
        for line in text.splitlines():
            yield "", _parsed(line)
        return
    for entry in _parsed(text)["entry"]:
        yield entry["fullUrl"], entry["resource"]


def _parsed(text: str) -> dict[str, Any]:
    return json.loads(text, parse_float=str, parse_int=str)


def _names_of_patients(found: list[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """All the ways in which a reference may name a patient."""
    names: dict[str, str] = {}
    for address, resource in found:
        if resource["resourceType"] != "Patient":
            continue
        names[address] = names[f"Patient/{resource['id']}"] = resource["id"]
        for number in resource.get("identifier", []):
            token = f"{number.get('system', '')}|{number['value']}"
            names[f"Patient?identifier={token}"] = resource["id"]
    names.pop("", None)
    return names


def _patient(resource: dict[str, Any]) -> ExpectedPatient:
    official = [n for n in resource["name"] if n.get("use") == "official"]
    name = (official or resource["name"])[0]
    numbers = [i["value"] for i in resource.get("identifier", []) if _is_mrn(i)]
    return ExpectedPatient(
        source_id=f"Patient/{resource['id']}",
        family=name["family"],
        given=" ".join(name["given"]),
        birth_date=date.fromisoformat(resource["birthDate"]),
        sex=resource["gender"],
        mrn=numbers[0] if numbers else resource["id"],
    )


def _is_mrn(identifier: dict[str, Any]) -> bool:
    codings = identifier.get("type", {}).get("coding", [])
    return any(coding["code"] == "MR" for coding in codings)


def _add(patient: ExpectedPatient, resource: dict[str, Any], concepts: dict[str, Any]) -> None:
    match resource["resourceType"]:
        case "Observation" if resource["status"] not in INVALID:
            categories = {c["code"] for cat in resource["category"] for c in cat["coding"]}
            if "laboratory" in categories:
                patient.labs.extend(_measurements(resource))
            elif "vital-signs" in categories:
                patient.vitals.extend(_measurements(resource))
        case "MedicationRequest":
            patient.medications.append(_prescription(resource, concepts))
        case "Condition":
            patient.conditions.append(_problem(resource))
        case _:
            pass


def _measurements(resource: dict[str, Any]) -> Iterator[Measurement]:
    instant = _when(resource["effectiveDateTime"])
    assert isinstance(instant, datetime)
    for part in (resource, *resource.get("component", [])):
        loinc = _code(part["code"], LOINC)
        if "valueQuantity" in part:
            quantity = part["valueQuantity"]
            yield Measurement(loinc, quantity["value"], quantity["code"], instant)
        elif "valueCodeableConcept" in part:
            display = part["valueCodeableConcept"]["coding"][0]["display"]
            yield Measurement(loinc, display, None, instant)
        elif "valueString" in part:
            yield Measurement(loinc, part["valueString"], None, instant)


def _prescription(resource: dict[str, Any], concepts: dict[str, Any]) -> Prescription:
    concept = resource.get("medicationCodeableConcept")
    if concept is None:
        reference = resource["medicationReference"]["reference"]
        inner = {f"#{c['id']}": c["code"] for c in resource.get("contained", [])}
        concept = inner.get(reference) or concepts[reference]
    return Prescription(_code(concept, RXNORM), resource["status"], _when(resource["authoredOn"]))


def _problem(resource: dict[str, Any]) -> Problem:
    systems = {coding["system"] for coding in resource["code"]["coding"]}
    url, name = (ICD_10_CM, "ICD-10-CM") if ICD_10_CM in systems else (SNOMED_CT, "SNOMED CT")
    onset: str = resource.get("onsetDateTime", "")
    complete = len(onset) >= len("2024-01-31")
    return Problem(
        name,
        _code(resource["code"], url),
        resource["clinicalStatus"]["coding"][0]["code"],
        _when(onset) if complete else None,
    )


def _code(concept: dict[str, Any], system: str) -> str:
    return next(c["code"] for c in concept["coding"] if c["system"] == system)


def _when(text: str) -> datetime | date:
    if "T" not in text:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).astimezone(UTC)
