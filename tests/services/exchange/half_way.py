"""Imports a file and stops half way, for ever: the test that started it ends it.

Arguments: URL of moonshot_worker, id of the job, the file.
"""

import asyncio
import sys
import threading
from pathlib import Path
from uuid import UUID

from services.database.pool import Pool
from services.exchange.fhir_import.run import Progress, import_files


def stop_half_way(progress: Progress) -> None:
    if 0 < progress.done < progress.total:
        print("half way", flush=True)  # noqa: T201 -- the test waits for it
        threading.Event().wait()


async def main(url: str, job_id: str, file: str) -> None:
    pool = Pool(url, size=1)
    await import_files(pool, UUID(job_id), [Path(file)], on_progress=stop_half_way)


asyncio.run(main(*sys.argv[1:]))
