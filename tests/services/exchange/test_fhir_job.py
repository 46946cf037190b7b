"""An import is a job of the clinic: who may cause it, and what it tells while it works."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from models.identifier import uuid7
from services.database.pool import Pool
from services.errors import NotAuthenticated, NotPermitted
from services.exchange.fhir_import import transfer
from services.exchange.fhir_import.run import JOB, Progress, import_files
from tests.ground import APP
from tests.personas import SESSION, Clinic, Person
from tests.services.exchange.conftest import NewJob, Rows
from tests.services.exchange.records import bundle, lab, ndjson, of_patient, patient

pytestmark = pytest.mark.anyio


def caused_by(app: Connection[Any], clinic: Clinic, person: Person) -> UUID:
    """A job that someone asked for in the browser."""
    job_id = uuid7()
    with app.transaction():
        app.execute(SESSION, [person.session_hash])
        app.execute(
            "INSERT INTO app.outbox (tenant_id, id, kind) VALUES (%s, %s, %s)",
            (clinic.tenant_id, job_id, JOB),
        )
    return job_id


@pytest.mark.parametrize("role", ["nurse", "front_desk", "biller", "growth", "auditor"])
async def test_who_may_not_see_all_that_comes_in_cannot_import(
    role: str,
    clinic: Clinic,
    worker_pool: Pool,
    connect: Callable[[str], Connection[Any]],
    written: Callable[..., Path],
) -> None:
    job_id = caused_by(connect(APP), clinic, getattr(clinic, role))
    with pytest.raises(NotPermitted):
        await import_files(worker_pool, job_id, [written(bundle(patient()))])


async def test_the_owner_may_import(
    clinic: Clinic,
    worker_pool: Pool,
    connect: Callable[[str], Connection[Any]],
    written: Callable[..., Path],
    rows: Rows,
) -> None:
    job_id = caused_by(connect(APP), clinic, clinic.owner)
    assert (await import_files(worker_pool, job_id, [written(bundle(patient()))])).complete
    assert len(rows(clinic, "patients")) == 1


async def test_a_job_is_good_for_one_import(
    clinic: Clinic, worker_pool: Pool, new_job: NewJob, written: Callable[..., Path]
) -> None:
    job_id = await new_job(clinic.tenant_id)
    await import_files(worker_pool, job_id, [written(bundle(patient()))])
    with pytest.raises(NotAuthenticated):
        await import_files(worker_pool, job_id, [written(bundle(patient()))])


@pytest.mark.promise("14.import.progress")
async def test_progress_is_told_by_file_up_to_the_last_resource(
    clinic: Clinic,
    worker_pool: Pool,
    new_job: NewJob,
    written: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transfer, "ROWS_AT_ONCE", 2)
    other = of_patient("CarePlan", "x")
    people = written(ndjson(patient()), "people.ndjson")
    labs = written(ndjson(other, *(lab(f"o{n}") for n in range(5))), "labs.ndjson")
    told: list[Progress] = []
    job_id = await new_job(clinic.tenant_id)
    await import_files(worker_pool, job_id, [labs, people], on_progress=told.append)
    assert [(p.file, p.number, p.files, p.done, p.total) for p in told] == [
        ("people.ndjson", 1, 2, 0, 1),
        ("people.ndjson", 1, 2, 1, 1),
        ("labs.ndjson", 2, 2, 1, 6),
        ("labs.ndjson", 2, 2, 3, 6),
        ("labs.ndjson", 2, 2, 5, 6),
        ("labs.ndjson", 2, 2, 6, 6),
    ]
