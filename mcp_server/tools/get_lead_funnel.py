"""The tool get_lead_funnel."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.tool import Result, read_tool
from mcp_server.wording import number
from models.permission import Permission
from models.vocabulary import LeadSource
from services.database.session import ClinicSession
from services.date_range import DateRange
from services.practice import growth
from services.practice.growth import Source


class SourceFunnel(Result, kw_only=True):
    """How far leads came."""

    source: Annotated[LeadSource | None, Meta(description="Absent in the sum.")] = None
    leads: int
    consults: int
    paying: int
    lead_to_consult_percent: float | None = None
    consult_to_paying_percent: float | None = None
    lead_to_paying_percent: float | None = None
    median_days_to_consult: float | None = None
    median_days_to_paying: float | None = None


class LeadFunnel(Result, kw_only=True):
    """Leads that first made contact in the range."""

    first: date
    last: date
    everyone: SourceFunnel
    by_source: list[SourceFunnel]


@read_tool(title="Lead funnel", permission=Permission.VIEW_GROWTH)
async def get_lead_funnel(clinic: ClinicSession, date_range: DateRange) -> LeadFunnel:
    """Gives how many leads of a range of days became consults and paying patients, by source.

    The cohort is who first made contact in the range, however late the rest came. Days count from
    first contact. Leaves out names.
    """
    found = await growth.funnel(clinic, date_range)
    return LeadFunnel(
        first=found.first,
        last=found.last,
        everyone=_source(found.everyone),
        by_source=[_source(source) for source in found.sources],
    )


def _source(found: Source) -> SourceFunnel:
    return SourceFunnel(
        source=None if found.source is None else LeadSource(found.source),
        leads=found.leads,
        consults=found.consults,
        paying=found.paying,
        lead_to_consult_percent=_percent(found.consults, found.leads),
        consult_to_paying_percent=_percent(found.paying, found.consults),
        lead_to_paying_percent=_percent(found.paying, found.leads),
        median_days_to_consult=_days(found.days_to_consult),
        median_days_to_paying=_days(found.days_to_paying),
    )


def _percent(part: int, whole: int) -> float | None:
    return number(round(100 * part / whole, 1)) if whole else None


def _days(median: float | None) -> float | None:
    return None if median is None else number(round(float(median), 1))
