"""The schedule: who comes when, to whom, for what."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import DateRange
from services.errors import NotFound
from services.paging import OLDEST, Moment, Page, from_cursor, page

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
    at, after = from_cursor(cursor, Moment, OLDEST)
    principal = await clinic.begin()
    begin, end = date_range.instants(principal.today, principal.zone)
    asked = {"begin": begin, "end": end, "at": at, "id": after, "provider_id": provider_id}
    rows, providers = await clinic.ask(
        (_APPOINTMENTS, {**asked, "limit": limit + 1}), (_PROVIDER, {"provider_id": provider_id})
    )
    if provider_id is not None and not providers:
        raise NotFound("There is no such provider in this clinic.")
    booked = [AppointmentFacts._make(row) for row in rows]
    return page(booked, limit, lambda visit: (visit.starts_at, visit.id))
