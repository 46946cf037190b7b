"""The tool get_appointments."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from mcp_server.text import Label, Ours, PersonName
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import Coded, full_name, local
from models.permission import Permission
from models.vocabulary import AppointmentStatus, VisitPlace
from services.database.session import ClinicSession
from services.date_range import DateRange
from services.paging import Page
from services.practice import schedule
from services.practice.schedule import AppointmentFacts
from services.principal import Principal


class Appointment(Result, kw_only=True):
    """A planned visit."""

    appointment_id: Ours
    starts: Ours
    minutes: int
    status: AppointmentStatus
    place: VisitPlace
    type: Label
    reason: Coded | None = None
    patient_id: OfPatient
    patient: PersonName
    provider_id: Ours | None = None
    provider: Label | None = None


class Schedule(Result, kw_only=True):
    """Appointments, earliest first."""

    appointments: list[Appointment]
    next_cursor: Ours | None = None


@read_tool(title="Appointments", permission=Permission.VIEW_SCHEDULE)
async def get_appointments(
    clinic: ClinicSession,
    date_range: DateRange,
    provider_id: Annotated[UUID | None, Meta(description="Only this provider's.")] = None,
    limit: Annotated[int, Meta(ge=1, le=100)] = 15,
    cursor: Cursor | None = None,
) -> Schedule:
    """Gives the schedule of a range of days at the clinic, earliest first.

    Each appointment with status, type, length, place, patient, provider and coded reason;
    cancelled and missed ones are included.
    """
    booked = await schedule.appointments(
        clinic, date_range, provider_id=provider_id, limit=limit, cursor=cursor
    )
    return _schedule(booked, clinic.principal)


def _schedule(page: Page[AppointmentFacts], principal: Principal) -> Schedule:
    return Schedule(
        appointments=[_appointment(row, principal) for row in page.rows],
        next_cursor=page.next_cursor,
    )


def _appointment(row: AppointmentFacts, principal: Principal) -> Appointment:
    return Appointment(
        appointment_id=str(row.id),
        starts=local(row.starts_at, principal),
        minutes=round((row.ends_at - row.starts_at).total_seconds() / 60),
        status=AppointmentStatus(row.status),
        place=VisitPlace(row.place),
        type=row.type_label,
        reason=_reason(row),
        patient_id=row.patient_id,
        patient=full_name(row.given_name, row.family_name),
        provider_id=None if row.provider_id is None else str(row.provider_id),
        provider=row.provider,
    )


def _reason(row: AppointmentFacts) -> Coded | None:
    if row.reason_system is None or row.reason_code is None or row.reason_label is None:
        return None
    return Coded(system=row.reason_system, code=row.reason_code, label=row.reason_label)
