"""The tool find_follow_ups_due."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Label, Ours, PersonName
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import full_name, local
from models.permission import Permission
from services.database.session import ClinicSession
from services.followup import follow_ups_due
from services.followup.follow_ups_due import FollowUpDue
from services.paging import Page
from services.principal import Principal


class FollowUp(Result, kw_only=True):
    """A patient who was told to come back."""

    patient_id: OfPatient
    patient: PersonName
    last_visit: Annotated[Ours, Meta(description="At which the date was given.")]
    provider: Annotated[Label | None, Meta(description="Who saw the patient then.")] = None
    due: date
    days_overdue: Annotated[int, Meta(description="Absent while not overdue.")] = 0


class FollowUps(Result, kw_only=True):
    """Patients to come back, most overdue first."""

    today: date
    follow_ups: list[FollowUp]
    next_cursor: Ours | None = None


@read_tool(title="Follow-ups due", permission=Permission.VIEW_SCHEDULE)
async def find_follow_ups_due(
    clinic: ClinicSession,
    within_days: Annotated[
        int, Meta(ge=0, le=180, description="How far ahead; 0 gives only what is due by today.")
    ] = 14,
    limit: Annotated[int, Meta(ge=1, le=100)] = 25,
    cursor: Cursor | None = None,
) -> FollowUps:
    """Finds active patients who were told to come back by a date and have nothing booked.

    Most overdue first, one row per patient. Leaves out who has any appointment from today on; a
    visit with a nurse alone does not count as having come back.
    """
    found = await follow_ups_due.due(clinic, within_days=within_days, limit=limit, cursor=cursor)
    return _list(found, clinic.principal)


def _list(page: Page[FollowUpDue], principal: Principal) -> FollowUps:
    return FollowUps(
        today=principal.today,
        follow_ups=[_follow_up(row, principal) for row in page.rows],
        next_cursor=page.next_cursor,
    )


def _follow_up(row: FollowUpDue, principal: Principal) -> FollowUp:
    return FollowUp(
        patient_id=row.patient_id,
        patient=full_name(row.given_name, row.family_name),
        last_visit=local(row.seen_at, principal),
        provider=row.provider,
        due=row.due_on,
        days_overdue=max(0, (principal.today - row.due_on).days),
    )
