"""Laboratory results of a patient, each beside the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.patients import EXISTS, require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.database.wire import Rows
from services.errors import InvalidInput
from services.paging import NEWEST, Moment, Page, from_cursor, page

_COLUMNS = """l.id, l.loinc, l.label, l.value::float8, l.comparator, l.unit, l.value_label,
       l.reference_low::float8, l.reference_high::float8, l.flag, l.status, l.collected_at"""

_ALL = f"""
WITH newest AS (
  SELECT {_COLUMNS} FROM lab_results l
   WHERE l.patient_id = :patient_id AND (l.collected_at, l.id) < (:at, :id) PANEL
   ORDER BY l.collected_at DESC, l.id DESC LIMIT :limit
), before AS (
  SELECT o.* FROM (
    SELECT DISTINCT ON (n.loinc, n.unit) n.loinc, n.unit, n.collected_at, n.id
      FROM newest n ORDER BY n.loinc, n.unit, n.collected_at, n.id
  ) first, LATERAL (
    SELECT {_COLUMNS} FROM lab_results l
     WHERE l.patient_id = :patient_id AND l.loinc = first.loinc
       AND l.unit IS NOT DISTINCT FROM first.unit
       AND (l.collected_at, l.id) < (first.collected_at, first.id)
     ORDER BY l.collected_at DESC, l.id DESC LIMIT 1
  ) o
)
SELECT true, n.* FROM newest n UNION ALL SELECT false, b.* FROM before b
 ORDER BY 13 DESC, 2 DESC
"""  # noqa: S608 -- fixed text
_OF_PANEL = """AND l.loinc IN (
     SELECT m.loinc FROM lab_panel_markers m
       JOIN lab_panels p ON p.tenant_id = m.tenant_id AND p.id = m.panel_id
      WHERE p.key = :panel)"""

_RESULTS = statement(_ALL.replace("PANEL", ""))
_RESULTS_OF_PANEL = statement(_ALL.replace("PANEL", _OF_PANEL))
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


@dataclass(frozen=True, slots=True)
class ComparedResult:
    """A result with the one before it of the same marker in the same unit."""

    result: LabResultFacts
    previous: LabResultFacts | None


async def results(
    clinic: ClinicSession,
    patient_id: UUID,
    *,
    panel: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[ComparedResult]:
    """Results, newest first. Raises NotFound, NotPermitted, InvalidInput."""
    clinic.require(Permission.VIEW_CHARTS)
    at, after = from_cursor(cursor, Moment, NEWEST)
    asked = {"patient_id": patient_id, "at": at, "id": after, "limit": limit + 1}
    patient = (EXISTS, {"patient_id": patient_id})
    if panel is None:
        patients, rows = await clinic.ask(patient, (_RESULTS, asked))
    else:
        patients, rows, panels = await clinic.ask(
            patient, (_RESULTS_OF_PANEL, {**asked, "panel": panel}), (_PANELS, {})
        )
        require_panel(panel, [key for (key,) in panels])
    require_patient(patients)
    return page(_compared(rows), limit, lambda row: (row.result.collected_at, row.result.id))


def require_panel(panel: str, panels: Sequence[str]) -> None:
    """Raise InvalidInput, with the panels that there are, unless this is one of them."""
    if panel not in panels:
        raise InvalidInput({"panel": f"must be one of this clinic's panels: {', '.join(panels)}"})


def _compared(rows: Rows) -> list[ComparedResult]:
    """Rows are (asked for or not, result …), newest first; pair each with its next of kind."""
    series: dict[tuple[str, str | None], list[LabResultFacts]] = {}
    for row in rows:
        result = LabResultFacts._make(row[1:])
        series.setdefault((result.loinc, result.unit), []).append(result)
    older = {
        later.id: earlier for of_marker in series.values() for later, earlier in pairwise(of_marker)
    }
    asked_for = (LabResultFacts._make(row[1:]) for row in rows if row[0])
    return [ComparedResult(result, older.get(result.id)) for result in asked_for]
