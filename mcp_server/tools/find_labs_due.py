"""The tool find_labs_due."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Label, Ours, PersonName
from mcp_server.tool import Cursor, OfPatient, Panel, Result, read_tool
from mcp_server.wording import full_name, local_or_none
from models.permission import Permission
from services.database.session import ClinicSession
from services.followup import labs_due
from services.followup.labs_due import LabsDue
from services.paging import Page
from services.principal import Principal


class Due(Result, kw_only=True):
    """A panel that a patient is due for."""

    patient_id: OfPatient
    patient: PersonName
    panel: Label
    because: Annotated[Label, Meta(description="What the patient takes or has.")]
    last_drawn: Annotated[date | None, Meta(description="Absent while none was complete.")] = None
    due: date
    days_overdue: Annotated[int, Meta(description="Absent while not overdue.")] = 0
    next_visit: Ours | None = None


class LabsDueList(Result, kw_only=True):
    """Panels due, most overdue first."""

    today: date
    due: list[Due]
    next_cursor: Ours | None = None


@read_tool(title="Labs due", permission=Permission.VIEW_CHARTS)
async def find_labs_due(
    clinic: ClinicSession,
    panel: Panel | None = None,
    within_days: Annotated[
        int, Meta(ge=0, le=180, description="How far ahead; 0 gives only what is due by today.")
    ] = 14,
    limit: Annotated[int, Meta(ge=1, le=100)] = 25,
    cursor: Cursor | None = None,
) -> LabsDueList:
    """Finds active patients who are due or overdue for labs, most overdue first.

    By the clinic's own intervals for what they take or have; one row per patient and panel, at
    the earliest interval that applies. Leaves out the results; cannot see imported drugs of
    unknown ingredient, nor SNOMED CT problems beyond the few it knows.
    """
    found = await labs_due.due(
        clinic, panel=panel, within_days=within_days, limit=limit, cursor=cursor
    )
    return _list(found, clinic.principal)


def _list(page: Page[LabsDue], principal: Principal) -> LabsDueList:
    return LabsDueList(
        today=principal.today,
        due=[_due(row, principal) for row in page.rows],
        next_cursor=page.next_cursor,
    )


def _due(row: LabsDue, principal: Principal) -> Due:
    return Due(
        patient_id=row.patient_id,
        patient=full_name(row.given_name, row.family_name),
        panel=row.panel_key,
        because=row.because,
        last_drawn=row.drawn_on,
        due=row.due_on,
        days_overdue=max(0, (principal.today - row.due_on).days),
        next_visit=local_or_none(row.next_visit_at, principal),
    )
