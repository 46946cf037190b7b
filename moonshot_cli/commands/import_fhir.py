"""`moonshot import-fhir TENANT FILES…`: FHIR R4 records into one clinic."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from moonshot_cli.failure import Failure
from moonshot_cli.installation import open_installation
from services.database import operator
from services.database.pool import Pool
from services.errors import ClinicError
from services.exchange.fhir_import.report import (
    UNSEEN,
    Counts,
    FileReport,
    ImportReport,
    count,
)
from services.exchange.fhir_import.run import JOB, Progress, import_files
from services.exchange.fhir_import.source import MEGABYTE, Limits
from services.settings import Settings, read_settings

_OUTCOMES: Final = ("new", "changed", "same")


@click.command(name="import-fhir")
@click.argument("tenant")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--max-bundle-mb",
    type=click.IntRange(min=1),
    default=Limits().bundle // MEGABYTE,
    show_default=True,
    help="Largest bundle, in millions of bytes. It is held in memory as a whole.",
)
@click.option(
    "--max-resource-mb",
    type=click.IntRange(min=1),
    default=Limits().resource // MEGABYTE,
    show_default=True,
    help="Largest resource, in millions of bytes.",
)
def command(
    tenant: str,
    files: tuple[Path, ...],
    *,
    as_json: bool,
    max_bundle_mb: int,
    max_resource_mb: int,
) -> None:
    """Take FHIR R4 records from FILES into the clinic TENANT.

    TENANT is the clinic's id, which `moonshot sandbox` and `moonshot up` print, or the e-mail
    address of someone who works in one clinic only. FILES are transaction, collection, batch or
    searchset bundles, or NDJSON with one resource a line, in UTF-8.

    A file is taken whole or not at all. A file that is wrong is refused, the message says where,
    and the others go on; the exit code is then 1. Taking a file again changes nothing, so an
    interrupted import is simply run again. The clinic's security log says that the operator asked.

    A resource that cannot be kept is skipped and counted with its reason. That does not change the
    exit code, even if all of a file was skipped; such a file is named on standard error, and has
    `nothing_taken` in the JSON.
    """
    limits = Limits(max_bundle_mb * MEGABYTE, max_resource_mb * MEGABYTE)
    with open_installation(read_settings(), "import-fhir") as settings:
        try:
            report = asyncio.run(_import(settings, tenant, files, limits))
        except ClinicError as error:
            raise Failure(str(error)) from error
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        for line in _lines(report):
            click.echo(line)
    for file in report.files:
        if file.nothing_taken:
            click.echo(f"{file.name}: nothing of it was taken; all was skipped.", err=True)
    if not report.complete:
        sys.exit(1)


async def _import(
    settings: Settings, tenant: str, files: tuple[Path, ...], limits: Limits
) -> ImportReport:
    owner = Pool(settings.url_of("DATABASE_OWNER_URL"), size=1)
    worker = Pool(settings.url_of("DATABASE_WORKER_URL"), size=1)
    try:
        clinic = await operator.clinic(owner, tenant)
        job_id = await operator.enqueue(owner, clinic.tenant_id, JOB)
        show = _shower_of_progress()
        return await import_files(worker, job_id, files, limits=limits, on_progress=show)
    finally:
        await worker.close()
        await owner.close()


def _shower_of_progress() -> Callable[[Progress], None]:
    """Shows one line that is written over; nothing where no person is watching."""
    if not sys.stderr.isatty():
        return lambda _progress: None

    def show(progress: Progress) -> None:
        done = progress.done == progress.total
        text = (
            f"\r\x1b[K[{progress.number}/{progress.files}] {progress.file}: "
            f"{progress.done:,} of {progress.total:,} resources"
        )
        click.echo("\r\x1b[K" if done else text, nl=False, err=True)

    return show


def _lines(report: ImportReport) -> Iterator[str]:
    for file in report.files:
        if file.refused is not None:
            yield f"{file.name}: refused, nothing of it was taken: {file.refused}"
            continue
        yield (
            f"{file.name}: {file.resources:,} resources, {count(file.taken):,} taken "
            f"({_outcomes(file)}), {count(file.skipped):,} skipped, in {file.seconds:.1f} s"
        )
    total = report.total
    refused = sum(file.refused is not None for file in report.files)
    yield ""
    yield (
        f"{len(report.files) - refused} of {len(report.files)} files read: "
        f"{count(total.taken):,} of {total.resources:,} resources taken, "
        f"{count(total.skipped):,} skipped, in {total.seconds:.1f} s."
    )
    yield from _table("Taken", total.taken)
    yield from _table("Skipped", total.skipped)
    yield from _table("Notes on what was taken", total.notes)
    yield from _unseen(report)


def _outcomes(file: FileReport) -> str:
    sums = {o: sum(by.get(o, 0) for by in file.taken.values()) for o in _OUTCOMES}
    return ", ".join(f"{number:,} {outcome}" for outcome, number in sums.items())


def _unseen(report: ImportReport) -> Iterator[str]:
    codes, more = report.most_unseen()
    if not codes:
        return
    yield f"{UNSEEN}:"
    for code, number in codes:
        name = code.name or "no name given"
        yield f"  {number:>9,}  {code.resource_type}: {code.system} {code.code}, {name}"
    if more:
        yield f"  and {more:,} more codes"


def _table(title: str, counts: Counts) -> Iterator[str]:
    if not counts:
        return
    yield f"{title}:"
    for resource_type, by_word in sorted(counts.items()):
        for word, number in sorted(by_word.items()):
            yield f"  {number:>9,}  {resource_type}: {word}"
