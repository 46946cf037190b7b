"""Laboratory results of a patient, each beside the one before it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import InvalidInput
from services.paging import NEWEST, Moment, Page, from_cursor, page

_ALL = """
SELECT l.id, l.loinc, l.label, l.value::float8, l.comparator, l.unit, l.value_label,
       l.reference_low::float8, l.reference_high::float8, l.flag, l.status, l.collected_at,
       (SELECT CASE WHEN o.comparator IS NULL THEN o.value::float8 END FROM lab_results o
         WHERE o.patient_id = l.patient_id AND o.loinc = l.loinc
           AND o.unit IS NOT DISTINCT FROM l.unit
           AND (o.collected_at, o.id) < (l.collected_at, l.id)
         ORDER BY o.collected_at DESC, o.id DESC LIMIT 1) AS previous
  FROM lab_results l
 WHERE l.patient_id = :patient_id AND (l.collected_at, l.id) < (:at, :id)
"""
_NEWEST_FIRST = " ORDER BY l.collected_at DESC, l.id DESC LIMIT :limit"
_OF_PANEL = """ AND l.loinc IN (
   SELECT m.loinc FROM lab_panel_markers m
     JOIN lab_panels p ON p.tenant_id = m.tenant_id AND p.id = m.panel_id WHERE p.key = :panel)"""

_RESULTS = statement(_ALL + _NEWEST_FIRST)
_RESULTS_OF_PANEL = statement(_ALL + _OF_PANEL + _NEWEST_FIRST)
_PANELS = statement("SELECT key FROM lab_panels ORDER BY key")


class LabResultFacts(NamedTuple):
    """One result as the laboratory gave it; UCUM units, times UTC."""

    id: UUID
    loinc: str
    label: str
    value: float | None
    comparator: str | None
    unit: str | None
    value_label: str | None
    reference_low: float | None
    reference_high: float | None
    flag: str | None
    status: str
    collected_at: datetime
    previous: float | None
    """The value before, of the same marker in the same unit; None where it is only a bound."""


async def results(
    clinic: ClinicSession,
    patient_id: UUID,
    *,
    panel: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[LabResultFacts]:
    """Results, newest first. Raises NotFound, NotPermitted, InvalidInput."""
    clinic.require(Permission.VIEW_CHARTS)
    at, after = from_cursor(cursor, Moment, NEWEST)
    asked = {"patient_id": patient_id, "at": at, "id": after, "limit": limit + 1}
    if panel is None:
        rows = await clinic.rows(_RESULTS, **asked)
    else:
        rows, panels = await clinic.ask(
            (_RESULTS_OF_PANEL, {**asked, "panel": panel}), (_PANELS, {})
        )
        require_panel(panel, [key for (key,) in panels])
    if not rows:
        await require_patient(clinic, patient_id)
    found = [LabResultFacts._make(row) for row in rows]
    return page(found, limit, lambda result: (result.collected_at, result.id))


def require_panel(panel: str, panels: Sequence[str]) -> None:
    """Raise InvalidInput, with the panels that there are, unless this is one of them."""
    if panel not in panels:
        raise InvalidInput({"panel": f"must be one of this clinic's panels: {', '.join(panels)}"})
