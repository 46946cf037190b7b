"""A process that is ended in the middle of a file leaves nothing of that file."""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream
from psycopg import Connection

from services.settings import PROJECT
from tests.ground import OWNER, WORKER, Database
from tests.personas import Clinic
from tests.services.exchange.conftest import NewJob, Rows, Take
from tests.services.exchange.records import lab, ndjson, patient

pytestmark = pytest.mark.anyio

HALF_WAY = Path(__file__).with_name("half_way.py")

Kill = Callable[[Clinic, Path], Awaitable[None]]


@pytest.fixture
def killed_half_way(database: Database, new_job: NewJob) -> Kill:
    """Starts an import in a process of its own, and ends that once rows have been written."""

    async def kill(clinic: Clinic, path: Path) -> None:
        job_id = await new_job(clinic.tenant_id)
        arguments = [sys.executable, str(HALF_WAY), database.url(WORKER), str(job_id), str(path)]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        async with await anyio.open_process(arguments, env=environment, stderr=None) as process:
            assert process.stdout is not None
            said = BufferedByteReceiveStream(process.stdout)
            assert await said.receive_until(b"\n", 100) == b"half way"
            process.send_signal(signal.SIGKILL)

    return kill


@pytest.mark.promise("14.import.resumed")
async def test_a_killed_import_leaves_nothing_and_can_simply_be_run_again(
    killed_half_way: Kill, clinic: Clinic, written: Callable[..., Path], take: Take, rows: Rows
) -> None:
    path = written(ndjson(patient(), *(lab(f"o{n}") for n in range(3_000))))
    await killed_half_way(clinic, path)
    assert rows(clinic, "patients") == rows(clinic, "lab_results") == []
    result = await take(clinic, path)
    assert result.total.taken == {"Patient": {"new": 1}, "Observation": {"new": 3_000}}


async def test_what_a_killed_import_left_is_no_work_for_a_worker_and_closed_by_the_next(
    new_job: NewJob,
    clinic: Clinic,
    other_clinic: Clinic,
    take: Take,
    connect: Callable[[str], Connection[Any]],
) -> None:
    left, recent, elsewhere = [await new_job(of.tenant_id) for of in (clinic, clinic, other_clinic)]
    worker, owner = connect(WORKER), connect(OWNER)
    mine = [left, recent, elsewhere]
    due = "SELECT outbox_id FROM jobs.queue WHERE outbox_id = ANY (%s) AND run_at <= now()"
    assert worker.execute(due, [mine]).fetchall() == []
    owner.execute(
        "UPDATE app.outbox SET created_at = created_at - interval '25 hours' WHERE id = ANY (%s)",
        [[left, elsewhere]],
    )
    await take(clinic, ndjson(patient()))
    queued = worker.execute("SELECT outbox_id FROM jobs.queue WHERE outbox_id = ANY (%s)", [mine])
    assert {job for (job,) in queued} == {recent, elsewhere}
    undone = owner.execute(
        "SELECT id FROM app.outbox WHERE id = ANY (%s) AND done_at IS NULL", [mine]
    )
    assert {job for (job,) in undone} == {recent, elsewhere}


async def test_an_import_that_is_at_work_is_not_closed_by_the_next(
    new_job: NewJob, clinic: Clinic, connect: Callable[[str], Connection[Any]]
) -> None:
    at_work = await new_job(clinic.tenant_id)
    connect(OWNER).execute(
        "UPDATE app.outbox SET created_at = created_at - interval '9 days' WHERE id = %s", [at_work]
    )
    worker = connect(WORKER)
    with worker.transaction():
        worker.execute("SELECT app.begin_job(%s)", [at_work])
        with anyio.fail_after(10):
            await new_job(clinic.tenant_id)
        worker.execute("SELECT app.finish_job()")
