"""Who was told to come back by a date, and has nothing booked."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import UPCOMING
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import midnight
from services.paging import Listing, Page

TOLD = """(
    SELECT e.started_at, e.follow_up_due_on, e.provider_id, e.provider_name
      FROM encounters e
     WHERE e.tenant_id = p.tenant_id AND e.patient_id = p.id AND e.status = 'finished'
       AND e.started_at <= :now
       AND (e.follow_up_due_on IS NOT NULL
            OR (e.provider_id = ANY (ARRAY(
                  SELECT user_id FROM staff
                   WHERE 'nurse' = ANY (roles) AND NOT 'provider' = ANY (roles)))) IS NOT TRUE)
     ORDER BY e.started_at DESC, e.id DESC LIMIT 1
)"""
"""The visit of the patient `p` whose word on when to come back stands.

It is the last that took place. What a nurse did alone, an injection say, and without naming a date,
takes no date back that a provider gave.
"""
_DUE = statement(
    f"""
SELECT p.id, p.given_name, p.family_name, t.started_at,
       coalesce(s.display_name || coalesce(', ' || s.credentials, ''), t.provider_name),
       t.follow_up_due_on
  FROM patients p CROSS JOIN LATERAL {TOLD} t
  LEFT JOIN staff s ON s.tenant_id = p.tenant_id AND s.user_id = t.provider_id
 WHERE p.status = 'active' AND t.follow_up_due_on <= :until
   AND (t.follow_up_due_on, p.id) > (:due_on, :patient_id)
   AND NOT EXISTS (SELECT FROM appointments a
                    WHERE a.tenant_id = p.tenant_id AND a.patient_id = p.id
                      AND a.starts_at >= :midnight
                      AND a.status = ANY (CAST(:upcoming AS text[]))
                   OFFSET 0)
 ORDER BY t.follow_up_due_on, p.id LIMIT :limit
"""  # noqa: S608 -- a part of our own
)

_Place = tuple[date, UUID]
_START: _Place = (date.min, UUID(int=0))


class FollowUpDue(NamedTuple):
    """A patient who was to come back; the visit's time is UTC."""

    patient_id: UUID
    given_name: str
    family_name: str
    seen_at: datetime
    """When the patient was told."""
    provider: str | None
    due_on: date


async def due(
    clinic: ClinicSession, *, within_days: int, limit: int, cursor: str | None = None
) -> Page[FollowUpDue]:
    """Active patients who are to come back by `within_days` from today, most overdue first.

    The date is the one that was given at the last visit (`TOLD`). Whoever has an appointment today
    or later that is to take place, of any kind, is left out: there the next step is taken.

    Raises NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_SCHEDULE)
    listing = Listing(clinic, "follow-ups due", within_days)
    due_on, patient_id = listing.place(cursor, _Place, _START)
    principal = await clinic.begin()
    rows = await clinic.rows(
        _DUE,
        now=principal.now,
        midnight=midnight(principal.today, principal.zone),
        until=principal.today + timedelta(days=within_days),
        upcoming=UPCOMING,
        due_on=due_on,
        patient_id=patient_id,
        limit=limit + 1,
    )
    found = [FollowUpDue._make(row) for row in rows]
    return listing.page(found, limit, lambda due: (due.due_on, due.patient_id))
