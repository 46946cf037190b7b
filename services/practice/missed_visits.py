"""Visits that did not take place: who missed them, who has come back, who may be asked."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import UPCOMING
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import DateRange, midnight
from services.paging import NEWEST, Listing, Moment, Page

_MISSED = statement(
    """
SELECT a.id, a.starts_at, a.status, a.type_label, p.id, p.given_name, p.family_name, a.provider_id,
       coalesce(s.display_name || coalesce(', ' || s.credentials, ''), a.provider_name),
       (SELECT min(b.starts_at) FROM appointments b
         WHERE b.tenant_id = a.tenant_id AND b.patient_id = a.patient_id AND b.id <> a.id
           AND (b.starts_at > a.starts_at OR b.booked_at >= a.cancelled_at)
           AND (b.status = 'fulfilled' OR b.starts_at >= :midnight AND b.status = ANY (:upcoming))),
       array(SELECT c.kind FROM patient_consents c
              WHERE c.tenant_id = p.tenant_id AND c.patient_id = p.id AND c.granted
                AND (c.kind = 'portal_messages' OR c.kind = 'sms' AND p.phone IS NOT NULL
                     OR c.kind = 'email' AND p.email IS NOT NULL)
              ORDER BY c.kind)
  FROM appointments a
  JOIN patients p ON p.tenant_id = a.tenant_id AND p.id = a.patient_id
  LEFT JOIN staff s ON s.tenant_id = a.tenant_id AND s.user_id = a.provider_id
 WHERE a.starts_at >= :begin AND a.starts_at < :end AND a.status IN ('noshow', 'cancelled')
   AND (a.starts_at, a.id) < (:at, :id)
 ORDER BY a.starts_at DESC, a.id DESC LIMIT :limit
"""
)
_COUNTED = """
SELECT {named}, count(*), count(*) FILTER (WHERE a.status = 'noshow'),
       count(*) FILTER (WHERE a.status = 'cancelled')
  FROM appointments a
  LEFT JOIN staff s ON s.tenant_id = a.tenant_id AND s.user_id = a.provider_id
 WHERE a.starts_at >= :begin AND a.starts_at < :end AND a.starts_at <= :now
   AND a.status IN ('fulfilled', 'arrived', 'checked-in', 'noshow', 'cancelled')
"""
_PROVIDER = "coalesce(s.display_name || coalesce(', ' || s.credentials, ''), a.provider_name, '')"
_ALL = statement(_COUNTED.format(named="''"))
_BY_PROVIDER = statement(
    _COUNTED.format(named=_PROVIDER) + " GROUP BY 1, a.provider_id ORDER BY 2 DESC, 1"
)
_BY_TYPE = statement(_COUNTED.format(named="a.type_label") + " GROUP BY 1 ORDER BY 2 DESC, 1")


class MissedVisit(NamedTuple):
    """A visit that was missed or cancelled; times are UTC."""

    id: UUID
    starts_at: datetime
    status: str
    type_label: str
    patient_id: UUID
    given_name: str
    family_name: str
    provider_id: UUID | None
    provider: str | None
    rebooked_at: datetime | None
    """When the next visit took place or will."""
    may_contact: list[str]
    """Kinds of consent that the patient gave, and can be reached by."""


class Counted(NamedTuple):
    """Visits whose time has come, of one provider or type."""

    name: str
    visits: int
    no_shows: int
    cancelled: int


class Missed(NamedTuple):
    """Missed visits of a range, a page of them, and how many of all."""

    first: date
    last: date
    everyone: Counted
    providers: list[Counted]
    types: list[Counted]
    page: Page[MissedVisit]


async def missed(
    clinic: ClinicSession, date_range: DateRange, *, limit: int, cursor: str | None = None
) -> Missed:
    """No-shows and cancellations of visits planned in a range, the latest first.

    Rebooked is who has come since, or has a visit today or later; a cancelled one also who took an
    earlier time instead, booked when that one was given up or after. Rates are of the visits of
    the range whose time has come and whose end is known: fulfilled, under way, missed or cancelled.
    Raises NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_SCHEDULE)
    principal = await clinic.begin()
    first, last = date_range.days(principal.today)
    begin, end = date_range.instants(principal.today, principal.zone)
    listing = Listing(clinic, "missed visits", begin, end)
    at, after = listing.place(cursor, Moment, NEWEST)
    within = {"begin": begin, "end": end, "now": principal.now}
    place = {"at": at, "id": after, "limit": limit + 1}
    again = {
        "upcoming": list(UPCOMING),
        "midnight": midnight(principal.today, principal.zone),
    }
    rows, everyone, providers, types = await clinic.ask(
        (_MISSED, {"begin": begin, "end": end} | place | again),
        (_ALL, within),
        (_BY_PROVIDER, within),
        (_BY_TYPE, within),
    )
    found = [MissedVisit._make(row) for row in rows]
    return Missed(
        first,
        last,
        Counted._make(everyone[0]),
        [Counted._make(row) for row in providers if row[0]],
        [Counted._make(row) for row in types],
        listing.page(found, limit, lambda visit: (visit.starts_at, visit.id)),
    )
