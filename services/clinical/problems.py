"""The problem list of a patient."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import CURRENT_CONDITIONS
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import Listing, Page

_PROBLEMS = statement(
    """
SELECT id, system, code, label, status, onset_on, abated_on, recorded_on, current, known_on
  FROM (SELECT c.*, CAST(c.status = ANY (CAST(:current_ones AS text[])) AS int) AS current,
               coalesce(c.onset_on, c.recorded_on, CAST(:never AS date)) AS known_on
          FROM conditions c WHERE c.patient_id = :patient_id) AS l
 WHERE (current, known_on, id) < (:current, :on, :id)
 ORDER BY current DESC, known_on DESC, id DESC LIMIT :limit
"""
)
_Place = tuple[int, date, UUID]
_START: _Place = (2, date.max, UUID(int=(1 << 128) - 1))


class ProblemFacts(NamedTuple):
    """A problem as it was coded."""

    id: UUID
    system: str
    code: str
    label: str
    status: str
    onset_on: date | None
    abated_on: date | None
    recorded_on: date | None
    current: int
    """1 while the patient has it."""
    known_on: date
    """The onset, else when it was recorded."""


async def problems(
    clinic: ClinicSession, patient_id: UUID, *, limit: int, cursor: str | None = None
) -> Page[ProblemFacts]:
    """Problems of any status: those the patient has now first, of these the latest onset.

    Raises NotFound, NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "problems", patient_id)
    current, on, after = listing.place(cursor, _Place, _START)
    rows = await clinic.rows(
        _PROBLEMS,
        patient_id=patient_id,
        current_ones=CURRENT_CONDITIONS,
        never=date.min,
        current=current,
        on=on,
        id=after,
        limit=limit + 1,
    )
    if not rows:
        await require_patient(clinic, patient_id)
    found = [ProblemFacts._make(row) for row in rows]
    return listing.page(found, limit, lambda found: (found.current, found.known_on, found.id))
