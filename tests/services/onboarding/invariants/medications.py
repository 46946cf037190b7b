"""What must hold of prescriptions."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from uuid import UUID

from models.lab import LabInterval, LabPanelMarker, LabResult
from models.medication import Medication
from models.vocabulary import IntervalTrigger, MedicationStatus
from services.onboarding.synthetic_clinic.formulary import Frequency
from tests.services.onboarding.sample import BY_RXNORM, PROVIDERS, Sample, name_of

_A_WEEK = {frequency.code: frequency.a_week for frequency in Frequency}


def doses_are_within_the_label(sample: Sample) -> list[str]:
    """One dose, and all doses of a week, lie within what the product's label allows."""
    wrong: list[str] = []
    for medication in sample.of(Medication):
        product = BY_RXNORM[medication.rxnorm]
        dose, a_week = medication.dose, _A_WEEK.get(medication.frequency_code or "")
        if (
            dose is None
            or a_week is None
            or not product.least <= dose <= product.most
            or dose * a_week > product.most_a_week
        ):
            wrong.append(name_of(medication))
    return wrong


def courses_end_after_they_began(sample: Sample) -> list[str]:
    """What is stopped has a last day, not before the first; what is taken has none."""
    return [
        name_of(medication)
        for medication in sample.of(Medication)
        if (medication.stopped_on is None) != (medication.status == MedicationStatus.ACTIVE)
        or (medication.stopped_on and medication.stopped_on < medication.started_on)
    ]


def fills_are_within_the_course(sample: Sample) -> list[str]:
    """Nothing is filled before it was started or after it was stopped, and then no refill waits."""
    return [
        name_of(medication)
        for medication in sample.of(Medication)
        if medication.last_filled_on is None
        or medication.last_filled_on < medication.started_on
        or (medication.stopped_on and medication.last_filled_on > medication.stopped_on)
        or (medication.stopped_on and medication.refills_left)
    ]


def nobody_has_run_out(sample: Sample) -> list[str]:
    """What is taken has been filled lately enough to last until today."""
    return [
        name_of(medication)
        for medication in sample.where(Medication, status=MedicationStatus.ACTIVE)
        if medication.last_filled_on is None
        or medication.supply_days is None
        or medication.last_filled_on + timedelta(days=medication.supply_days) < sample.today
    ]


def a_drug_is_taken_once(sample: Sample) -> list[str]:
    """Nobody takes two strengths of a drug at the same time."""
    taken = Counter(
        (medication.patient_id, BY_RXNORM[medication.rxnorm].ingredient)
        for medication in sample.where(Medication, status=MedicationStatus.ACTIVE)
    )
    return [f"{patient} {drug}" for (patient, drug), count in taken.items() if count > 1]


def baseline_results_come_before_the_first_dose(sample: Sample) -> list[str]:
    """What has to be measured while a drug is taken was known on the day on which it was begun."""
    known = dict[tuple[UUID, str], date]()
    for result in sample.of(LabResult):
        if result.issued_at:
            key, on = (result.patient_id, result.loinc), sample.day_of(result.issued_at)
            known[key] = min(on, known.get(key, on))
    wrong: list[str] = []
    for interval in sample.where(LabInterval, trigger=IntervalTrigger.MEDICATION):
        codes: defaultdict[str, list[str]] = defaultdict(list)
        for row in sample.where(LabPanelMarker, panel_id=interval.panel_id, required=True):
            codes[row.marker].append(row.loinc)
        for medication in sample.of(Medication):
            if medication.ingredient_rxnorm in interval.trigger_codes:
                firsts = [
                    min(known.get((medication.patient_id, code), date.max) for code in of_marker)
                    for of_marker in codes.values()
                ]
                wrong += [name_of(medication)] if max(firsts) > medication.started_on else []
    return wrong


def providers_prescribe(sample: Sample) -> list[str]:
    """Only a provider prescribes."""
    return [
        name_of(medication)
        for medication in sample.of(Medication)
        if medication.prescriber_id not in PROVIDERS
    ]
