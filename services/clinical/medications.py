"""What a patient takes, or took."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import Listing, Page

_MEDICATIONS = statement(
    """
SELECT m.id, m.rxnorm, m.label, m.dose::float8, m.dose_unit, m.route_label, m.frequency_code,
       m.frequency_label, m.as_needed, m.status, m.started_on, m.stopped_on,
       coalesce(s.display_name || coalesce(', ' || s.credentials, ''), m.prescriber_name)
  FROM medications m
  LEFT JOIN staff s ON s.tenant_id = m.tenant_id AND s.user_id = m.prescriber_id
 WHERE m.patient_id = :patient_id AND (m.started_on, m.id) < (:on, :id)
   AND (NOT :active_only OR m.status IN ('active', 'on-hold'))
 ORDER BY m.started_on DESC, m.id DESC LIMIT :limit
"""
)
_Place = tuple[date, UUID]
_START: _Place = (date.max, UUID(int=(1 << 128) - 1))


class MedicationFacts(NamedTuple):
    """A prescription; the dose unit is UCUM."""

    id: UUID
    rxnorm: str
    label: str
    dose: float | None
    dose_unit: str | None
    route: str | None
    frequency_code: str | None
    frequency: str | None
    as_needed: bool
    status: str
    started_on: date
    stopped_on: date | None
    prescriber: str | None


async def prescriptions(
    clinic: ClinicSession,
    patient_id: UUID,
    *,
    active_only: bool,
    limit: int,
    cursor: str | None = None,
) -> Page[MedicationFacts]:
    """Prescriptions, last started first; active ones include those on hold.

    Raises NotFound, NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "medications", patient_id, active_only)
    on, after = listing.place(cursor, _Place, _START)
    rows = await clinic.rows(
        _MEDICATIONS,
        patient_id=patient_id,
        on=on,
        id=after,
        active_only=active_only,
        limit=limit + 1,
    )
    if not rows:
        await require_patient(clinic, patient_id)
    taken = [MedicationFacts._make(row) for row in rows]
    return listing.page(taken, limit, lambda medication: (medication.started_on, medication.id))
