"""Who is due for which labs, by the clinic's own intervals."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import CURRENT_CONDITIONS, UPCOMING
from services.clinical.labs import PANELS, require_panel
from services.clinical.patients import NEXT_VISIT
from services.clinical.problem_codes import EQUIVALENTS
from services.clinical.visits import LONGEST_PAUSE_DAYS
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import Listing, Page
from services.principal import Principal


def _by_interval(whose: str = "") -> str:
    """When each panel is due for each patient by each interval that applies: the part `due`."""
    return f"""
WITH equivalents AS (
  SELECT * FROM unnest(CAST(:systems AS text[]), CAST(:codes AS text[]), CAST(:icds AS text[]))
         AS q (system, code, icd_10_cm)
), taken AS (
  SELECT i.id AS interval_id, m.patient_id, m.started_on,
         coalesce(m.ingredient_rxnorm, m.rxnorm) AS drug,
         array_agg(DISTINCT ROW(m.rxnorm, m.dose, m.dose_unit, m.frequency_code)) AS regimen,
         bool_or(m.status = 'active') AS active,
         bool_or(m.status NOT IN ('active', 'on-hold') AND m.stopped_on IS NULL) AS open_ended,
         max(CASE WHEN m.status IN ('active', 'on-hold') THEN 'infinity'::date
                  ELSE coalesce(m.stopped_on, m.started_on + coalesce(m.supply_days, 0))
              END) AS ended_on
    FROM lab_intervals i
    JOIN medications m ON m.tenant_id = i.tenant_id AND m.status <> 'cancelled'
     AND (m.ingredient_rxnorm = ANY (i.trigger_codes) OR m.rxnorm = ANY (i.trigger_codes))
   WHERE i.active AND i.trigger = 'medication' AND m.started_on <= :today {whose}
   GROUP BY i.id, m.patient_id, m.started_on, drug
), compared AS (
  SELECT t.*, t.regimen IS DISTINCT FROM lag(t.regimen) OVER
                (PARTITION BY t.interval_id, t.patient_id, t.drug ORDER BY t.started_on) AS changed,
         max(t.ended_on) OVER (earlier GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until,
         bool_or(t.open_ended) OVER (earlier GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS bridged
    FROM taken t
  WINDOW earlier AS (PARTITION BY t.interval_id, t.patient_id ORDER BY t.started_on)
), course AS (
  SELECT t.*, max(CASE WHEN t.bridged OR t.started_on <= t.until + CAST(:pause AS integer) THEN NULL
                       ELSE t.started_on END)
                OVER (PARTITION BY t.interval_id, t.patient_id ORDER BY t.started_on) AS begun_on
    FROM compared t
), applies AS (
  SELECT i.id AS interval_id, i.panel_id, i.name, i.first_due_days, i.interval_days, i.source,
         c.patient_id, max(c.begun_on) AS since,
         CASE WHEN i.after_change THEN max(c.started_on) FILTER (WHERE c.changed) END AS changed_on
    FROM course c JOIN lab_intervals i ON i.id = c.interval_id
   GROUP BY i.tenant_id, i.id, c.patient_id HAVING bool_or(c.active)
  UNION ALL
  SELECT i.id, i.panel_id, i.name, i.first_due_days, i.interval_days, i.source,
         c.patient_id, CASE WHEN bool_and(coalesce(c.onset_on, c.recorded_on) IS NOT NULL)
                            THEN min(coalesce(c.onset_on, c.recorded_on)) END, NULL
    FROM lab_intervals i
    JOIN conditions c ON c.tenant_id = i.tenant_id
    LEFT JOIN equivalents q ON q.system = c.system AND q.code = c.code
   WHERE i.active AND i.trigger = 'condition' AND c.status = ANY (CAST(:current AS text[]))
     AND EXISTS (SELECT FROM unnest(i.trigger_codes) trigger_code
                  WHERE starts_with(CASE c.system WHEN 'ICD-10-CM' THEN c.code ELSE q.icd_10_cm END,
                                    trigger_code))
     AND coalesce(c.onset_on, c.recorded_on, :today) <= :today {whose}
   GROUP BY i.tenant_id, i.id, c.patient_id
), counted AS (
  SELECT m.tenant_id, m.panel_id, m.marker, m.loinc, m.required,
         bool_or(m.required) OVER (PARTITION BY m.tenant_id, m.panel_id) AS complete
    FROM lab_panel_markers m
), drawn AS (
  SELECT a.*, w.panel, w.panel_key, w.drawn_on
    FROM applies a, LATERAL (
      SELECT p.name AS panel, p.key AS panel_key,
             CASE WHEN NOT bool_or(k.complete) THEN max(k.last_on)
                  WHEN bool_and(k.last_on IS NOT NULL) THEN min(k.last_on) END AS drawn_on
        FROM lab_panels p, LATERAL (
          SELECT bool_or(pm.complete) AS complete,
                 max((SELECT (max(l.collected_at) AT TIME ZONE :zone)::date FROM lab_results l
                       WHERE l.loinc = pm.loinc AND l.patient_id = a.patient_id
                         AND l.collected_at <= :now)) AS last_on
            FROM counted pm
           WHERE pm.tenant_id = p.tenant_id AND pm.panel_id = p.id AND pm.required = pm.complete
           GROUP BY pm.marker
        ) k
       WHERE p.id = a.panel_id AND (CAST(:panel AS text) IS NULL OR p.key = :panel)
       GROUP BY p.tenant_id, p.id
    ) w
), due AS (
  SELECT d.*, least(
           CASE WHEN d.since IS NULL THEN coalesce(d.drawn_on + d.interval_days, :today)
                WHEN d.drawn_on >= d.since + d.first_due_days / 2 THEN d.drawn_on + d.interval_days
                ELSE d.since + d.first_due_days END,
           CASE WHEN d.changed_on >= d.since AND d.drawn_on < d.changed_on + d.first_due_days / 2
                THEN d.changed_on + d.first_due_days END) AS due_on
    FROM drawn d
)"""  # noqa: S608 -- a part of our own


_DUE = statement(
    f"""{_by_interval()}, earliest AS (
  SELECT DISTINCT ON (d.patient_id, d.panel_id) d.* FROM due d
   ORDER BY d.patient_id, d.panel_id, d.due_on, d.interval_id
)
SELECT p.id, p.given_name, p.family_name, e.panel_key, e.panel, e.name, e.drawn_on, e.due_on,
       {NEXT_VISIT}, e.interval_days, e.source, e.panel_id
  FROM earliest e JOIN patients p ON p.id = e.patient_id AND p.status = 'active'
 WHERE e.due_on <= :until AND (e.due_on, p.id, e.panel_id) > (:due_on, :patient_id, :panel_id)
 ORDER BY e.due_on, p.id, e.panel_id LIMIT :limit
"""  # noqa: S608 -- a part of our own
)
_BY_DRUG = statement(
    f"""{_by_interval("AND patient_id = ANY (CAST(:patient_ids AS uuid[]))")}
SELECT d.patient_id, i.trigger_codes, d.panel_key, d.due_on
  FROM due d JOIN lab_intervals i ON i.id = d.interval_id
 WHERE i.trigger = 'medication' AND d.due_on <= :today ORDER BY d.due_on, d.panel_key
"""  # noqa: S608 -- a part of our own
)

_EQUIVALENTS = {
    "systems": [equivalent.system for equivalent in EQUIVALENTS],
    "codes": [equivalent.code for equivalent in EQUIVALENTS],
    "icds": [equivalent.icd_10_cm for equivalent in EQUIVALENTS],
}

_Place = tuple[date, UUID, UUID]
_START: _Place = (date.min, UUID(int=0), UUID(int=0))


class LabsDue(NamedTuple):
    """A panel that a patient is due for, at the earliest of the intervals that apply."""

    patient_id: UUID
    given_name: str
    family_name: str
    panel_key: str
    panel: str
    because: str
    """The interval's name: what the patient takes or has."""
    drawn_on: date | None
    """When the panel was last complete (clinic's date); None if it never was."""
    due_on: date
    next_visit_at: datetime | None
    interval_days: int
    source: str
    """The guideline that the interval follows."""
    panel_id: UUID


class DrugLabsDue(NamedTuple):
    """A panel that is due today, or was before, because of certain drugs."""

    patient_id: UUID
    drugs: list[str]
    """RxNorm codes: of ingredients, or of products."""
    panel_key: str
    due_on: date


async def due(
    clinic: ClinicSession,
    *,
    panel: str | None = None,
    within_days: int,
    limit: int,
    cursor: str | None = None,
) -> Page[LabsDue]:
    """Who is due by `within_days` from today, most overdue first.

    A panel counts as drawn on the day on which the oldest of its required markers was last
    measured; one that requires none, on the day of its newest marker. The first draw is due
    `first_due_days` after a course of medication began (a renewal or a new dose goes on with the
    course), or after the onset of a condition; a draw in the first half of that time is a baseline
    and does not count. Each later draw is due `interval_days` after the last; where the onset is
    not known and nothing was drawn, it is due today. Where the interval says so, a prescription
    of another product, dose or frequency than the one before asks for a draw of its own. Sources:
    `lab_intervals`; codes other than ICD-10-CM: `problem_codes`.

    Raises InvalidInput for an unknown panel, NotPermitted.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "labs due", panel, within_days)
    due_on, patient_id, panel_id = listing.place(cursor, _Place, _START)
    principal = await clinic.begin()
    asked = {
        **_standing(principal, panel),
        "upcoming": UPCOMING,
        "until": principal.today + timedelta(days=within_days),
        "due_on": due_on,
        "patient_id": patient_id,
        "panel_id": panel_id,
        "limit": limit + 1,
    }
    rows, panels = await clinic.ask((_DUE, asked), (PANELS, {}))
    if panel is not None:
        require_panel(panel, [key for (key,) in panels])
    found = [LabsDue._make(row) for row in rows]
    return listing.page(found, limit, lambda due: (due.due_on, due.patient_id, due.panel_id))


async def due_by_drug(clinic: ClinicSession, patient_ids: Sequence[UUID]) -> list[DrugLabsDue]:
    """The panels for which these patients are due by today because of what they take.

    As `due` has it, without the intervals that follow from a problem. Raises NotPermitted.
    """
    clinic.require(Permission.VIEW_CHARTS)
    principal = await clinic.begin()
    asked = {**_standing(principal), "patient_ids": list(patient_ids)}
    return [DrugLabsDue._make(row) for row in await clinic.rows(_BY_DRUG, **asked)]


def _standing(principal: Principal, panel: str | None = None) -> dict[str, Any]:
    """What `_by_interval` has to be given."""
    return {
        "today": principal.today,
        "pause": LONGEST_PAUSE_DAYS,
        "zone": principal.zone.key,
        "panel": panel,
        "now": principal.now,
        "current": CURRENT_CONDITIONS,
        **_EQUIVALENTS,
    }
