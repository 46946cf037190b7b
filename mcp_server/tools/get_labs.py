"""The tool get_labs."""

from typing import Annotated

from msgspec import Meta

from mcp_server.text import Code, Label, Ours, Unit
from mcp_server.tool import Cursor, Panel, PatientId, Result, read_tool
from mcp_server.wording import local, number
from models.permission import Permission
from models.vocabulary import ResultFlag
from services.clinical import labs
from services.clinical.labs import LabResultFacts
from services.database.session import ClinicSession
from services.paging import Page
from services.principal import Principal


class Reference(Result, kw_only=True):
    """A reference range; an end that is open, or not known, is left out."""

    low: float | None = None
    high: float | None = None


class LabValue(Result, kw_only=True):
    """One result."""

    collected: Ours
    value: float | None = None
    comparator: Annotated[Ours | None, Meta(description="A bound: <, <=, >=, >.")] = None
    text: Annotated[Label | None, Meta(description="Where it is no number.")] = None
    flag: Annotated[
        ResultFlag | None, Meta(description="LL critical low, L, N normal, H, HH critical high.")
    ] = None
    status: Annotated[Ours | None, Meta(description="Given unless final.")] = None
    previous: Annotated[float | None, Meta(description="The value at the time before.")] = None
    change: Annotated[float | None, Meta(description="value minus previous.")] = None
    loinc: Annotated[Code | None, Meta(description="Given if not the marker's.")] = None
    reference: Annotated[Reference | None, Meta(description="Given if not the marker's.")] = None


class Marker(Result, kw_only=True):
    """Results of one marker by one method in one unit, newest first.

    Code and range are those of the newest.
    """

    loinc: Code
    name: Label
    unit: Unit | None = None
    reference: Reference | None = None
    results: list[LabValue]


class Labs(Result, kw_only=True):
    """Results by marker; those with the newest result come first, of one draw by name."""

    markers: list[Marker]
    next_cursor: Ours | None = None


@read_tool(title="Lab results", permission=Permission.VIEW_CHARTS)
async def get_labs(
    clinic: ClinicSession,
    patient_id: PatientId,
    panel: Panel | None = None,
    limit: Annotated[int, Meta(ge=1, le=200)] = 20,
    cursor: Cursor | None = None,
) -> Labs:
    """Gives one patient's lab results, newest first, grouped by marker, in whole draws.

    Each with LOINC code, unit, reference range, flag, time collected, and the value before it.
    """
    results = await labs.results(clinic, patient_id, panel=panel, limit=limit, cursor=cursor)
    return _labs(results, clinic.principal)


_FLAGS = {flag.value: flag for flag in ResultFlag}
Range = tuple[float | None, float | None]


def _labs(page: Page[LabResultFacts], principal: Principal) -> Labs:
    groups: dict[tuple[str, str | None], tuple[int, Marker, Range]] = {}
    draw, at, collected = 0, None, ""
    for result in page.rows:
        if result.collected_at != at:
            at, collected = result.collected_at, local(result.collected_at, principal)
            draw += 1
        value = _value(result, collected)
        found = (result.reference_low, result.reference_high)
        group = groups.get((result.series, result.unit))
        if group is None:
            marker = _marker(result, found)
            groups[result.series, result.unit] = (draw, marker, found)
        else:
            _, marker, expected = group
            if found != expected:
                value.reference = _reference(found)
            if result.loinc != marker.loinc:
                value.loinc = result.loinc
        marker.results.append(value)
    newest_first = sorted(groups.values(), key=_by_draw)
    return Labs(markers=[marker for _, marker, _ in newest_first], next_cursor=page.next_cursor)


def _by_draw(group: tuple[int, Marker, Range]) -> tuple[int, str, str]:
    draw, marker, _ = group
    return draw, marker.name, marker.loinc


def _marker(result: LabResultFacts, found: Range) -> Marker:
    return Marker(
        loinc=result.loinc,
        name=result.label,
        unit=result.unit,
        reference=None if found == (None, None) else _reference(found),
        results=[],
    )


def _reference(found: Range) -> Reference:
    low, high = found
    return Reference(
        low=None if low is None else number(low), high=None if high is None else number(high)
    )


def _value(result: LabResultFacts, collected: str) -> LabValue:
    value, previous = result.value, result.previous
    told = LabValue(collected=collected, flag=_FLAGS.get(result.flag or ""))
    if value is not None:
        told.value = number(value)
    if previous is not None:
        told.previous = number(previous)
        if value is not None and result.comparator is None:
            told.change = number(round(value - previous, 6))
    told.comparator, told.text = result.comparator, result.value_label
    if result.status != "final":
        told.status = result.status
    return told
