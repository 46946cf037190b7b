"""`moonshot import-fhir` as an operator runs it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from psycopg import Connection

from models.identifier import uuid7
from moonshot_cli.commands.import_fhir import command
from services.exchange.fhir_import.report import UNSEEN
from tests.ground import APP, OWNER, WORKER, Database
from tests.personas import MASTER_KEY, Clinic
from tests.services.exchange.conftest import Rows
from tests.services.exchange.records import (
    SECRETS,
    Resource,
    bundle,
    coded,
    condition,
    lab,
    medication,
    ndjson,
    observation,
    patient,
)

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Run:
    roles = {"DATABASE_URL": APP, "DATABASE_WORKER_URL": WORKER, "DATABASE_OWNER_URL": OWNER}
    environment = {name: database.url(role) for name, role in roles.items()} | {
        "MOONSHOT_DATA": str(tmp_path / "data"),
        "MOONSHOT_MASTER_KEY": base64.urlsafe_b64encode(MASTER_KEY).decode(),
    }
    runner = CliRunner(env=environment)
    return lambda *arguments: runner.invoke(command, [str(a) for a in arguments])


@pytest.mark.promise("14.import.report", "14.import.command")
def test_files_are_taken_and_reported_in_words(
    run: Run, clinic: Clinic, written: Callable[..., Path], rows: Rows
) -> None:
    result = run(clinic.tenant_id, written(bundle(patient(), lab(), observation("o2"))))
    assert result.exit_code == 0, result.output
    assert "3 resources, 2 taken (2 new, 0 changed, 0 same), 1 skipped" in result.stdout
    assert "1 of 1 files read: 2 of 3 resources taken, 1 skipped" in result.stdout
    assert "1  Observation: no category" in result.stdout
    assert not result.stderr
    assert len(rows(clinic, "lab_results")) == 1


def test_a_resource_without_an_id_is_said_to_be_skipped_and_not_taken(
    run: Run, clinic: Clinic, written: Callable[..., Path], rows: Rows
) -> None:
    nameless = {name: value for name, value in patient().items() if name != "id"}
    for content in (
        ndjson(nameless),
        {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": nameless}]},
    ):
        result = run(clinic.tenant_id, written(content))
        assert result.exit_code == 0, result.output
        assert "1 of 1 files read: 0 of 1 resources taken, 1 skipped" in result.stdout
        assert "1  Patient: it has neither an id nor a fullUrl that gives one" in result.stdout
        assert "nothing of it was taken; all was skipped." in result.stderr
    assert rows(clinic, "patients") == []


def test_a_file_whose_only_patient_is_skipped_is_named(
    run: Run, clinic: Clinic, written: Callable[..., Path]
) -> None:
    unborn = written(bundle(patient(birthDate="2099-01-01"), lab()), "unborn.json")
    types = {"resourceType": "Organization", "id": "x"}
    result = run("--json", clinic.tenant_id, unborn, written(ndjson(types), "types.ndjson"))
    assert result.exit_code == 0, result.output
    assert result.stderr.endswith("unborn.json: nothing of it was taken; all was skipped.\n")
    assert result.stderr.count("nothing of it") == 1
    files = json.loads(result.stdout)["files"]
    assert [file["nothing_taken"] for file in files] == [True, False]


def test_the_report_can_be_had_as_json(
    run: Run, clinic: Clinic, written: Callable[..., Path]
) -> None:
    result = run("--json", clinic.tenant_id, written(bundle(patient(), lab())))
    said = json.loads(result.stdout)
    assert said["complete"] is True
    assert said["total"]["taken"] == {"Observation": {"new": 1}, "Patient": {"new": 1}}
    assert said["files"][0]["resources"] == 2


def unseen_chart() -> Resource:
    """Three drugs of two codes and a problem that no protocol knows, and words beside them."""
    tablet = coded(RXNORM, "314076", "lisinopril 10 MG Oral Tablet")
    drugs = [medication(f"m{n}", medicationCodeableConcept=tablet) for n in range(2)]
    noted = coded(RXNORM, "99999999") | {"text": "for Ottoline Quillfeather"}
    drugs.append(medication("m9", medicationCodeableConcept=noted))
    work = coded("http://snomed.info/sct", "160903007", "Full-time employment")
    return bundle(patient(), *drugs, condition(code=work))


def test_codes_that_no_protocol_sees_are_listed_by_how_often_they_occur(
    run: Run, clinic: Clinic, written: Callable[..., Path]
) -> None:
    said = run(clinic.tenant_id, written(unseen_chart())).stdout
    assert said.endswith(
        f"{UNSEEN}:\n"
        "          2  MedicationRequest: RxNorm 314076, lisinopril 10 MG Oral Tablet\n"
        "          1  MedicationRequest: RxNorm 99999999, no name given\n"
        "          1  Condition: SNOMED CT 160903007, Full-time employment\n"
    )
    assert not any(secret in said for secret in SECRETS)


def test_codes_that_no_protocol_sees_are_in_the_json(
    run: Run, clinic: Clinic, written: Callable[..., Path]
) -> None:
    path = written(unseen_chart())
    said = json.loads(run("--json", clinic.tenant_id, path, path).stdout)
    first, *others = said["unseen_by_lab_protocols"].pop("codes")
    assert said["unseen_by_lab_protocols"] == {"what_to_do": UNSEEN, "more_codes": 0}
    assert first == {
        "resource_type": "MedicationRequest",
        "system": "RxNorm",
        "code": "314076",
        "name": "lisinopril 10 MG Oral Tablet",
        "count": 4,
    }
    assert [(code["code"], code["count"]) for code in others] == [("99999999", 2), ("160903007", 2)]


def test_of_many_codes_the_most_frequent_are_listed(
    run: Run, clinic: Clinic, written: Callable[..., Path]
) -> None:
    numbers = [*range(60), 59]
    drugs = [
        medication(f"m{place}", medicationCodeableConcept=coded(RXNORM, str(90_000_000 + n)))
        for place, n in enumerate(numbers)
    ]
    lines = run(clinic.tenant_id, written(bundle(patient(), *drugs))).stdout.splitlines()
    assert lines[-1] == "  and 10 more codes"
    assert lines[-51] == "          2  MedicationRequest: RxNorm 90000059, no name given"


def test_a_refused_file_is_exit_code_1_while_the_others_are_taken(
    run: Run, clinic: Clinic, written: Callable[..., Path], rows: Rows
) -> None:
    result = run(clinic.tenant_id, written(b'{"resour', "cut.json"), written(bundle(patient())))
    assert result.exit_code == 1
    assert "cut.json: refused, nothing of it was taken: the JSON is not complete" in result.stdout
    assert len(rows(clinic, "patients")) == 1


def test_an_unknown_clinic_is_a_message_and_no_traceback(
    run: Run, written: Callable[..., Path]
) -> None:
    result = run(uuid7(), written(bundle(patient())))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: There is no such clinic in this installation. Name it")


@pytest.mark.promise("14.import.command")
def test_a_clinic_is_named_by_its_id_or_by_an_e_mail_address(
    run: Run, clinic: Clinic, written: Callable[..., Path], rows: Rows
) -> None:
    path = written(bundle(patient()))
    for unknown in ("Cedar Lane", "nobody@clinic.example"):
        result = run(unknown, path)
        assert result.exit_code == 1
        assert "Name it by its id" in result.stderr
    assert run(clinic.owner.email.upper(), path).exit_code == 0
    assert len(rows(clinic, "patients")) == 1


def test_the_largest_bundle_is_an_option(
    run: Run, clinic: Clinic, written: Callable[..., Path]
) -> None:
    path = written(bundle(patient(), lab(note=[{"text": "x" * 1_100_000}])))
    small = run("--max-bundle-mb", 1, clinic.tenant_id, path)
    assert "more than the limit of 1000000" in small.stdout
    assert run("--max-bundle-mb", 2, clinic.tenant_id, path).exit_code == 0


@pytest.mark.promise("10.events.operator")
def test_the_clinic_can_see_that_the_operator_asked(
    run: Run,
    clinic: Clinic,
    written: Callable[..., Path],
    connect: Callable[[str], Connection[Any]],
) -> None:
    run(clinic.tenant_id, written(bundle(patient())))
    owner = connect(OWNER)
    events = owner.execute(
        "SELECT detail FROM app.security_events WHERE tenant_id = %s AND kind = 'operator_job'",
        [clinic.tenant_id],
    ).fetchall()
    assert events == [({"job": "fhir_import"},)]
    done = owner.execute(
        "SELECT done_at IS NOT NULL, role FROM app.outbox WHERE tenant_id = %s",
        [clinic.tenant_id],
    ).fetchall()
    assert done == [(True, "owner")]
