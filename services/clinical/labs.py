"""Laboratory results of a patient, each beside the one before it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import ResultStatus
from services.clinical.markers import MARKERS
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import InvalidInput
from services.paging import NEWEST, Listing, Page

_SAME = " ".join(
    f"WHEN '{code}' THEN '{marker.interchangeable[0]}'"
    for marker in MARKERS.values()
    for code in marker.interchangeable[1:]
)
SERIES = f"CASE loinc {_SAME} ELSE loinc END"
"""Of a row of `lab_results`: the code, or the one that stands for those interchangeable with it."""
_STANDING = " ".join(
    f"WHEN '{status.value}' THEN {standing}"
    for standing, statuses in enumerate(
        (
            (ResultStatus.REGISTERED, ResultStatus.PRELIMINARY),
            (ResultStatus.FINAL,),
            (ResultStatus.AMENDED, ResultStatus.CORRECTED),
        )
    )
    for status in statuses
)
STANDING = f"CASE status {_STANDING} END"
"""Of one time: a corrected result is above a final one, and that above a preliminary one."""
# Before the first row of a time stands the last of the time before: what all its rows follow.
_ALL = f"""
SELECT id, loinc, label, value::float8, comparator, unit, value_label, reference_low::float8,
       reference_high::float8, flag, status, collected_at, previous::float8, series, standing
  FROM (SELECT t.*, first_value(before) OVER
                      (PARTITION BY series, unit, collected_at ORDER BY standing, id) AS previous
          FROM (SELECT s.*, lag(CASE WHEN comparator IS NULL THEN value END) OVER
                              (PARTITION BY series, unit ORDER BY collected_at, standing, id)
                            AS before
                  FROM (SELECT *, {SERIES} AS series, {STANDING} AS standing
                          FROM lab_results WHERE patient_id = :patient_id) AS s) AS t) AS l
 WHERE (collected_at, standing, id) < (:at, :standing, :id)
"""  # noqa: S608 -- codes of our own
_NEWEST_FIRST = " ORDER BY collected_at DESC, standing DESC, id DESC LIMIT :limit"
_OF_PANEL = """ AND loinc IN (
   SELECT m.loinc FROM lab_panel_markers m
     JOIN lab_panels p ON p.tenant_id = m.tenant_id AND p.id = m.panel_id WHERE p.key = :panel)"""

_RESULTS = statement(_ALL + _NEWEST_FIRST)
_RESULTS_OF_PANEL = statement(_ALL + _OF_PANEL + _NEWEST_FIRST)

PANELS = statement("SELECT key FROM lab_panels ORDER BY key")
"""What `require_panel` has to be given."""

_Place = tuple[datetime, int, UUID]
_START: _Place = (NEWEST[0], 0, NEWEST[1])


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
    """The value at the time before, of the same series and unit; None where it is only a bound."""
    series: str
    """The code, or the one that stands for it and those that are interchangeable with it."""
    standing: int
    """Of one time: a corrected result is above a final one, and that above a preliminary one."""


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
    listing = Listing(clinic, "labs", patient_id, panel)
    at, standing, after = listing.place(cursor, _Place, _START)
    asked: dict[str, Any] = {"patient_id": patient_id, "at": at, "standing": standing, "id": after}
    asked["limit"] = limit + 1
    if panel is None:
        rows = await clinic.rows(_RESULTS, **asked)
    else:
        rows, panels = await clinic.ask(
            (_RESULTS_OF_PANEL, {**asked, "panel": panel}), (PANELS, {})
        )
        require_panel(panel, [key for (key,) in panels])
    if not rows:
        await require_patient(clinic, patient_id)
    found = [LabResultFacts._make(row) for row in rows]
    return listing.page(found, _whole_draws(found, limit), _place)


def _place(last: LabResultFacts) -> _Place:
    return last.collected_at, last.standing, last.id


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
