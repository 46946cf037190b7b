"""Whose values of a marker climb or fall, across the patients of a clinic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import TrendDirection
from services.clinical.labs import SERIES, STANDING
from services.clinical.markers import BY_LOINC, MARKERS, Marker
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import midnight, months_before
from services.errors import InvalidInput
from services.paging import Listing, Page

_MARKERS = statement("SELECT DISTINCT lower(marker), loinc FROM lab_panel_markers ORDER BY 1, 2")
_TRENDS = statement(
    f"""
WITH counted AS (
  SELECT DISTINCT ON (l.patient_id, l.series, l.unit, l.collected_at) l.*,
         extract(epoch FROM l.collected_at - :begin)::float8 / :seconds AS month
    FROM (SELECT r.tenant_id, r.patient_id, r.id, r.unit, r.value, r.comparator, r.collected_at,
                 r.reference_low, r.reference_high, {SERIES} AS series, {STANDING} AS standing
            FROM lab_results r
           WHERE r.loinc = ANY (CAST(:codes AS text[]))
             AND r.collected_at BETWEEN :begin AND :now) AS l
   ORDER BY l.patient_id, l.series, l.unit, l.collected_at, l.standing DESC, l.id DESC
), fitted AS (
  SELECT c.tenant_id, c.patient_id, c.series, coalesce(c.unit, '') AS unit, count(*) AS n,
         regr_slope(c.value::float8, c.month) AS slope, regr_r2(c.value::float8, c.month) AS r2,
         min(c.collected_at) AS first_at, max(c.collected_at) AS last_at,
         (array_agg(c.value ORDER BY c.collected_at))[1] AS first_value,
         (array_agg(c.value ORDER BY c.collected_at DESC))[1] AS last_value,
         (array_agg(c.reference_low ORDER BY c.collected_at DESC))[1] AS low,
         (array_agg(c.reference_high ORDER BY c.collected_at DESC))[1] AS high
    FROM counted c WHERE c.value IS NOT NULL AND c.comparator IS NULL
   GROUP BY c.tenant_id, c.patient_id, c.series, c.unit HAVING count(*) >= :least
), ranked AS (
  SELECT f.*, CASE WHEN f.unit = :usual_unit THEN 0 ELSE 1 END AS unusual,
         -round(abs(f.slope)::numeric, 6)::float8 AS rank,
         nullif(coalesce(f.high - f.low, abs(coalesce(f.high, f.low))), 0) AS width
    FROM fitted f WHERE CASE WHEN :up THEN f.slope > 0 ELSE f.slope < 0 END
)
SELECT p.id, p.given_name, p.family_name, r.series, nullif(r.unit, ''), r.n, r.slope, r.r2,
       r.first_at, r.first_value::float8, r.last_at, r.last_value::float8, r.low::float8,
       r.high::float8, round(100 * (r.last_value - r.first_value) / r.width, 1)::float8,
       r.unusual, r.unit, r.rank
  FROM ranked r
  JOIN patients p ON p.tenant_id = r.tenant_id AND p.id = r.patient_id AND p.status <> 'deceased'
 WHERE (r.unusual, r.unit, r.rank, p.id, r.series) > (:unusual, :unit, :rank, :id, :series)
 ORDER BY r.unusual, r.unit, r.rank, p.id, r.series LIMIT :limit
"""  # noqa: S608 -- parts of our own
)
LEAST_RESULTS = 3
MONTH_SECONDS = 365.25 / 12 * 86_400
"""A month of a slope is a twelfth of a Julian year: 30.4375 days."""

_Place = tuple[int, str, float, UUID, str]
_START: _Place = (-1, "", 0.0, UUID(int=0), "")


class TrendFacts(NamedTuple):
    """A patient's values of one series in one unit, and the line through them."""

    patient_id: UUID
    given_name: str
    family_name: str
    loinc: str
    unit: str | None
    n: int
    slope_per_month: float
    r2: float
    first_at: datetime
    first_value: float
    last_at: datetime
    last_value: float
    reference_low: float | None
    """The range is that of the last result."""
    reference_high: float | None
    range_crossed_percent: float | None
    """From first to last, with its sign; None without a range, or for one without width."""
    unusual: int
    """0 in the unit that the marker is usually measured in."""
    unit_or_none: str
    rank: float
    """The steeper, the smaller."""


@dataclass(frozen=True, slots=True)
class Trends:
    """What was found, of which marker, since when."""

    marker: str
    name: str
    since: date
    page: Page[TrendFacts]


async def trends(
    clinic: ClinicSession,
    marker: str,
    direction: TrendDirection,
    *,
    months: int,
    limit: int,
    cursor: str | None = None,
) -> Trends:
    """Living patients whose values of a marker move that way, the steepest first.

    The slope is that of the least-squares line through the values collected since this day so many
    months ago, at least three of them; r2 is its coefficient of determination. Values count as one
    series in one unit and of codes whose methods agree (`markers.interchangeable`); bounds and
    answers in words do not count, and of one moment the result that stands. How much of the range
    was crossed: the last value minus the first in percent of the width of the last result's range,
    or of its limit where the other end is open. Series in the marker's usual unit come first, since
    slopes in two units do not compare. A marker is named as in a panel, or by a LOINC code.

    Raises InvalidInput for an unknown marker, NotPermitted.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "lab trends", marker, direction, months)
    unusual, unit, rank, after, series = listing.place(cursor, _Place, _START)
    of_panels = await clinic.rows(_MARKERS)
    key, codes = _codes(marker, of_panels)
    known = MARKERS.get(key)
    principal = clinic.principal
    since = months_before(principal.today, months)
    asked: dict[str, Any] = {
        "codes": codes,
        "begin": midnight(since, principal.zone),
        "now": principal.now,
        "seconds": MONTH_SECONDS,
        "least": LEAST_RESULTS,
        "usual_unit": known.unit if known else "",
        "up": direction is TrendDirection.UP,
    }
    place = {"unusual": unusual, "unit": unit, "rank": rank, "id": after, "series": series}
    rows = await clinic.rows(_TRENDS, **asked, **place, limit=limit + 1)
    page = listing.page([TrendFacts._make(row) for row in rows], limit, _place)
    return Trends(key, known.name if known else key, since, page)


def _place(last: TrendFacts) -> _Place:
    return last.unusual, last.unit_or_none, last.rank, last.patient_id, last.loinc


def _codes(marker: str, of_panels: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    """The marker's name and its codes, those of the clinic's panels and those every clinic has."""
    by_loinc = {loinc: key for key, loinc in of_panels}
    standard = BY_LOINC.get(marker)
    key = by_loinc.get(marker) or (standard.key if standard else marker)
    codes = [loinc for of, loinc in of_panels if of == key] + _standard(MARKERS.get(key))
    if not codes:
        known = sorted({*MARKERS, *(of for of, _ in of_panels)})
        raise InvalidInput({"marker": f"must be a LOINC code or one of: {', '.join(known)}"})
    return key, list(dict.fromkeys(codes))


def _standard(marker: Marker | None) -> list[str]:
    return [loinc.code for loinc in marker.codes] if marker else []
