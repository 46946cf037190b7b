"""Vital signs of a patient."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import NEWEST, Listing, Moment, Page

_VITALS = statement(
    """
SELECT v.id, v.taken_at, v.systolic_mmhg::float8, v.diastolic_mmhg::float8, v.pulse_bpm::float8,
       v.respirations_per_min::float8, v.weight_kg::float8, v.height_cm::float8,
       v.bmi_kg_m2::float8, v.temperature_c::float8, v.spo2_percent::float8,
       v.pain_score::float8
  FROM vitals v
 WHERE v.patient_id = :patient_id AND (v.taken_at, v.id) < (:at, :id)
 ORDER BY v.taken_at DESC, v.id DESC LIMIT :limit
"""
)


class VitalFacts(NamedTuple):
    """What was measured together; units are in the names, the time is UTC."""

    id: UUID
    taken_at: datetime
    systolic_mmhg: float | None
    diastolic_mmhg: float | None
    pulse_bpm: float | None
    respirations_per_min: float | None
    weight_kg: float | None
    height_cm: float | None
    bmi_kg_m2: float | None
    temperature_c: float | None
    spo2_percent: float | None
    pain_score: float | None


async def measurements(
    clinic: ClinicSession, patient_id: UUID, *, limit: int, cursor: str | None = None
) -> Page[VitalFacts]:
    """Vital signs, newest first. Raises NotFound, NotPermitted, InvalidInput for the cursor."""
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "vitals", patient_id)
    at, after = listing.place(cursor, Moment, NEWEST)
    rows = await clinic.rows(_VITALS, patient_id=patient_id, at=at, id=after, limit=limit + 1)
    if not rows:
        await require_patient(clinic, patient_id)
    taken = [VitalFacts._make(row) for row in rows]
    return listing.page(taken, limit, lambda vital: (vital.taken_at, vital.id))
