"""The tool find_lab_trend_outliers."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.marked import ANY_CASE, marked
from mcp_server.text import Code, Label, Ours, PersonName, Unit
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import full_name, measured, number
from models.permission import Permission
from models.vocabulary import TrendDirection
from services.clinical import lab_trends
from services.clinical.lab_trends import TrendFacts, Trends
from services.database.session import ClinicSession
from services.principal import Principal


class Trend(Result, kw_only=True):
    """A patient's values by one method in one unit; low and high are of the last result."""

    patient_id: OfPatient
    patient: PersonName
    loinc: Code
    unit: Unit | None = None
    slope_per_month: float
    r2: float
    n: int
    first: float
    first_on: date
    last: float
    last_on: date
    low: float | None = None
    high: float | None = None
    range_crossed_percent: float | None = None


class LabTrends(Result, kw_only=True):
    """Steepest first."""

    marker: Label
    name: Label
    since: date
    trends: list[Trend]
    next_cursor: Ours | None = None


@read_tool(title="Lab trends", permission=Permission.VIEW_CHARTS)
async def find_lab_trend_outliers(
    clinic: ClinicSession,
    marker: Annotated[
        str,
        marked(
            ANY_CASE,
            min_length=1,
            max_length=60,
            description="Of a panel, such as hematocrit, total_testosterone, tsh; or a LOINC code.",
        ),
    ],
    direction: Annotated[TrendDirection, Meta(description="Which way the values go.")],
    *,
    months: Annotated[int, Meta(ge=1, le=60, description="How far back.")] = 12,
    limit: Annotated[int, Meta(ge=1, le=100)] = 25,
    cursor: Cursor | None = None,
) -> LabTrends:
    """Finds living patients whose marker climbs or falls, the steepest first.

    Slope per month (30.4 days) of the least-squares line through at least 3 results, its r2, first
    and last value, and range_crossed_percent: last minus first in percent of the range's width, or
    of the limit where the other end is open. Any slope counts, noise too: r2 near 0 says so. Leaves
    out bounds (<5); another method or unit is a row of its own, the usual unit before others.
    """
    found = await lab_trends.trends(
        clinic, marker, direction, months=months, limit=limit, cursor=cursor
    )
    return _trends(found, clinic.principal)


def _trends(found: Trends, principal: Principal) -> LabTrends:
    return LabTrends(
        marker=found.marker,
        name=found.name,
        since=found.since,
        trends=[_trend(row, principal) for row in found.page.rows],
        next_cursor=found.page.next_cursor,
    )


def _trend(row: TrendFacts, principal: Principal) -> Trend:
    told = Trend(
        patient_id=row.patient_id,
        patient=full_name(row.given_name, row.family_name),
        loinc=row.loinc,
        unit=row.unit,
        slope_per_month=measured(row.slope_per_month),
        r2=number(round(row.r2, 3)),
        n=row.n,
        first=number(row.first_value),
        first_on=row.first_at.astimezone(principal.zone).date(),
        last=number(row.last_value),
        last_on=row.last_at.astimezone(principal.zone).date(),
    )
    for name, value in (
        ("low", row.reference_low),
        ("high", row.reference_high),
        ("range_crossed_percent", row.range_crossed_percent),
    ):
        if value is not None:
            setattr(told, name, number(value))
    return told
