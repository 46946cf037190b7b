"""A process that is ended in the middle of a file leaves nothing of that file."""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from services.settings import PROJECT
from tests.ground import WORKER, Database
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


async def test_a_killed_import_leaves_nothing_and_can_simply_be_run_again(
    killed_half_way: Kill, clinic: Clinic, written: Callable[..., Path], take: Take, rows: Rows
) -> None:
    path = written(ndjson(patient(), *(lab(f"o{n}") for n in range(3_000))))
    await killed_half_way(clinic, path)
    assert rows(clinic, "patients") == rows(clinic, "lab_results") == []
    result = await take(clinic, path)
    assert result.total.taken == {"Patient": {"new": 1}, "Observation": {"new": 3_000}}
