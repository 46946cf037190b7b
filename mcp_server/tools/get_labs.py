"""The tool get_labs."""

from typing import Annotated

from msgspec import Meta

from mcp_server.tool import Cursor, Panel, PatientId, Result, read_tool
from mcp_server.wording import local, number
from models.permission import Permission
from models.vocabulary import ResultFlag
from services.clinical import labs
from services.clinical.labs import LabResultFacts
from services.database.session import ClinicSession
from services.paging import Page
from services.principal import Principal


class LabValue(Result, kw_only=True):
    """One result."""

    collected: str
    value: float | None = None
    comparator: Annotated[str | None, Meta(description="The value is a bound: <, <=, >=, >.")] = (
        None
    )
    text: Annotated[str | None, Meta(description="A coded answer, where it is no number.")] = None
    flag: Annotated[
        ResultFlag | None, Meta(description="LL critical low, L, N normal, H, HH critical high.")
    ] = None
    status: Annotated[str | None, Meta(description="Given unless final.")] = None
    previous: Annotated[float | None, Meta(description="The result before, in the same unit.")] = (
        None
    )
    change: Annotated[float | None, Meta(description="value minus previous.")] = None


class Marker(Result, kw_only=True):
    """Results of one marker in one unit, newest first."""

    loinc: str
    name: str
    unit: Annotated[str | None, Meta(description="UCUM.")] = None
    reference_low: float | None = None
    reference_high: float | None = None
    results: list[LabValue]


class Labs(Result, kw_only=True):
    """Results by marker; the marker with the newest result comes first."""

    markers: list[Marker]
    next_cursor: str | None = None


@read_tool(title="Lab results", permission=Permission.VIEW_CHARTS)
async def get_labs(
    clinic: ClinicSession,
    patient_id: PatientId,
    panel: Panel | None = None,
    limit: Annotated[int, Meta(ge=1, le=200)] = 20,
    cursor: Cursor | None = None,
) -> Labs:
    """Gives one patient's lab results, newest first, grouped by marker.

    Each with LOINC code, unit, reference range, flag, time collected, and the value before it.
    """
    results = await labs.results(clinic, patient_id, panel=panel, limit=limit, cursor=cursor)
    return _labs(results, clinic.principal)


def _labs(page: Page[LabResultFacts], principal: Principal) -> Labs:
    groups: dict[tuple[object, ...], Marker] = {}
    # Results of one draw share their time.
    draws = {moment: local(moment, principal) for moment in {r.collected_at for r in page.rows}}
    for result in page.rows:
        key = (result.loinc, result.unit, result.reference_low, result.reference_high)
        marker = groups.get(key)
        if marker is None:
            marker = groups[key] = _marker(result)
        marker.results.append(_value(result, draws[result.collected_at]))
    return Labs(markers=list(groups.values()), next_cursor=page.next_cursor)


def _marker(result: LabResultFacts) -> Marker:
    low, high = result.reference_low, result.reference_high
    return Marker(
        loinc=result.loinc,
        name=result.label,
        unit=result.unit,
        reference_low=None if low is None else number(low),
        reference_high=None if high is None else number(high),
        results=[],
    )


def _value(result: LabResultFacts, collected: str) -> LabValue:
    value, previous = result.value, result.previous
    change = None
    if value is not None and previous is not None and result.comparator is None:
        change = round(value - previous, 6)
    return LabValue(
        collected=collected,
        value=None if value is None else number(value),
        comparator=result.comparator,
        text=result.value_label,
        flag=None if result.flag is None else ResultFlag(result.flag),
        status=None if result.status == "final" else result.status,
        previous=None if previous is None else number(previous),
        change=None if change is None else number(change),
    )
