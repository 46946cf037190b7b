"""Signed notes of a patient."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import midnight
from services.paging import NEWEST, Listing, Moment, Page

_NOTES = statement(
    """
SELECT n.id, n.encounter_id, n.subjective, n.objective, n.assessment, n.plan, n.narrative,
       a.display_name || coalesce(', ' || a.credentials, ''),
       s.display_name || coalesce(', ' || s.credentials, ''), n.signed_at
  FROM chart_notes n
  LEFT JOIN staff a ON a.tenant_id = n.tenant_id AND a.user_id = n.author_id
  LEFT JOIN staff s ON s.tenant_id = n.tenant_id AND s.user_id = n.signer_id
 WHERE n.patient_id = :patient_id AND (n.signed_at, n.id) < (:at, :id)
   AND (CAST(:since AS timestamptz) IS NULL OR n.signed_at >= :since)
 ORDER BY n.signed_at DESC, n.id DESC LIMIT :limit
"""
)


class NoteFacts(NamedTuple):
    """A note as it was signed: in SOAP parts, or as one narrative where it was imported."""

    id: UUID
    encounter_id: UUID | None
    subjective: str | None
    objective: str | None
    assessment: str | None
    plan: str | None
    narrative: str | None
    author: str | None
    signer: str | None
    signed_at: datetime


async def notes(
    clinic: ClinicSession,
    patient_id: UUID,
    *,
    since: date | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[NoteFacts]:
    """Notes signed on the day `since` at the clinic, or later; the newest first.

    Raises NotFound, NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "notes", patient_id, since)
    at, after = listing.place(cursor, Moment, NEWEST)
    begin = None
    if since is not None:
        begin = midnight(since, (await clinic.begin()).zone)
    rows = await clinic.rows(
        _NOTES, patient_id=patient_id, since=begin, at=at, id=after, limit=limit + 1
    )
    if not rows:
        await require_patient(clinic, patient_id)
    signed = [NoteFacts._make(row) for row in rows]
    return listing.page(signed, limit, lambda note: (note.signed_at, note.id))
