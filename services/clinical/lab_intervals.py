"""The clinic's own lab protocol: its panels, and how often each is due for whom."""

from typing import NamedTuple

from models.permission import Permission
from services.database.session import ClinicSession
from services.database.statement import statement

_MARKERS = statement(
    """
SELECT p.key, p.name, m.marker, array_agg(m.loinc ORDER BY m.loinc), bool_or(m.required)
  FROM lab_panels p
  JOIN lab_panel_markers m ON m.tenant_id = p.tenant_id AND m.panel_id = p.id
 GROUP BY p.tenant_id, p.id, m.marker ORDER BY p.key, min(m.position), m.marker
"""
)
_INTERVALS = statement(
    """
SELECT i.name, p.key, i.trigger, i.trigger_codes, i.first_due_days, i.interval_days, i.after_change,
       i.source
  FROM lab_intervals i
  JOIN lab_panels p ON p.tenant_id = i.tenant_id AND p.id = i.panel_id
 WHERE i.active ORDER BY i.key
"""
)


class PanelMarker(NamedTuple):
    """A marker of a panel, with the LOINC codes that measure it."""

    panel_key: str
    panel: str
    marker: str
    loincs: list[str]
    required: bool
    """Whether the panel counts as drawn only when this marker was measured."""


class Interval(NamedTuple):
    """How often a panel is due for whom."""

    name: str
    panel_key: str
    trigger: str
    codes: list[str]
    """RxNorm ingredients, or beginnings of ICD-10-CM codes."""
    first_due_days: int
    interval_days: int
    after_change: bool
    source: str


async def protocol(clinic: ClinicSession) -> tuple[list[PanelMarker], list[Interval]]:
    """Markers by panel in their order, and the intervals that are in use. Raises NotPermitted."""
    clinic.require(Permission.VIEW_CHARTS)
    markers, intervals = await clinic.ask((_MARKERS, {}), (_INTERVALS, {}))
    return [PanelMarker._make(row) for row in markers], [Interval._make(row) for row in intervals]
