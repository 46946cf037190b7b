"""How rows are put into their tables, and what that did for each: new, changed, the same."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from models.appointment import Appointment
from models.base import ClinicRow
from models.chart import ChartNote
from models.encounter import Encounter
from models.invoice import Claim
from models.lab import LabReport, LabResult
from models.medication import Medication
from models.patient import Patient
from models.vital import Vital
from services.database.bulk import Upserted
from services.database.session import ClinicSession
from services.database.statement import Statement, statement
from services.exchange.fhir_import import report_links, vital_rows
from services.exchange.fhir_import.mapping import Mapped
from services.exchange.fhir_import.report import Outcome, Reason

KEPT: dict[type[ClinicRow], frozenset[str]] = {
    Patient: frozenset({"primary_provider_id"}),
    Encounter: frozenset({"provider_id", "follow_up_due_on"}),
    Appointment: frozenset({"provider_id", "place", "cancelled_at"}),
    Medication: frozenset(
        {
            "prescriber_id",
            "last_filled_on",
            "refills_left",
            "authorization_status",
        }
    ),
    LabResult: frozenset({"report_id", "acknowledged_at", "acknowledged_by"}),
    Claim: frozenset({"provider_id"}),
}
"""What the clinic adds to an imported row, and a later import leaves alone."""

_NOTES = statement(
    "SELECT id, patient_id, narrative, signed_at FROM chart_notes WHERE id = ANY(:ids)"
)


class Writers:
    """Of one file: some tables need to know what the file has already brought."""

    def __init__(self, session: ClinicSession) -> None:
        self._session = session
        self._vitals = vital_rows.VitalRows(session)

    async def put(self, mapped: Sequence[Mapped]) -> list[Outcome | Reason]:
        """Write rows of one table; give what that did for each, or why it was not done."""
        match mapped[0].row:
            case Vital():
                return list(await self._vitals.put(mapped))
            case ChartNote():
                return await self._notes(mapped)
            case LabReport():
                return list(await self._reports(mapped))
            case _:
                return list(await self._rows(mapped))

    async def _rows(self, mapped: Sequence[Mapped]) -> list[Outcome]:
        keep = KEPT.get(type(mapped[0].row), frozenset[str]())
        upserted = await self._session.upsert([one.row for one in mapped], keep)
        return [outcome(upserted, one.row.id) for one in mapped]

    async def _reports(self, mapped: Sequence[Mapped]) -> list[Outcome]:
        outcomes = await self._rows(mapped)
        linked = await report_links.put(self._session, mapped)
        return [
            Outcome.CHANGED if done is Outcome.SAME and one.row.id in linked else done
            for one, done in zip(mapped, outcomes, strict=True)
        ]

    async def _notes(self, mapped: Sequence[Mapped]) -> list[Outcome | Reason]:
        """Notes are written once: one that is there is compared, never changed."""
        rows = await self._session.rows(_NOTES, ids=[one.row.id for one in mapped])
        there = {row[0]: row[1:] for row in rows}
        await self._session.insert(one.row for one in mapped if one.row.id not in there)
        return [_compared(one.row, there.get(one.row.id)) for one in mapped]


def outcome(upserted: Upserted, row_id: UUID) -> Outcome:
    """What an upsert did to a row."""
    new = upserted.written.get(row_id)
    if new is None:
        return Outcome.SAME
    return Outcome.NEW if new else Outcome.CHANGED


async def existing(session: ClinicSession, table: str, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these rows are there."""
    rows = await session.rows(_existing(table), ids=list(ids))
    return {row_id for (row_id,) in rows}


@cache
def _existing(table: str) -> Statement:
    return statement(f"SELECT id FROM {table} WHERE id = ANY(:ids)")  # noqa: S608 -- a name of the models


def _compared(note: ClinicRow, there: tuple[Any, ...] | None) -> Outcome | Reason:
    if there is None:
        return Outcome.NEW
    same = isinstance(note, ChartNote) and there == (
        note.patient_id,
        note.narrative,
        note.signed_at,
    )
    return Outcome.SAME if same else Reason.DOCUMENT_CHANGED
