"""What must hold of laboratory results and vital signs."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models.chart import Condition
from models.lab import LabReport, LabResult
from models.patient import Patient
from models.vital import Vital
from models.vocabulary import ResultFlag, Sex
from services.clinical.markers import BY_LOINC
from services.onboarding.synthetic_clinic.calculated import egfr
from tests.services.onboarding.sample import Sample, name_of

_POSSIBLE = {
    "systolic_mmhg": (85, 190),
    "diastolic_mmhg": (45, 115),
    "pulse_bpm": (45, 115),
    "respirations_per_min": (10, 22),
    "weight_kg": (42, 190),
    "height_cm": (145, 205),
    "bmi_kg_m2": (17, 50),
    "temperature_c": (35, 39),
    "spo2_percent": (92, 100),
}
"""Wide limits of what a walking adult has."""
_FAR_OUT = 4
"""How many times the upper limit a result of this clinic may be, or the lower limit's fraction."""


def units_agree_with_markers(sample: Sample) -> list[str]:
    """Each result is of a marker we know, in its unit and under one of its codes."""
    return [
        name_of(result)
        for result in sample.of(LabResult)
        if result.loinc not in BY_LOINC or BY_LOINC[result.loinc].unit != result.unit
    ]


def ranges_are_those_of_the_sex(sample: Sample) -> list[str]:
    """The reference range is the marker's for the patient's sex."""
    people = sample.by_id(Patient)
    wrong: list[str] = []
    for result in sample.of(LabResult):
        reference = BY_LOINC[result.loinc].reference(people[result.patient_id].sex)
        if (result.reference_low, result.reference_high) != (reference.low, reference.high):
            wrong.append(name_of(result))
    return wrong


def flags_agree_with_ranges(sample: Sample) -> list[str]:
    """LL L N H HH follow from the value, the range on the row and the critical limits."""
    return [
        name_of(result)
        for result in sample.of(LabResult)
        if result.value is None or result.flag != _expected_flag(result, result.value)
    ]


def results_are_possible(sample: Sample) -> list[str]:
    """No value is negative, and none is absurdly far from its range."""
    return [
        name_of(result)
        for result in sample.of(LabResult)
        if result.value is None
        or result.value < 0
        or (result.reference_high and result.value > _FAR_OUT * result.reference_high)
        or (result.reference_low and result.value < result.reference_low / _FAR_OUT)
    ]


def calculated_results_agree(sample: Sample) -> list[str]:
    """LDL, eGFR and the red cells' indices follow from what they are calculated from."""
    people = sample.by_id(Patient)
    wrong: list[str] = []
    for results in _draws(sample).values():
        values = {key: float(r.value) for key, r in results.items() if r.value is not None}
        for key, expected, tolerance in _expected(sample, people, results, values):
            if abs(values[key] - expected) > tolerance:
                wrong.append(name_of(results[key]))
    return wrong


def reports_have_results(sample: Sample) -> list[str]:
    """No report is empty, and no result stands outside a report."""
    used = {result.report_id for result in sample.of(LabResult)}
    reports = sample.by_id(LabReport)
    return [name_of(report) for report in reports.values() if report.id not in used] + [
        name_of(result) for result in sample.of(LabResult) if result.report_id not in reports
    ]


def vital_signs_are_possible(sample: Sample) -> list[str]:
    """Vital signs are those of an adult who walks in; systolic pressure is the higher one."""
    wrong: list[str] = []
    for vital in sample.of(Vital):
        for column, (least, most) in _POSSIBLE.items():
            if not least <= getattr(vital, column) <= most:
                wrong.append(f"{name_of(vital)}.{column}")
        if (vital.systolic_mmhg or 0) < (vital.diastolic_mmhg or 0) + 15:
            wrong.append(name_of(vital))
    return wrong


def body_mass_index_agrees(sample: Sample) -> list[str]:
    """BMI is the weight over the square of the height, rounded to a tenth."""
    wrong: list[str] = []
    for vital in sample.of(Vital):
        metres = (vital.height_cm or Decimal(0)) / 100
        expected = (vital.weight_kg or Decimal(0)) / (metres * metres) if metres else Decimal(0)
        if abs((vital.bmi_kg_m2 or Decimal(0)) - expected) > Decimal("0.051"):
            wrong.append(name_of(vital))
    return wrong


def grown_people_keep_their_height(sample: Sample) -> list[str]:
    """A patient's height does not change, and no weight jumps by 20 kg between two visits."""
    last: dict[UUID, Vital] = {}
    wrong: list[str] = []
    for vital in sorted(sample.of(Vital), key=lambda vital: vital.taken_at):
        before = last.get(vital.patient_id, vital)
        change = (vital.weight_kg or Decimal(0)) - (before.weight_kg or Decimal(0))
        if vital.height_cm != before.height_cm or abs(change) > 20:
            wrong.append(name_of(vital))
        last[vital.patient_id] = vital
    return wrong


_AT_FIRST = {
    "E29.1": ("total_testosterone", 100, 264),
    "E11.9": ("hba1c", 6.5, 12),
    "R73.03": ("hba1c", 5.7, 6.4),
    "E03.9": ("tsh", 4.51, 20),
    "E06.3": ("tsh", 4.51, 20),
    "E78.5": ("ldl", 130, 220),
    "E55.9": ("vitamin_d", 8, 19.9),
    "E53.8": ("vitamin_b12", 100, 231),
    "E66.811": ("bmi", 30, 34.9),
    "E66.812": ("bmi", 35, 39.9),
}
"""Diagnoses, and between which values the first measurement of a marker has to lie."""


def diagnoses_agree_with_the_first_measurement(sample: Sample) -> list[str]:
    """A low testosterone was low, a diabetic's HbA1c diabetic, a class of obesity in its class."""
    first: dict[tuple[UUID, str], float] = {}
    for result in sorted(sample.of(LabResult), key=lambda result: result.collected_at):
        first.setdefault((result.patient_id, BY_LOINC[result.loinc].key), float(result.value or 0))
    for vital in sorted(sample.of(Vital), key=lambda vital: vital.taken_at):
        first.setdefault((vital.patient_id, "bmi"), float(vital.bmi_kg_m2 or 0))
    wrong: list[str] = []
    for problem in sample.of(Condition):
        marker, least, most = _AT_FIRST.get(problem.code, ("", 0, 0))
        value = first.get((problem.patient_id, marker), least)
        if not least <= value <= most:
            wrong.append(f"{name_of(problem)}: {marker} {value}")
    return wrong


def _draws(sample: Sample) -> dict[tuple[UUID, datetime], dict[str, LabResult]]:
    """What was found at each draw, by marker."""
    draws: dict[tuple[UUID, datetime], dict[str, LabResult]] = {}
    for result in sample.of(LabResult):
        of_draw = draws.setdefault((result.patient_id, result.collected_at), {})
        of_draw[BY_LOINC[result.loinc].key] = result
    return draws


def _expected_flag(result: LabResult, value: Decimal) -> ResultFlag:
    critical = BY_LOINC[result.loinc].critical
    if critical.low is not None and value < critical.low:
        return ResultFlag.CRITICAL_LOW
    if critical.high is not None and value > critical.high:
        return ResultFlag.CRITICAL_HIGH
    if result.reference_low is not None and value < result.reference_low:
        return ResultFlag.LOW
    if result.reference_high is not None and value > result.reference_high:
        return ResultFlag.HIGH
    return ResultFlag.NORMAL


def _expected(
    sample: Sample,
    people: dict[UUID, Patient],
    results: dict[str, LabResult],
    values: dict[str, float],
) -> list[tuple[str, float, float]]:
    """The calculated markers of a draw, each with its value and what rounding may add."""
    expected: list[tuple[str, float, float]] = []
    if "ldl" in values:
        friedewald = values["total_cholesterol"] - values["hdl"] - values["triglycerides"] / 5
        expected.append(("ldl", friedewald, 0.51))
    if "mcv" in values:
        cells, hemoglobin = values["erythrocytes"], values["hemoglobin"]
        expected += [
            ("mcv", values["hematocrit"] * 10 / cells, 0.06),
            ("mch", hemoglobin * 10 / cells, 0.06),
            ("mchc", hemoglobin * 100 / values["hematocrit"], 0.06),
        ]
    if "egfr" in values:
        result = results["egfr"]
        patient = people[result.patient_id]
        day, born = sample.day_of(result.collected_at), patient.birth_date
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        value = egfr(values["creatinine"], age=age, female=patient.sex == Sex.FEMALE)
        expected.append(("egfr", value, 0.51))
    return expected
