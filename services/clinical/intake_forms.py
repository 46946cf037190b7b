"""Intake forms as patients filled them in."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import NEWEST, Listing, Moment, Page

_FORMS = statement(
    """
SELECT f.id, f.name, f.submitted_at,
       (SELECT coalesce(jsonb_agg(CASE jsonb_typeof(a.one) WHEN 'object' THEN a.one
                                  ELSE jsonb_build_object('answer', a.one) END ORDER BY a.at), '[]')
          FROM jsonb_array_elements(f.answers) WITH ORDINALITY a (one, at))
  FROM intake_forms f
 WHERE f.patient_id = :patient_id AND (f.submitted_at, f.id) < (:at, :id)
 ORDER BY f.submitted_at DESC, f.id DESC LIMIT :limit
"""
)


class FormFacts(NamedTuple):
    """A form; each answer has a `question` and an `answer`."""

    id: UUID
    name: str
    submitted_at: datetime
    answers: list[dict[str, Any]]


async def forms(
    clinic: ClinicSession, patient_id: UUID, *, limit: int, cursor: str | None = None
) -> Page[FormFacts]:
    """Intake forms, last submitted first. Raises NotFound, NotPermitted, InvalidInput."""
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "intake forms", patient_id)
    at, after = listing.place(cursor, Moment, NEWEST)
    rows = await clinic.rows(_FORMS, patient_id=patient_id, at=at, id=after, limit=limit + 1)
    if not rows:
        await require_patient(clinic, patient_id)
    submitted = [FormFacts._make(row) for row in rows]
    return listing.page(submitted, limit, lambda form: (form.submitted_at, form.id))
