"""The tool get_no_shows_and_cancellations."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Label, Ours, PersonName
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import full_name, local, local_or_none, number
from models.permission import Permission
from models.vocabulary import AppointmentStatus, ConsentKind
from services.database.session import ClinicSession
from services.date_range import DateRange
from services.practice import missed_visits
from services.practice.missed_visits import Counted, Missed, MissedVisit
from services.principal import Principal


class Visit(Result, kw_only=True):
    """A visit that did not take place."""

    appointment_id: Ours
    starts: Ours
    status: AppointmentStatus
    type: Label
    patient_id: OfPatient
    patient: PersonName
    provider: Label | None = None
    rebooked: Annotated[
        Ours | None, Meta(description="The next visit that took place or will; left out if none.")
    ] = None
    may_contact_by: Annotated[
        list[ConsentKind], Meta(description="What the patient agreed to and can be reached by.")
    ]


class Rate(Result, kw_only=True):
    """Of visits whose time has come."""

    name: Annotated[Label | None, Meta(description="Absent in the sum.")] = None
    visits: int
    no_shows: int
    cancelled: int
    no_show_percent: float | None = None
    cancelled_percent: float | None = None


class MissedVisits(Result, kw_only=True):
    """Missed and cancelled visits, and how many of all they are."""

    first: date
    last: date
    visits: list[Visit]
    rate: Rate
    by_provider: list[Rate]
    by_type: list[Rate]
    next_cursor: Ours | None = None


@read_tool(title="No-shows and cancellations", permission=Permission.VIEW_SCHEDULE)
async def get_no_shows_and_cancellations(
    clinic: ClinicSession,
    date_range: DateRange,
    limit: Annotated[int, Meta(ge=1, le=100)] = 15,
    cursor: Cursor | None = None,
) -> MissedVisits:
    """Gives visits of a range of days that were missed or cancelled, the latest first.

    Each with whether the patient has come or booked since, and by which channels the patient may be
    contacted. Rates by provider and type are of the visits of the range whose time has come,
    cancelled ones among them.
    """
    found = await missed_visits.missed(clinic, date_range, limit=limit, cursor=cursor)
    return _missed(found, clinic.principal)


def _missed(found: Missed, principal: Principal) -> MissedVisits:
    return MissedVisits(
        first=found.first,
        last=found.last,
        visits=[_visit(row, principal) for row in found.page.rows],
        rate=_rate(found.everyone),
        by_provider=[_rate(counted) for counted in found.providers],
        by_type=[_rate(counted) for counted in found.types],
        next_cursor=found.page.next_cursor,
    )


def _visit(row: MissedVisit, principal: Principal) -> Visit:
    return Visit(
        appointment_id=str(row.id),
        starts=local(row.starts_at, principal),
        status=AppointmentStatus(row.status),
        type=row.type_label,
        patient_id=row.patient_id,
        patient=full_name(row.given_name, row.family_name),
        provider=row.provider,
        rebooked=local_or_none(row.rebooked_at, principal),
        may_contact_by=[ConsentKind(kind) for kind in row.may_contact],
    )


def _rate(counted: Counted) -> Rate:
    return Rate(
        name=counted.name or None,
        visits=counted.visits,
        no_shows=counted.no_shows,
        cancelled=counted.cancelled,
        no_show_percent=_percent(counted.no_shows, counted.visits),
        cancelled_percent=_percent(counted.cancelled, counted.visits),
    )


def _percent(part: int, whole: int) -> float | None:
    return number(round(100 * part / whole, 1)) if whole else None
