"""Results outside their range, across the patients of a clinic."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.clinical.labs import PANELS, STANDING, require_panel
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import midnight, months_before
from services.paging import Listing, Page

_ABNORMAL = statement(
    f"""
WITH markers AS MATERIALIZED (
  SELECT m.loinc, m.marker
    FROM lab_panels g JOIN lab_panel_markers m ON m.tenant_id = g.tenant_id AND m.panel_id = g.id
   WHERE g.key = :panel
), latest AS (
  SELECT DISTINCT ON (r.patient_id, m.marker)
         r.tenant_id, r.id, r.patient_id, r.value, r.comparator, r.reference_low AS low,
         r.reference_high AS high, r.flag
    FROM lab_results r JOIN markers m ON m.loinc = r.loinc
   WHERE r.loinc = ANY (ARRAY(SELECT loinc FROM markers))
     AND r.collected_at BETWEEN :begin AND :now
   ORDER BY r.patient_id, m.marker, r.collected_at DESC, {STANDING} DESC, r.id DESC
), compared AS (
  SELECT l.*,
         CASE WHEN (l.comparator IS NULL OR l.comparator IN ('<', '<='))
               AND (l.value < l.low OR l.value = l.low AND l.comparator = '<')
              THEN l.low - l.value
              WHEN (l.comparator IS NULL OR l.comparator IN ('>', '>='))
               AND (l.value > l.high OR l.value = l.high AND l.comparator = '>')
              THEN l.value - l.high END AS beyond,
         nullif(coalesce(l.high - l.low, abs(coalesce(l.high, l.low))), 0) AS width
    FROM latest l
), judged AS (
  SELECT c.*, round(100 * c.beyond / c.width, 1)::float8 AS outside_percent
    FROM compared c WHERE c.beyond IS NOT NULL OR c.flag IN ('LL', 'L', 'H', 'HH')
), ranked AS (
  SELECT j.*, CASE WHEN j.flag IN ('LL', 'HH') THEN 0 ELSE 1 END AS urgency,
         -coalesce(j.outside_percent, -1) AS rank
    FROM judged j
), page AS (
  SELECT r.tenant_id, r.id, r.outside_percent, r.urgency, r.rank
    FROM ranked r
    JOIN patients p ON p.tenant_id = r.tenant_id AND p.id = r.patient_id AND p.status <> 'deceased'
   WHERE (r.urgency, r.rank, r.id) > (:urgency, :rank, :id)
   ORDER BY r.urgency, r.rank, r.id LIMIT :limit
)
SELECT l.id, p.id, p.given_name, p.family_name, l.loinc, l.label, l.value::float8, l.comparator,
       l.unit, l.value_label, l.reference_low::float8, l.reference_high::float8, l.flag, l.status,
       l.collected_at, l.acknowledged_at, q.outside_percent, q.urgency, q.rank
  FROM page q
  JOIN lab_results l ON l.tenant_id = q.tenant_id AND l.id = q.id
  JOIN patients p ON p.tenant_id = l.tenant_id AND p.id = l.patient_id
 ORDER BY q.urgency, q.rank, q.id
"""  # noqa: S608 -- a part of our own
)
USUAL_MONTHS = 12
"""How far back results count unless something else is said."""

_Place = tuple[int, float, UUID]
_START: _Place = (-1, 0.0, UUID(int=0))


class AbnormalFacts(NamedTuple):
    """A patient's latest result of a marker, which is outside its range or flagged."""

    id: UUID
    patient_id: UUID
    given_name: str
    family_name: str
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
    acknowledged_at: datetime | None
    outside_percent: float | None
    """None where only the laboratory's flag says so, or the range has no width."""
    urgency: int
    """0 for a critical flag, 1 for the others."""
    rank: float
    """The farther outside, the smaller."""


async def abnormal(
    clinic: ClinicSession,
    panel: str,
    *,
    since: date | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[AbnormalFacts]:
    """Of each living patient the latest result of each marker of a panel, where it is abnormal.

    Abnormal is what lies outside the range that came with the result, or is flagged by the
    laboratory; a bound (`<5`) only where it cannot lie inside. The codes of a panel's marker count
    as one. How far outside: the distance to the end of the range that was passed, in percent of the
    range's width, or of that end where the other is open; to one decimal. Critical ones (LL, HH)
    come first, then the farthest outside. What was collected before the day `since` at the clinic
    does not count; if nothing is said, before this day twelve months ago.

    Raises InvalidInput for an unknown panel, NotPermitted.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "abnormal labs", panel, since)
    urgency, rank, after = listing.place(cursor, _Place, _START)
    principal = await clinic.begin()
    first = since or months_before(principal.today, USUAL_MONTHS)
    asked = {"panel": panel, "begin": midnight(first, principal.zone), "now": principal.now}
    place = {"urgency": urgency, "rank": rank, "id": after}
    rows, panels = await clinic.ask(
        (_ABNORMAL, {**asked, **place, "limit": limit + 1}), (PANELS, {})
    )
    require_panel(panel, [key for (key,) in panels])
    found = [AbnormalFacts._make(row) for row in rows]
    return listing.page(found, limit, lambda found: (found.urgency, found.rank, found.id))
