"""Files that are wrong: nothing of them is taken, and the message says where, and nothing else."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.exchange.fhir_import.report import FileReport, count
from services.exchange.fhir_import.source import Limits
from tests.personas import Clinic
from tests.services.exchange.conftest import TABLES, Content, Rows, Take
from tests.services.exchange.records import (
    SECRETS,
    Resource,
    bundle,
    condition,
    document,
    encounter,
    lab,
    medication,
    ndjson,
    one_of_each,
    patient,
)

pytestmark = pytest.mark.anyio

WHOLE = json.dumps(bundle(*one_of_each())).encode()


def refusal(report: FileReport) -> str:
    """The message; nothing was taken or counted, and nothing of the patient is in it."""
    assert report.refused is not None
    assert (report.resources, report.taken, report.skipped) == (0, {}, {})
    assert not [secret for secret in SECRETS if secret in report.refused]
    return report.refused


@pytest.mark.promise("14.import.whole")
@pytest.mark.parametrize("part", range(20))
async def test_a_bundle_cut_off_anywhere_brings_nothing_and_says_at_which_byte(
    part: int,
    take: Take,
    clinic: Clinic,
    everything: Callable[[Clinic], dict[str, list[Any]]],
    written: Callable[..., Path],
) -> None:
    cut = len(WHOLE) * part // 20 + 1
    path = written(WHOLE[:cut], "cut.json")
    message = refusal((await take(clinic, path)).files[0])
    assert message == f"the JSON is not complete: cut off, or broken, by byte {cut} of the file."
    assert everything(clinic) == {table: [] for table in TABLES}


@pytest.mark.promise("14.import.whole")
@pytest.mark.parametrize("part", range(1, 20))
async def test_ndjson_cut_off_within_a_line_brings_nothing_and_names_the_line(
    part: int, take: Take, clinic: Clinic, everything: Callable[[Clinic], dict[str, list[Any]]]
) -> None:
    text = ndjson(*one_of_each())
    cut = len(text) * part // 20
    line = text[:cut].count(b"\n") + 1
    message = refusal((await take(clinic, text[:cut])).files[0])
    assert message.startswith(f"line {line}: the JSON is not complete")
    assert f"byte {cut} of the file" in message
    assert everything(clinic) == {table: [] for table in TABLES}


@pytest.mark.promise("14.import.whole")
async def test_the_other_files_go_on(take: Take, clinic: Clinic, rows: Rows) -> None:
    result = await take(clinic, bundle(patient("a")), WHOLE[:900], bundle(patient("b")))
    assert [file.refused is None for file in result.files].count(False) == 1
    assert not result.complete
    assert [row["source_id"] for row in rows(clinic, "patients")] == ["Patient/a", "Patient/b"]
    assert result.total.resources == 2


DEEP = b"[" * 10_000 + b"]" * 10_000
FORMS: list[tuple[bytes, str]] = [
    (b"", "is empty."),
    (b"%PDF-1.7 ...", "is not JSON: byte 0 of the file."),
    (b"[1, 2]", "expected object, got array."),
    (b"null", "expected object, got null."),
    (b"\xff\xfe" + "{}".encode("utf-16-le"), "is not UTF-8: byte 0 of the file."),
    (b'{"resourceType": "B\xffndle"}', "is not UTF-8: byte 19 of the file."),
    (b'{"type": "collection"}', "object missing required field resourceType."),
    (b'{"resourceType":\n"Patient"}', "is not a FHIR Bundle, nor NDJSON with one resource a line."),
    (
        b'{"resourceType": "Bundle", "type": "history"}',
        "must be a bundle of one of these types: transaction, collection, batch, searchset.",
    ),
    (b'{"resourceType": "Bundle", "type": 5}', "type: expected str, got int."),
    (
        b'{"resourceType": "Bundle", "type": "batch", "entry": {}}',
        "Bundle: entry: expected array, got object.",
    ),
    (
        b'{"resourceType": "Bundle", "type": "batch", "entry": [{}, 7]}',
        "Bundle: entry[1]: expected object, got int.",
    ),
    (
        b'{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": []}]}',
        "Bundle.entry[0]: expected object, got array.",
    ),
    (
        b'{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {"id": "1"}}]}',
        "Bundle.entry[0]: object missing required field resourceType.",
    ),
    (
        b'{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {"resourceType":1}}]}',
        "Bundle.entry[0]: resourceType: expected str, got int.",
    ),
    (
        b'{"resourceType": "Bundle", "type": "batch", "entry": [{"x": ' + DEEP + b"}]}",
        "objects are nested too deeply.",
    ),
    (b'{"resourceType": "Bundle", "type": "batch"} trailing', "is not JSON: byte 45 of the file."),
    (
        b'{"resourceType": "Bundle", "type": "\\ud800"}',
        "the JSON is not complete: cut off, or broken, by byte 44 of the file.",
    ),
]


@pytest.mark.parametrize(("content", "message"), FORMS)
async def test_what_is_no_bundle_is_refused_with_the_reason(
    content: bytes, message: str, take: Take, clinic: Clinic, written: Callable[..., Path]
) -> None:
    result = await take(clinic, written(content, "file.json"))
    assert refusal(result.files[0]) == message


UNKNOWN_PATIENT = (
    "refers to a patient who is neither in this file nor was imported before. "
    "Import that patient first."
)
CONTENTS: list[tuple[Resource, str]] = [
    (lab(code="hematocrit"), "code: expected object, got str."),
    (lab(code={"coding": {}}), "code.coding: expected array, got object."),
    (lab(code={"coding": [{"code": 4}]}), "code.coding[0].code: expected str, got int."),
    (lab(valueQuantity={"value": "44"}), "valueQuantity.value: expected a number."),
    (lab(valueQuantity={"value": True}), "valueQuantity.value: expected a number."),
    (lab(valueQuantity=44), "valueQuantity: expected object, got int."),
    (lab(subject="Patient/p1"), "subject: expected object, got str."),
    (
        lab(effectiveDateTime="5 March 1961-07-14"),
        "effectiveDateTime: expected a FHIR date, or a dateTime with a time zone.",
    ),
    (
        lab(effectiveDateTime="2024-03-05T10:00:00"),
        "effectiveDateTime: expected a FHIR date, or a dateTime with a time zone.",
    ),
    (lab(effectiveDateTime="2023-02-29"), "effectiveDateTime: expected a date of the calendar."),
    (lab(effectiveDateTime=1709650800), "effectiveDateTime: expected a date in a string."),
    (
        lab(code={"text": "Quillfeather\0"}),
        "code.text: holds the character U+0000.",
    ),
    (
        lab(note=[{"text": "x"}, {"Ottoline\0": 1}]),
        "note[1]: holds the character U+0000.",
    ),
    (
        document(content=[{"attachment": {"contentType": "text/plain", "data": "Quillfeather!"}}]),
        "content[0].attachment.data: expected base64.",
    ),
    (
        lab(subject={"reference": "Patient/EX-555"}),
        f"subject: {UNKNOWN_PATIENT}",
    ),
    (
        medication(contained=[{}, 7], medicationReference={"reference": "#1"}),
        "contained[0]: object missing required field resourceType.",
    ),
]


@pytest.mark.parametrize(("resource", "message"), CONTENTS)
async def test_what_is_not_fhir_is_refused_by_its_path(
    resource: Resource, message: str, take: Take, clinic: Clinic, rows: Rows
) -> None:
    if "medicationReference" in resource:
        del resource["medicationCodeableConcept"]
    kind, number = resource["resourceType"], resource["id"]
    result = await take(clinic, bundle(patient(), resource))
    place = f"Bundle.entry[1] ({kind}, https://fhir.example/fhir/{kind}/{number}): "
    assert refusal(result.files[0]) == place + message
    assert rows(clinic, "patients") == []


async def test_a_type_that_cannot_be_one_is_not_repeated(take: Take, clinic: Clinic) -> None:
    message = refusal((await take(clinic, ndjson(patient(resourceType="\x1b[31m")))).files[0])
    assert message == "line 1: resourceType: expected a type of FHIR resource."


async def test_a_line_of_ndjson_is_named_with_its_type(take: Take, clinic: Clinic) -> None:
    text = b"\n" + ndjson(patient(), lab(code=5))
    assert refusal((await take(clinic, text)).files[0]) == (
        "line 3 (Observation): code: expected object, got int."
    )


async def test_the_same_id_twice_in_a_file_is_refused(take: Take, clinic: Clinic) -> None:
    message = refusal((await take(clinic, bundle(patient(), lab(), patient()))).files[0])
    assert message == (
        "Bundle.entry[2] (Patient, https://fhir.example/fhir/Patient/p1): id: "
        "the same type and id came before in this file."
    )


async def test_a_record_number_that_is_another_patients_is_refused(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    twin = patient("p2", identifier=patient()["identifier"])
    in_one_file = await take(clinic, bundle(patient(), twin))
    assert rows(clinic, "patients") == []
    await take(clinic, bundle(patient()))
    in_two = await take(clinic, bundle(twin))
    assert len(rows(clinic, "patients")) == 1
    for result in (in_one_file, in_two):
        assert refusal(result.files[0]).endswith(
            "identifier: another patient of this clinic has the same medical record number."
        )


async def test_a_patient_of_another_clinic_is_not_known(
    take: Take, clinic: Clinic, other_clinic: Clinic
) -> None:
    await take(other_clinic, bundle(patient()))
    assert "refers to a patient" in refusal((await take(clinic, bundle(lab()))).files[0])


async def test_a_patient_of_another_server_is_not_taken_for_one_of_this(
    take: Take, clinic: Clinic
) -> None:
    elsewhere = lab(subject={"reference": "https://other.example/fhir/Patient/p1"})
    result = await take(clinic, bundle(patient(), elsewhere))
    assert "subject: refers to a patient" in refusal(result.files[0])


@pytest.mark.parametrize("content", [bundle(patient(), lab()), ndjson(patient(), lab())])
async def test_a_resource_that_is_too_large_is_refused(
    content: Content, take: Take, clinic: Clinic
) -> None:
    message = refusal((await take(clinic, content, limits=Limits(resource=300))).files[0])
    assert re.match(r"(Bundle.entry\[0\]|line 1)", message)
    assert "the resource has more than 300 bytes" in message


async def test_a_bundle_that_is_too_large_is_refused_unread(take: Take, clinic: Clinic) -> None:
    limits = Limits(bundle=len(WHOLE) - 1)
    message = refusal((await take(clinic, bundle(*one_of_each()), limits=limits)).files[0])
    assert message.startswith(f"the bundle has {len(WHOLE)} bytes, more than the limit")


async def test_a_file_that_is_not_there_or_is_a_folder_is_refused(
    take: Take, clinic: Clinic, tmp_path: Path
) -> None:
    result = await take(clinic, tmp_path / "nothing.json", tmp_path)
    assert [refusal(file) for file in result.files] == [
        "cannot be read: No such file or directory.",
        "is no file: name the files themselves.",
    ]


async def test_text_that_looks_like_an_address_but_is_none_is_not_repeated(
    take: Take, clinic: Clinic
) -> None:
    content = bundle(patient(), condition(code=5))
    content["entry"][1]["fullUrl"] = "Ottoline \x1b[2J"
    assert refusal((await take(clinic, content)).files[0]).startswith(
        "Bundle.entry[1] (Condition): code:"
    )


WRONG: tuple[Any, ...] = (7, "Quillfeather", True, [], {}, [7], {"coding": 7}, None)


def _mutations(value: Any, at: int = 0) -> list[Any]:
    """The resource with each part replaced in turn by something of another kind."""
    found: list[Any] = []
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for n, (key, inner) in enumerate(parts):
        copy = value.copy()
        copy[key] = WRONG[(at + n) % len(WRONG)]
        found.append(copy)
        if isinstance(inner, dict | list):
            for changed in _mutations(inner, at + n):
                copy = value.copy()
                copy[key] = changed
                found.append(copy)
    return found


@pytest.mark.parametrize("place", range(len(one_of_each())))
async def test_a_wrong_type_anywhere_is_refused_or_skipped_but_never_a_fault(
    place: int, take: Take, clinic: Clinic
) -> None:
    resources = one_of_each()
    await take(clinic, bundle(*resources))
    own = resources[place]
    changed = [m for turn in range(3) for m in _mutations(own, turn * 3)]
    lines = [ndjson(resource) for resource in changed]
    result = await take(clinic, *lines)
    refused = [file for file in result.files if file.refused is not None]
    for file in refused:
        refusal(file)
    for file in result.files:
        assert count(file.taken) + count(file.skipped) == file.resources
    assert len(refused) > len(lines) // 3


async def test_an_encounter_of_another_patient_does_not_join_two_charts(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    mixed = lab(encounter={"reference": "Encounter/e1"}, subject={"reference": "Patient/p2"})
    await take(clinic, bundle(patient(), patient("p2"), encounter(), mixed))
    (result,) = rows(clinic, "lab_results")
    assert result["encounter_id"] is None
