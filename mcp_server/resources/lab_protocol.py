"""The resource lab_protocol."""

from itertools import groupby
from typing import Annotated

from msgspec import Meta

from mcp_server.resource import resource
from mcp_server.text import Code, Label, of_kind
from mcp_server.tool import Result
from models.vocabulary import IntervalTrigger
from services.clinical import lab_intervals
from services.clinical.lab_intervals import Interval, PanelMarker
from services.clinical.lab_protocol import INTERVALS
from services.database.session import ClinicSession

_SOURCES = frozenset(interval.source for interval in INTERVALS)

Source = Annotated[str, of_kind("guideline", lambda text: text in _SOURCES)]
"""Ours as the clinic was given them; what somebody wrote in their place is marked."""


class Marker(Result, kw_only=True):
    """A marker of a panel."""

    marker: Label
    loinc: list[Code]
    required: Annotated[
        bool, Meta(description="The panel counts as drawn only when it was measured.")
    ] = False


class Panel(Result, kw_only=True):
    """Markers that the clinic reads together."""

    panel: Label
    name: Label
    markers: list[Marker]


class LabInterval(Result, kw_only=True):
    """How often a panel is due for whom."""

    name: Label
    panel: Label
    trigger: IntervalTrigger
    codes: Annotated[
        list[Code], Meta(description="RxNorm ingredients, or beginnings of ICD-10-CM codes.")
    ]
    first_due_days: int
    interval_days: int
    after_change: bool = False
    source: Source


class LabProtocol(Result, kw_only=True):
    """Panels and intervals."""

    panels: list[Panel]
    intervals: list[LabInterval]


@resource(title="Lab protocol", tools=["find_labs_due"])
async def lab_protocol(clinic: ClinicSession) -> LabProtocol:
    """The clinic's panels with their LOINC codes, and its lab intervals.

    For what each is due, how often, and the guideline that it follows: what find_labs_due goes by.
    """
    markers, intervals = await lab_intervals.protocol(clinic)
    panels = groupby(markers, key=lambda row: (row.panel_key, row.panel))
    return LabProtocol(
        panels=[
            Panel(panel=key, name=name, markers=[_marker(row) for row in rows])
            for (key, name), rows in panels
        ],
        intervals=[_interval(row) for row in intervals],
    )


def _marker(row: PanelMarker) -> Marker:
    return Marker(marker=row.marker, loinc=row.loincs, required=row.required)


def _interval(row: Interval) -> LabInterval:
    return LabInterval(
        name=row.name,
        panel=row.panel_key,
        trigger=IntervalTrigger(row.trigger),
        codes=row.codes,
        first_due_days=row.first_due_days,
        interval_days=row.interval_days,
        after_change=row.after_change,
        source=row.source,
    )
