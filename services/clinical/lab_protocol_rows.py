"""The default lab protocol as rows of a new clinic."""

from collections.abc import Callable
from uuid import UUID

from models.base import ClinicRow
from models.identifier import uuid7
from models.lab import LabInterval, LabPanel, LabPanelMarker
from services.clinical.lab_protocol import INTERVALS, PANELS
from services.clinical.markers import MARKERS


def rows(tenant_id: UUID, new_id: Callable[[], UUID] = uuid7) -> list[ClinicRow]:
    """Make panels, their markers (one row a LOINC code) and intervals, in the order of keys."""
    panels = {
        p.key: LabPanel(tenant_id=tenant_id, id=new_id(), key=p.key, name=p.name) for p in PANELS
    }
    markers = [
        LabPanelMarker(
            tenant_id=tenant_id,
            id=new_id(),
            panel_id=panels[panel.key].id,
            loinc=loinc.code,
            marker=key,
            position=position,
            required=key in panel.required,
        )
        for panel in PANELS
        for position, key in enumerate(panel.markers, 1)
        for loinc in MARKERS[key].codes
    ]
    intervals = [
        LabInterval(
            tenant_id=tenant_id,
            id=new_id(),
            key=interval.key,
            name=interval.name,
            panel_id=panels[interval.panel].id,
            trigger=interval.trigger,
            trigger_codes=list(interval.codes),
            first_due_days=interval.first_due_days,
            interval_days=interval.interval_days,
            after_change=interval.after_change,
            source=interval.source,
        )
        for interval in INTERVALS
    ]
    return [*panels.values(), *markers, *intervals]
