"""One file, read and written in one transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.database.session import ClinicSession
from services.exchange.fhir_import.batch import Store
from services.exchange.fhir_import.decode import decode
from services.exchange.fhir_import.kinds import KINDS, Kind
from services.exchange.fhir_import.mapping import Clinic, Context, Mapped
from services.exchange.fhir_import.refusal import FileRefused, Wrong
from services.exchange.fhir_import.report import Skipped, Tally
from services.exchange.fhir_import.source import Found, Source
from services.exchange.fhir_import.survey import Head, Survey, head_of, source_id_of

ROWS_AT_ONCE = 2_000
BYTES_AT_ONCE = 16_000_000
"""Whichever comes first; so memory does not grow with the file."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A resource that is to be stored."""

    found: Found
    kind: Kind
    head: Head
    source_id: str


async def transfer(
    session: ClinicSession, source: Source, tally: Tally, on_progress: Callable[[int, int], None]
) -> int:
    """Take a file; give how many resources it has. FileRefused, with nothing to keep, if it cannot.

    `on_progress` is told how many of how many resources are done.
    """
    principal = await session.begin()
    survey = Survey(source, tally)
    clinic = Clinic(principal.tenant_id, principal.zone, principal.now, survey.index)
    store = Store(session, tally)
    done = survey.resources - survey.kept
    on_progress(done, survey.resources)
    for rank in sorted(survey.ranks):
        for waiting in _batches(source, rank):
            await store.put(*_map(waiting, clinic, tally))
            done += len(waiting)
            on_progress(done, survey.resources)
    return survey.resources


def _batches(source: Source, rank: int) -> Iterator[list[Waiting]]:
    batch: list[Waiting] = []
    size = 0
    for found in source:
        if not found.json:
            continue
        head = head_of(found)
        kind = KINDS.get(head.resource_type)
        source_id = source_id_of(head, found)
        if kind is None or kind.rank != rank or source_id is None:
            continue
        batch.append(Waiting(found, kind, head, source_id))
        size += len(memoryview(found.json))
        if len(batch) >= ROWS_AT_ONCE or size >= BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _map(batch: list[Waiting], clinic: Clinic, tally: Tally) -> tuple[list[Mapped], list[Context]]:
    """Rows, and the places of what is skipped, which is counted here."""
    mapped: list[Mapped] = []
    skipped: list[Context] = []
    for one in batch:
        place = one.found.place(one.head.resource_type)
        context = Context(clinic, place, one.head.resource_type, one.source_id)
        resource = decode(one.found.json, one.kind.resource, place, offset=one.found.offset)
        try:
            mapped.append(Mapped(context, one.kind.to_row(resource, context)))
        except Skipped as why:
            tally.skip(context.resource_type, why)
            skipped.append(context)
        except Wrong as wrong:
            raise FileRefused(wrong.what, place=place, path=wrong.path) from None
    return mapped, skipped
