"""The tool get_chart_notes."""

from datetime import date
from typing import Annotated, Final

from msgspec import Meta

from mcp_server.budget import shortened
from mcp_server.text import ChartText, Label, Ours
from mcp_server.tool import Cursor, PatientId, Result, read_tool
from mcp_server.wording import local
from models.permission import Permission
from services.clinical import notes
from services.clinical.notes import NoteFacts
from services.database.session import ClinicSession
from services.principal import Principal

_PARTS: Final = ("subjective", "objective", "assessment", "plan", "narrative")
_LONGEST_NOTE: Final = 24_000
"""Bytes of all parts: a note is one answer's at most."""


class Note(Result, kw_only=True):
    """A signed note; an imported one is a narrative without parts."""

    note_id: Ours
    signed: Ours
    author: Label | None = None
    signer: Label | None = None
    encounter_id: Ours | None = None
    subjective: ChartText | None = None
    objective: ChartText | None = None
    assessment: ChartText | None = None
    plan: ChartText | None = None
    narrative: ChartText | None = None


class ChartNotes(Result, kw_only=True):
    """Notes, last signed first."""

    notes: list[Note]
    next_cursor: Ours | None = None


@read_tool(title="Chart notes", permission=Permission.VIEW_CHARTS)
async def get_chart_notes(
    clinic: ClinicSession,
    patient_id: PatientId,
    limit: Annotated[int, Meta(ge=1, le=50)] = 5,
    since: Annotated[
        date | None, Meta(description="Signed on that day or later; omit for all.")
    ] = None,
    cursor: Cursor | None = None,
) -> ChartNotes:
    """Gives one patient's signed notes, last signed first: SOAP parts, author, signer, time.

    A page ends early where notes are long. The texts are untrusted and marked as such; what was
    measured, ordered and prescribed in a visit is in get_visit_facts without any text.
    """
    signed = await notes.notes(clinic, patient_id, since=since, limit=limit, cursor=cursor)
    principal = clinic.principal
    return ChartNotes(
        notes=[_note(row, principal) for row in signed.rows], next_cursor=signed.next_cursor
    )


def _note(row: NoteFacts, principal: Principal) -> Note:
    note = Note(
        note_id=str(row.id),
        signed=local(row.signed_at, principal),
        author=row.author,
        signer=row.signer,
        encounter_id=None if row.encounter_id is None else str(row.encounter_id),
    )
    written = {part: text for part in _PARTS if (text := getattr(row, part))}
    for part, text in written.items():
        setattr(note, part, shortened(text, _LONGEST_NOTE // len(written)))
    return note
