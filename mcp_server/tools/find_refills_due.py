"""The tool find_refills_due."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Code, Label, Ours, PersonName
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import full_name, local_or_none
from models.permission import Permission
from models.vocabulary import RefillBlocker
from services.database.session import ClinicSession
from services.followup import refills_due
from services.followup.refills_due import RefillDue
from services.paging import Page
from services.principal import Principal


class Refill(Result, kw_only=True):
    """A medication that runs out."""

    patient_id: OfPatient
    patient: PersonName
    rxnorm: Code
    medication: Label
    as_needed: Annotated[bool, Meta(description="Then it may last longer.")] = False
    runs_out: Annotated[date, Meta(description="The first day without supply.")]
    days_left: Annotated[int, Meta(description="Negative: so many days ago.")]
    last_filled: Annotated[date | None, Meta(description="Absent: counted from the start.")] = None
    refills_left: Annotated[int | None, Meta(description="Absent where not known.")] = None
    blocked_by: Annotated[list[RefillBlocker], Meta(description="Empty: nothing.")]
    labs_due: Annotated[list[Label] | None, Meta(description="Panels due for this drug.")] = None
    visit_due: Annotated[date | None, Meta(description="Was to come back by; not seen since.")] = (
        None
    )
    next_visit: Ours | None = None
    abnormal_results_not_acknowledged: Annotated[
        int, Meta(description="Of any marker, in twelve months; left out if there are none.")
    ] = 0


class Refills(Result, kw_only=True):
    """Medication that runs out, the first to run out first."""

    today: date
    refills: list[Refill]
    next_cursor: Ours | None = None


@read_tool(title="Refills due", permission=Permission.VIEW_CHARTS)
async def find_refills_due(
    clinic: ClinicSession,
    within_days: Annotated[
        int, Meta(ge=0, le=180, description="How far ahead; 0 gives only what runs out by today.")
    ] = 10,
    limit: Annotated[int, Meta(ge=1, le=100)] = 15,
    cursor: Cursor | None = None,
) -> Refills:
    """Finds active patients' medication that runs out soon or has run out, the first first.

    With what blocks the refill today: labs due for that drug, a visit due, an authorization, no
    refills left, or nothing. What results say blocks nothing here; how many abnormal ones nobody
    has acknowledged is told. Counts from the last fill; leaves out what has no supply on record.
    """
    found = await refills_due.due(clinic, within_days=within_days, limit=limit, cursor=cursor)
    return _list(found, clinic.principal)


def _list(page: Page[RefillDue], principal: Principal) -> Refills:
    return Refills(
        today=principal.today,
        refills=[_refill(row, principal) for row in page.rows],
        next_cursor=page.next_cursor,
    )


def _refill(row: RefillDue, principal: Principal) -> Refill:
    supply = row.supply
    return Refill(
        patient_id=supply.patient_id,
        patient=full_name(supply.given_name, supply.family_name),
        rxnorm=supply.rxnorm,
        medication=supply.label,
        as_needed=supply.as_needed,
        runs_out=supply.runs_out_on,
        days_left=(supply.runs_out_on - principal.today).days,
        last_filled=supply.last_filled_on,
        refills_left=supply.refills_left,
        blocked_by=row.blockers,
        labs_due=row.panels or None,
        visit_due=supply.back_by if RefillBlocker.VISIT in row.blockers else None,
        next_visit=local_or_none(supply.next_visit_at, principal),
        abnormal_results_not_acknowledged=supply.unseen,
    )
