"""Laboratory results of a patient, each beside the one before it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.markers import MARKERS
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import InvalidInput
from services.paging import NEWEST, Moment, Page, from_cursor, page

_SERIES = " ".join(
    f"WHEN '{code.code}' THEN '{marker.loinc.code}'"
    for marker in MARKERS.values()
    for code in marker.codes[1:]
)
_ALL = f"""
SELECT id, loinc, label, value::float8, comparator, unit, value_label, reference_low::float8,
       reference_high::float8, flag, status, collected_at, previous::float8, series
  FROM (SELECT s.*, lag(CASE WHEN comparator IS NULL THEN value END) OVER
                      (PARTITION BY series, unit ORDER BY collected_at, id) AS previous
          FROM (SELECT *, CASE loinc {_SERIES} ELSE loinc END AS series
                  FROM lab_results WHERE patient_id = :patient_id) AS s) AS l
 WHERE (collected_at, id) < (:at, :id)
"""  # noqa: S608 -- codes of our own
_NEWEST_FIRST = " ORDER BY collected_at DESC, id DESC LIMIT :limit"
_OF_PANEL = """ AND loinc IN (
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
    series: str
    """The same for all codes of a marker."""


async def results(
    clinic: ClinicSession,
    patient_id: UUID,
    *,
    panel: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[LabResultFacts]:
    """Results, newest first, by whole draws. Raises NotFound, NotPermitted, InvalidInput.

    A page ends early rather than within a draw; only a draw that is longer than `limit` is cut.
    """
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
    return page(found, _whole_draws(found, limit), lambda last: (last.collected_at, last.id))


def _whole_draws(found: Sequence[LabResultFacts], limit: int) -> int:
    """How many of them to give: as many as allowed, less those of a draw that goes on."""
    if len(found) <= limit:
        return limit
    place = limit
    while place and found[place - 1].collected_at == found[limit].collected_at:
        place -= 1
    return place or limit


def require_panel(panel: str, panels: Sequence[str]) -> None:
    """Raise InvalidInput, with the panels that there are, unless this is one of them."""
    if panel not in panels:
        raise InvalidInput({"panel": f"must be one of this clinic's panels: {', '.join(panels)}"})
