"""The real Synthea patients, taken in by the command's service and read back through the tools."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from services.database import operator
from services.database.pool import Pool
from services.exchange.fhir_import.run import JOB, import_files
from tests.ground import OWNER, WORKER, Database
from tests.mcp_server.endpoint import Endpoint
from tests.personas import Clinic
from tests.services.exchange.independent_reader import ExpectedPatient, Measurement, read

SYNTHEA = Path(__file__).parents[3] / "shared" / "data" / "synthea-r4"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not SYNTHEA.is_dir(), reason="the Synthea patients are not beside the tree"),
]

Value = tuple[str, float, str | None, datetime]


@pytest.fixture
async def filled(database: Database, new_sandbox: Callable[[], Clinic]) -> AsyncGenerator[Clinic]:
    """A clinic that has taken in the twelve bundles, twice."""
    clinic = new_sandbox()
    owner, worker = Pool(database.url(OWNER), size=1), Pool(database.url(WORKER), size=1)
    files = tuple(sorted(SYNTHEA.glob("*.json")))
    for _ in range(2):
        job = await operator.enqueue(owner, clinic.tenant_id, JOB)
        report = await import_files(worker, job, files)
        assert report.complete
    yield clinic
    await owner.close()
    await worker.close()


@pytest.mark.promise("7.fields.synthea-is-clean", "14.import.as-written")
async def test_every_patient_and_each_lab_value_comes_back_and_none_is_invented(
    filled: Clinic, endpoint: Endpoint, connect: Callable[[str], Connection[Any]]
) -> None:
    expected = read(SYNTHEA)
    assert len(expected) == 12
    token = filled.provider.token.text
    for patient in expected:
        found = find(endpoint, token, patient)
        assert Counter(measured(patient.labs)) == Counter(answered(endpoint, token, found))
        asked = {"patient_id": found}
        assert endpoint.call("get_patient", asked, token=filled.nurse.token.text).content
    tainted = connect(OWNER).execute(
        "SELECT 1 FROM app.mcp_taints WHERE user_id = %s", [filled.nurse.user_id]
    )
    assert tainted.fetchall() == [], "no patient's details are doubtful"
    counted = sum(len(patient.labs) for patient in expected)
    with connect(OWNER) as owner, owner.transaction():
        rows = owner.execute(
            "SELECT count(*) FROM app.lab_results WHERE tenant_id = %s", [filled.tenant_id]
        )
        assert rows.fetchone() == (counted,)


def find(endpoint: Endpoint, token: str, patient: ExpectedPatient) -> str:
    """The patient's id here, found by name, and the same person by birth date and MRN."""
    query = f"{patient.given} {patient.family}"
    matches = endpoint.call("search_patients", {"query": query}, token=token).content["patients"]
    (match,) = [m for m in matches if m["mrn"] == patient.mrn]
    assert match["match"] == 1
    assert match["birth_date"] == patient.birth_date.isoformat()
    details = endpoint.call("get_patient", {"patient_id": match["patient_id"]}, token=token).content
    assert (details["name"], details["sex"]) == (query, patient.sex)
    return match["patient_id"]


def measured(labs: list[Measurement]) -> Iterator[Value]:
    for lab in labs:
        yield lab.loinc, float(Decimal(lab.value)), lab.unit, lab.instant.astimezone(UTC)


def answered(endpoint: Endpoint, token: str, patient_id: str) -> Iterator[Value]:
    """All results, page after page."""
    arguments = {"patient_id": patient_id, "limit": 7}
    while True:
        page = endpoint.call("get_labs", arguments, token=token).content
        for marker in page["markers"]:
            for result in marker["results"]:
                at = datetime.fromisoformat(result["collected"]).astimezone(UTC)
                yield marker["loinc"], result["value"], marker.get("unit"), at
        if "next_cursor" not in page:
            return
        arguments = {**arguments, "cursor": page["next_cursor"]}
