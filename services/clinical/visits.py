"""What a visit was, as far as it is coded: no word of it was written by hand."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import EncounterStatus
from services.clinical.labs import STANDING
from services.clinical.patients import require_patient
from services.clinical.vitals import VitalFacts
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import DateRange
from services.errors import InvalidInput, NotFound
from services.principal import Principal

_NOT_BEGUN = (EncounterStatus.PLANNED, EncounterStatus.CANCELLED)

_VISIT = statement(
    """
SELECT e.id, e.status, e.class_code, e.type_system, e.type_code, e.type_label, e.reason_system,
       e.reason_code, e.reason_label,
       coalesce(s.display_name || coalesce(', ' || s.credentials, ''), e.provider_name),
       e.started_at, e.ended_at, e.follow_up_due_on
  FROM encounters e
  LEFT JOIN staff s ON s.tenant_id = e.tenant_id AND s.user_id = e.provider_id
 WHERE e.patient_id = :patient_id
   AND CASE WHEN CAST(:encounter_id AS uuid) IS NOT NULL THEN e.id = :encounter_id
            WHEN CAST(:begin AS timestamptz) IS NULL THEN e.status = 'finished'
            ELSE e.started_at >= :begin AND e.started_at < :end
                 AND e.status <> ALL (CAST(:not_begun AS text[])) END
 ORDER BY e.started_at DESC, e.id DESC LIMIT 1
"""
)
_SAME_DAY = statement(
    """
SELECT e.id, e.started_at, e.type_label FROM encounters e
 WHERE e.patient_id = :patient_id AND e.id <> :id AND e.started_at >= :begin
   AND e.started_at < :end AND e.status <> ALL (CAST(:not_begun AS text[]))
 ORDER BY e.started_at, e.id
"""
)
_VITALS = statement(
    """
SELECT v.id, v.taken_at, v.systolic_mmhg::float8, v.diastolic_mmhg::float8, v.pulse_bpm::float8,
       v.respirations_per_min::float8, v.weight_kg::float8, v.height_cm::float8,
       v.bmi_kg_m2::float8, v.temperature_c::float8, v.spo2_percent::float8, v.pain_score::float8
  FROM vitals v WHERE v.patient_id = :patient_id AND v.encounter_id = :id
 ORDER BY v.taken_at DESC, v.id DESC
"""
)
_LABS = statement(
    f"""
SELECT loinc, label, value::float8, comparator, unit, value_label, reference_low::float8,
       reference_high::float8, flag, status, collected_at
  FROM (SELECT DISTINCT ON (loinc, unit, collected_at) * FROM lab_results
         WHERE patient_id = :patient_id AND encounter_id = :id
         ORDER BY loinc, unit, collected_at, {STANDING} DESC, id DESC) AS l
 ORDER BY label, loinc, unit, collected_at
"""  # noqa: S608 -- a part of our own
)
_MEDICATIONS = statement(
    """
WITH taken AS (
  SELECT m.*, coalesce(m.ingredient_rxnorm, m.rxnorm) AS drug,
         coalesce(m.frequency_label, m.frequency_code) AS frequency
    FROM medications m WHERE m.patient_id = :patient_id AND m.status <> 'cancelled'
), told AS (
  SELECT t.*, b.rxnorm AS rxnorm_before, b.label AS label_before, b.dose AS dose_before,
         b.dose_unit AS dose_unit_before, b.frequency AS frequency_before,
         CASE WHEN b.id IS NULL THEN 'started'
              WHEN ROW(b.rxnorm, b.dose, b.dose_unit, b.frequency) IS DISTINCT FROM
                   ROW(t.rxnorm, t.dose, t.dose_unit, t.frequency) THEN 'changed'
              ELSE 'renewed' END AS change
    FROM taken t
    LEFT JOIN LATERAL (
      SELECT * FROM taken o
       WHERE o.drug = t.drug AND o.encounter_id IS DISTINCT FROM t.encounter_id
         AND o.started_on <= t.started_on
         AND (o.stopped_on IS NULL OR o.stopped_on >= t.started_on - CAST(:pause AS integer))
       ORDER BY o.started_on DESC, o.id DESC LIMIT 1
    ) b ON true
   WHERE t.encounter_id = :id
  UNION ALL
  SELECT t.*, NULL, NULL, NULL, NULL, NULL, 'stopped' FROM taken t
   WHERE t.status = 'stopped' AND t.stopped_on = :day AND t.encounter_id IS DISTINCT FROM :id
     AND NOT EXISTS (SELECT FROM taken o WHERE o.drug = t.drug AND o.encounter_id = :id)
)
SELECT change, rxnorm, label, dose::float8, dose_unit, route_label, frequency, as_needed,
       rxnorm_before, label_before, dose_before::float8, dose_unit_before, frequency_before
  FROM told ORDER BY change, label, id
"""
)
_DIAGNOSES = statement(
    """
SELECT system, code, label FROM encounter_diagnoses WHERE encounter_id = :id
 UNION
SELECT c.system, c.code, c.label FROM conditions c
 WHERE c.patient_id = :patient_id AND c.encounter_id = :id
   AND NOT EXISTS (SELECT FROM encounter_diagnoses d
                    WHERE d.tenant_id = c.tenant_id AND d.encounter_id = c.encounter_id)
 ORDER BY system, code, label
"""
)
_ORDERS = statement(
    """
SELECT kind, system, code, label, status FROM orders
 WHERE patient_id = :patient_id AND encounter_id = :id ORDER BY kind, label, id
"""
)

LONGEST_PAUSE_DAYS = 60
"""Between two prescriptions of one drug, of which the later goes on with the earlier."""


class EncounterFacts(NamedTuple):
    """The visit itself; times are UTC."""

    id: UUID
    status: str
    class_code: str
    type_system: str
    type_code: str
    type_label: str
    reason_system: str | None
    reason_code: str | None
    reason_label: str | None
    provider: str | None
    started_at: datetime
    ended_at: datetime | None
    follow_up_due_on: date | None


class OtherFacts(NamedTuple):
    """Another visit of that day."""

    id: UUID
    started_at: datetime
    type_label: str


class DrawnFacts(NamedTuple):
    """A result of what was drawn in the visit, as it stands now."""

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


class ChangeFacts(NamedTuple):
    """What was prescribed or stopped, and what was taken of the same drug before."""

    change: str
    rxnorm: str
    label: str
    dose: float | None
    dose_unit: str | None
    route: str | None
    frequency: str | None
    as_needed: bool
    rxnorm_before: str | None
    label_before: str | None
    dose_before: float | None
    dose_unit_before: str | None
    frequency_before: str | None


class DiagnosisFacts(NamedTuple):
    """A diagnosis that the visit dealt with."""

    system: str
    code: str
    label: str


class OrderFacts(NamedTuple):
    """What was asked for in the visit."""

    kind: str
    system: str
    code: str
    label: str
    status: str


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """All that is coded of a visit."""

    encounter: EncounterFacts
    day: date
    """On which it began, at the clinic."""
    other_visits_that_day: list[OtherFacts]
    vitals: list[VitalFacts]
    labs: list[DrawnFacts]
    medication_changes: list[ChangeFacts]
    diagnoses: list[DiagnosisFacts]
    orders: list[OrderFacts]


async def visit(
    clinic: ClinicSession, patient_id: UUID, *, on: date | None, encounter_id: UUID | None
) -> VisitFacts:
    """A visit by its id, or the last that began on a day at the clinic, else the last finished.

    Vital signs, results, prescriptions and orders are the ones recorded with the visit; a drug
    counts as stopped in it if it was stopped on that day and not prescribed anew. A prescription
    goes on with an earlier one of the same ingredient that did not end more than
    `LONGEST_PAUSE_DAYS` before. Where no diagnosis was recorded with the visit, the problems that
    were stand for them: imports know no others.

    Raises NotFound, NotPermitted, InvalidInput where both a day and an id are given.
    """
    clinic.require(Permission.VIEW_CHARTS)
    if on is not None and encounter_id is not None:
        raise InvalidInput({"date": "must be left out where encounter_id is given"})
    principal = await clinic.begin()
    begin, end = (None, None) if on is None else _instants(on, principal)
    asked: dict[str, Any] = {"patient_id": patient_id, "not_begun": _NOT_BEGUN}
    rows = await clinic.rows(_VISIT, **asked, encounter_id=encounter_id, begin=begin, end=end)
    if not rows:
        await require_patient(clinic, patient_id)
        raise NotFound(_none(on, encounter_id))
    encounter = EncounterFacts._make(rows[0])
    day = encounter.started_at.astimezone(principal.zone).date()
    begin, end = _instants(day, principal)
    of_visit = {**asked, "id": encounter.id}
    others, vitals, labs, medications, diagnoses, orders = await clinic.ask(
        (_SAME_DAY, {**of_visit, "begin": begin, "end": end}),
        (_VITALS, of_visit),
        (_LABS, of_visit),
        (_MEDICATIONS, {**of_visit, "day": day, "pause": LONGEST_PAUSE_DAYS}),
        (_DIAGNOSES, of_visit),
        (_ORDERS, of_visit),
    )
    return VisitFacts(
        encounter,
        day,
        [OtherFacts._make(row) for row in others],
        [VitalFacts._make(row) for row in vitals],
        [DrawnFacts._make(row) for row in labs],
        [ChangeFacts._make(row) for row in medications],
        [DiagnosisFacts._make(row) for row in diagnoses],
        [OrderFacts._make(row) for row in orders],
    )


def _instants(day: date, principal: Principal) -> tuple[datetime, datetime]:
    return DateRange(first=day, last=day).instants(principal.today, principal.zone)


def _none(on: date | None, encounter_id: UUID | None) -> str:
    if encounter_id is not None:
        return "There is no such visit of this patient."
    return f"There is no {'finished visit' if on is None else 'visit on that day'} of this patient."
