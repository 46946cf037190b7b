"""What must hold of prescriptions."""

from collections import Counter
from datetime import timedelta

from models.medication import Medication
from models.vocabulary import MedicationStatus
from services.onboarding.synthetic_clinic.formulary import BY_RXNORM, Frequency
from tests.services.onboarding.sample import PROVIDERS, Sample, name_of

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


def providers_prescribe(sample: Sample) -> list[str]:
    """Only a provider prescribes."""
    return [
        name_of(medication)
        for medication in sample.of(Medication)
        if medication.prescriber_id not in PROVIDERS
    ]
