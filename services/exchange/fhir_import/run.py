"""Many files, each in a transaction of its own: one that is wrong does not stop the rest."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from models.permission import Permission
from services.database import opening
from services.database.pool import Pool
from services.database.refused import RowRefused, refusals_explained
from services.database.session import clinic_transaction
from services.database.statement import statement
from services.errors import Unavailable
from services.exchange.fhir_import.kinds import KINDS
from services.exchange.fhir_import.refusal import FileRefused
from services.exchange.fhir_import.report import FileReport, ImportReport, Tally
from services.exchange.fhir_import.source import Limits, opened, type_of_first
from services.exchange.fhir_import.transfer import transfer

JOB = "fhir_import"
"""The kind of job in which an import runs."""

_FINISH = statement("SELECT app.finish_job()")
_LAST = 99


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: resources done of the file, and files."""

    file: str
    number: int
    files: int
    done: int
    total: int


def _quiet(_progress: Progress) -> None:
    """Tell nobody."""


async def import_files(
    pool: Pool,
    job_id: UUID,
    files: Sequence[Path],
    *,
    limits: Limits | None = None,
    on_progress: Callable[[Progress], None] = _quiet,
) -> ImportReport:
    """Take FHIR R4 bundles and NDJSON into the clinic of this job, each file whole or not at all.

    `pool` logs in as moonshot_worker. Bundles come first, then NDJSON in the order in which its
    types refer to each other; otherwise files keep their order. Taking a file again changes
    nothing. Raises NotAuthenticated for a job that is unknown or finished, NotPermitted.
    """
    limits = limits or Limits()
    ordered = sorted(files, key=lambda path: _rank(path, limits))
    reports: list[FileReport] = []
    for number, path in enumerate(ordered, 1):

        def tell(done: int, total: int, name: str = path.name, number: int = number) -> None:
            on_progress(Progress(name, number, len(ordered), done, total))

        reports.append(await _import_file(pool, job_id, path, limits, tell))
    with suppress(Unavailable):  # the report says what was taken, finished or not
        async with clinic_transaction(pool, opening.job(job_id)) as session:
            await session.rows(_FINISH)
    return ImportReport(tuple(reports))


async def _import_file(
    pool: Pool, job_id: UUID, path: Path, limits: Limits, tell: Callable[[int, int], None]
) -> FileReport:
    began = time.perf_counter()
    tally = Tally()
    try:
        source = opened(path, limits)
        with refusals_explained():
            async with clinic_transaction(pool, opening.job(job_id)) as session:
                # Who takes records in must be able to see all that they hold.
                session.require(Permission.VIEW_CHARTS)
                session.require(Permission.VIEW_ALL_FINANCES)
                resources = await transfer(session, source, tally, tell)
    except (FileRefused, RowRefused, Unavailable) as refusal:
        return FileReport(str(path), refused=str(refusal), seconds=time.perf_counter() - began)
    return FileReport(
        name=str(path),
        resources=resources,
        taken=tally.taken,
        skipped=tally.skipped,
        notes=tally.notes,
        unseen=tally.unseen,
        seconds=time.perf_counter() - began,
    )


def _rank(path: Path, limits: Limits) -> int:
    """Bundles hold what they refer to; NDJSON of one type refers to other files."""
    resource_type = type_of_first(path, limits)
    if resource_type is None or resource_type == "Bundle":
        return -1
    kind = KINDS.get(resource_type)
    return kind.rank if kind else _LAST
