"""The schedule: who comes when, to whom, for what."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import DateRange
from services.errors import NotFound
from services.paging import NEWEST, OLDEST, Listing, Moment, Page

_APPOINTMENTS = statement(
    """
SELECT a.id, a.starts_at, a.ends_at, a.status, a.place, a.type_code, a.type_label,
       a.reason_system, a.reason_code, a.reason_label, p.id, p.given_name, p.family_name,
       a.provider_id,
       coalesce(s.display_name || coalesce(', ' || s.credentials, ''), a.provider_name)
  FROM appointments a
  JOIN patients p ON p.tenant_id = a.tenant_id AND p.id = a.patient_id
  LEFT JOIN staff s ON s.tenant_id = a.tenant_id AND s.user_id = a.provider_id
 WHERE a.starts_at >= :begin AND a.starts_at < :end AND (a.starts_at, a.id) > (:at, :id)
   AND (CAST(:provider_id AS uuid) IS NULL OR a.provider_id = :provider_id)
 ORDER BY a.starts_at, a.id LIMIT :limit
"""
)
_OF_PATIENT = statement(
    """
SELECT a.id, a.starts_at, a.ends_at, a.status, a.place, a.type_code, a.type_label,
       a.reason_system, a.reason_code, a.reason_label, p.id, p.given_name, p.family_name,
       a.provider_id,
       coalesce(s.display_name || coalesce(', ' || s.credentials, ''), a.provider_name)
  FROM appointments a
  JOIN patients p ON p.tenant_id = a.tenant_id AND p.id = a.patient_id
  LEFT JOIN staff s ON s.tenant_id = a.tenant_id AND s.user_id = a.provider_id
 WHERE a.patient_id = :patient_id AND (a.starts_at, a.id) < (:at, :id)
 ORDER BY a.starts_at DESC, a.id DESC LIMIT :limit
"""
)
_PROVIDER = statement(
    "SELECT 1 FROM staff WHERE user_id = :provider_id AND roles && ARRAY['provider', 'nurse']"
)


class AppointmentFacts(NamedTuple):
    """A planned visit; times are UTC."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    place: str
    type_code: str
    type_label: str
    reason_system: str | None
    reason_code: str | None
    reason_label: str | None
    patient_id: UUID
    given_name: str
    family_name: str
    provider_id: UUID | None
    provider: str | None


async def appointments(
    clinic: ClinicSession,
    date_range: DateRange,
    *,
    provider_id: UUID | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[AppointmentFacts]:
    """Appointments of any status that begin in the range, earliest first.

    Raises NotFound for a provider who does not work here, NotPermitted, InvalidInput for the
    cursor.
    """
    clinic.require(Permission.VIEW_SCHEDULE)
    principal = await clinic.begin()
    begin, end = date_range.instants(principal.today, principal.zone)
    listing = Listing(clinic, "appointments", begin, end, provider_id)
    at, after = listing.place(cursor, Moment, OLDEST)
    asked = {"begin": begin, "end": end, "at": at, "id": after, "provider_id": provider_id}
    rows, providers = await clinic.ask(
        (_APPOINTMENTS, {**asked, "limit": limit + 1}), (_PROVIDER, {"provider_id": provider_id})
    )
    if provider_id is not None and not providers:
        raise NotFound("There is no such provider in this clinic.")
    booked = [AppointmentFacts._make(row) for row in rows]
    return listing.page(booked, limit, lambda visit: (visit.starts_at, visit.id))


async def of_patient(
    clinic: ClinicSession, patient_id: UUID, *, limit: int, cursor: str | None = None
) -> Page[AppointmentFacts]:
    """One patient's appointments of any status, the latest first; none for an unknown patient.

    Raises NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_SCHEDULE)
    listing = Listing(clinic, "appointments_of_patient", patient_id)
    at, after = listing.place(cursor, Moment, NEWEST)
    asked = {"patient_id": patient_id, "at": at, "id": after, "limit": limit + 1}
    rows = await clinic.rows(_OF_PATIENT, **asked)
    booked = [AppointmentFacts._make(row) for row in rows]
    return listing.page(booked, limit, lambda visit: (visit.starts_at, visit.id))
