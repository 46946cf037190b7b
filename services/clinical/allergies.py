"""What a patient does not tolerate."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import AllergySeverity, AllergyStatus
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import Listing, Page

_SEVEREST_FIRST = tuple(reversed(AllergySeverity))
_ALLERGIES = statement(
    """
SELECT id, system, code, label, reaction_code, reaction_label, severity, status, recorded_on,
       standing, badness
  FROM (SELECT a.*, array_position(CAST(:statuses AS text[]), a.status) AS standing,
               coalesce(array_position(CAST(:severities AS text[]), a.severity),
                        cardinality(CAST(:severities AS text[])) + 1) AS badness
          FROM allergies a WHERE a.patient_id = :patient_id) AS l
 WHERE (standing, badness, id) > (:standing, :badness, :id)
 ORDER BY standing, badness, id LIMIT :limit
"""
)
_Place = tuple[int, int, UUID]
_START: _Place = (0, 0, UUID(int=0))


class AllergyFacts(NamedTuple):
    """An allergy or intolerance; the reaction is coded in SNOMED CT."""

    id: UUID
    system: str
    code: str
    label: str
    reaction_code: str | None
    reaction_label: str | None
    severity: str | None
    status: str
    recorded_on: date | None
    standing: int
    """By status: active, then inactive, then resolved."""
    badness: int
    """By severity: severe first, unknown last."""


async def allergies(
    clinic: ClinicSession, patient_id: UUID, *, limit: int, cursor: str | None = None
) -> Page[AllergyFacts]:
    """Allergies of any status: active ones first, of these the severest.

    Raises NotFound, NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "allergies", patient_id)
    standing, badness, after = listing.place(cursor, _Place, _START)
    rows = await clinic.rows(
        _ALLERGIES,
        patient_id=patient_id,
        statuses=list(AllergyStatus),
        severities=_SEVEREST_FIRST,
        standing=standing,
        badness=badness,
        id=after,
        limit=limit + 1,
    )
    if not rows:
        await require_patient(clinic, patient_id)
    found = [AllergyFacts._make(row) for row in rows]
    return listing.page(found, limit, lambda found: (found.standing, found.badness, found.id))
