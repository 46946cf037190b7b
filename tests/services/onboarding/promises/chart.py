"""What the charts promise to show: laboratory courses, medication, people."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from models.encounter import Encounter
from models.lab import LabResult
from models.medication import Medication
from models.message import InboxItem
from models.patient import Patient
from models.vital import Vital
from models.vocabulary import (
    AuthorizationStatus,
    InboxKind,
    MedicationStatus,
    PatientStatus,
    ResultFlag,
)
from services.clinical.markers import MARKERS
from tests.services.onboarding.promises.due import due_dates
from tests.services.onboarding.promises.found import Found, at_least
from tests.services.onboarding.sample import Sample

_YEAR = timedelta(days=365)


def labs_are_overdue(sample: Sample) -> Found:
    """At least five patients, however one counts from a change of dose."""
    overdue = {
        patient_id
        for patient_id, due in due_dates(sample).items()
        if any(latest < sample.today for _, latest in due)
    }
    return at_least(5, list(overdue))


def labs_are_not_yet_due(sample: Sample) -> Found:
    """At least eight patients are subject to an interval and not due within 14 days."""
    soon = sample.today + timedelta(days=14)
    return at_least(
        8,
        [
            patient_id
            for patient_id, due in due_dates(sample).items()
            if due and all(earliest > soon for earliest, _ in due)
        ],
    )


def a_hematocrit_climbs_over_54(sample: Sample) -> Found:
    """Four results or more within a year, each higher than the one before, the last over 54 %."""
    climbing: Found = []
    for patient in sample.of(Patient):
        values = [
            r.value
            for r in _results(sample, patient.id, "hematocrit")
            if r.collected_at > sample.now - _YEAR and r.value is not None
        ]
        rises = all(a < b for a, b in pairwise(values))
        if len(values) >= 4 and rises and values[-1] > 54:
            climbing.append(patient.id)
    return climbing


def abnormal_results_wait_to_be_acknowledged(sample: Sample) -> Found:
    """Some abnormal results nobody has looked at."""
    return _abnormal(sample, acknowledged=False)


def abnormal_results_have_been_acknowledged(sample: Sample) -> Found:
    """Others somebody has."""
    return _abnormal(sample, acknowledged=True)


def a_critical_high_value_waits(sample: Sample) -> Found:
    """HH, not acknowledged, and a call about it waits."""
    called = {
        item.lab_result_id
        for item in sample.where(InboxItem, kind=InboxKind.LAB_CALLBACK, answered_at=None)
    }
    return [
        r
        for r in sample.where(LabResult, flag=ResultFlag.CRITICAL_HIGH, acknowledged_at=None)
        if r.id in called
    ]


def a_critical_low_value_was_dealt_with(sample: Sample) -> Found:
    """LL, acknowledged."""
    low = sample.where(LabResult, flag=ResultFlag.CRITICAL_LOW)
    return [result for result in low if result.acknowledged_at]


def patients_without_labs(sample: Sample) -> Found:
    """Some have never had a result."""
    drawn = {result.patient_id for result in sample.of(LabResult)}
    return [patient for patient in sample.of(Patient) if patient.id not in drawn]


def testosterone_rises_under_treatment(sample: Sample) -> Found:
    """From below the range into it."""
    return _moved(sample, "total_testosterone", "10379", 1.6, 5.0)


def tsh_falls_under_levothyroxine(sample: Sample) -> Found:
    """To less than half."""
    return _moved(sample, "tsh", "10582", 0.0, 0.5)


def ldl_falls_under_a_statin(sample: Sample) -> Found:
    """By a quarter or more."""
    return _moved(sample, "ldl", "301542", 0.0, 0.75)


def hba1c_falls_in_diabetes(sample: Sample) -> Found:
    """By a twentieth or more."""
    return _moved(sample, "hba1c", "6809", 0.0, 0.95)


def weight_falls_under_incretins(sample: Sample) -> Found:
    """By five percent or more, of at least three patients."""
    taking = {
        m.patient_id for m in sample.of(Medication) if m.ingredient_rxnorm in {"1991302", "2601723"}
    }
    lighter: Found = []
    for patient_id in taking:
        vitals = sorted(sample.of_patient(Vital, patient_id), key=lambda v: v.taken_at)
        if len(vitals) > 1 and _ratio(vitals[-1].weight_kg, vitals[0].weight_kg) < 0.95:
            lighter.append(patient_id)
    return at_least(3, lighter)


def refills_run_out_for_four_reasons(sample: Sample) -> Found:
    """Within ten days: one blocked by labs, one by a visit, one by authorization, one by nothing.

    Nobody else runs out.
    """
    due = due_dates(sample)
    blockers: list[str] = []
    for medication in sample.where(Medication, status=MedicationStatus.ACTIVE):
        left = _runs_out_on(medication) - sample.today
        if left > timedelta(days=10):
            continue
        patient_id = medication.patient_id
        late = any(latest < sample.today for _, latest in due[patient_id])
        seen = max(e.started_at for e in sample.of_patient(Encounter, patient_id))
        no_visit = sample.now - seen > timedelta(days=270) and not medication.refills_left
        authorization = medication.authorization_status == AuthorizationStatus.NEEDED
        words = {"labs": late, "visit": no_visit, "authorization": authorization}
        blockers.append(" ".join(word for word, blocks in words.items() if blocks) or "nothing")
    expected = ["authorization", "labs", "nothing", "visit"]
    return [blockers] if sorted(blockers) == expected else []


def doses_are_titrated(sample: Sample) -> Found:
    """Somebody has gone through four steps of one drug or more."""
    steps: defaultdict[tuple[UUID, str | None], int] = defaultdict(int)
    for medication in sample.of(Medication):
        steps[medication.patient_id, medication.ingredient_rxnorm] += 1
    return [key for key, count in steps.items() if count >= 4]


def the_clinic_treats_by_all_routes(sample: Sample) -> Found:
    """Oral, transdermal, subcutaneous, intramuscular."""
    return at_least(4, list({medication.route_code for medication in sample.of(Medication)}))


def a_patient_has_died(sample: Sample) -> Found:
    """And one has left."""
    left = sample.where(Patient, status=PatientStatus.INACTIVE)
    return list(sample.where(Patient, status=PatientStatus.DECEASED)) if left else []


def a_name_has_accents(sample: Sample) -> Found:
    """And is found without them."""
    return [
        p for p in sample.of(Patient) if not p.family_name.isascii() and p.search_name.isascii()
    ]


def ages_are_mixed(sample: Sample) -> Found:
    """From the twenties to the seventies."""
    years = {(sample.today - patient.birth_date).days // 3652 for patient in sample.of(Patient)}
    return [years] if {2, 3, 4, 5, 6} <= years else []


def _results(sample: Sample, patient_id: UUID, marker: str) -> list[LabResult]:
    codes = {loinc.code for loinc in MARKERS[marker].codes}
    results = sample.of_patient(LabResult, patient_id)
    return sorted((r for r in results if r.loinc in codes), key=lambda r: r.collected_at)


def _abnormal(sample: Sample, *, acknowledged: bool) -> Found:
    return [
        result
        for result in sample.of(LabResult)
        if result.flag != ResultFlag.NORMAL and (result.acknowledged_at is not None) == acknowledged
    ]


def _moved(sample: Sample, marker: str, ingredient: str, least: float, most: float) -> Found:
    """Patients on a drug whose last result over the first lies between two ratios."""
    moved: Found = []
    for patient_id in {
        m.patient_id for m in sample.where(Medication, ingredient_rxnorm=ingredient)
    }:
        results = _results(sample, patient_id, marker)
        if len(results) > 1 and least <= _ratio(results[-1].value, results[0].value) <= most:
            moved.append(patient_id)
    return moved


def _ratio(last: Decimal | None, first: Decimal | None) -> float:
    return float(last or 0) / float(first or 1)


def _runs_out_on(medication: Medication) -> date:
    filled = medication.last_filled_on or medication.started_on
    return filled + timedelta(days=medication.supply_days or 0)
