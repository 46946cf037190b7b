"""What must hold of coded values."""

import re
from collections.abc import Iterator

from models.appointment import Appointment
from models.base import ClinicRow
from models.chart import Allergy, Condition, Immunization
from models.encounter import Encounter, EncounterDiagnosis, Order
from models.invoice import InvoiceLine
from models.lab import LabInterval, LabPanelMarker, LabReport, LabResult
from models.medication import Medication
from models.vocabulary import IntervalTrigger
from tests.services.onboarding.check_digits import has_loinc_check_digit, has_snomed_check_digit
from tests.services.onboarding.sample import BY_RXNORM, Sample, name_of

_ICD_10_CM = re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?")
_RXNORM = re.compile(r"[1-9]\d{1,7}")
_CVX = re.compile(r"\d{2,3}")
_CPT_OR_OWN = re.compile(r"\d{5}|[A-Z]\d{4}|MC-[A-Z0-9-]+")
_LABEL = re.compile(r"[\w .,;:/()\[\]{}<>=+*%&#'\u2019\"^|\u00b5\u00b0-]{1,160}")
_FORMS = {
    "LOINC": has_loinc_check_digit,
    "SNOMED CT": has_snomed_check_digit,
    "ICD-10-CM": lambda code: _ICD_10_CM.fullmatch(code) is not None,
    "RxNorm": lambda code: _RXNORM.fullmatch(code) is not None,
    "CVX": lambda code: _CVX.fullmatch(code) is not None,
    "CPT": lambda code: _CPT_OR_OWN.fullmatch(code) is not None,
}


def codes_have_the_form_of_their_system(sample: Sample) -> list[str]:
    """Each code could be one of its system: pattern, and check digit where there is one."""
    return [
        f"{name_of(row)}: {system} {code}"
        for row, system, code, _ in _coded(sample)
        if system not in _FORMS or not _FORMS[system](code)
    ]


def labels_are_clean(sample: Sample) -> list[str]:
    """Each code has a label of a terminology's characters, at most 160 of them."""
    return [
        f"{name_of(row)}: {label}"
        for row, _, _, label in _coded(sample)
        if label is not None and not _LABEL.fullmatch(label)
    ]


def a_code_has_one_label(sample: Sample) -> list[str]:
    """The same code is never called by two names."""
    labels: dict[tuple[str, str], str] = {}
    return [
        f"{name_of(row)}: {label}"
        for row, system, code, label in _coded(sample)
        if label is not None
        and not isinstance(row, InvoiceLine)
        and labels.setdefault((system, code), label) != label
    ]


def products_are_of_the_formulary(sample: Sample) -> list[str]:
    """A prescription is of a product we know, with its ingredient, unit and one of its routes."""
    wrong: list[str] = []
    for medication in sample.of(Medication):
        product = BY_RXNORM.get(medication.rxnorm)
        if (
            product is None
            or product.ingredient_rxnorm != medication.ingredient_rxnorm
            or product.unit != medication.dose_unit
            or medication.route_code not in {route.code for route in product.routes}
        ):
            wrong.append(name_of(medication))
    return wrong


_FIELDS: tuple[tuple[type[ClinicRow], str, str, str | None], ...] = (
    # table, column of the system or the system itself, columns of code and label
    (Appointment, "type_system", "type_code", "type_label"),
    (Appointment, "reason_system", "reason_code", "reason_label"),
    (Encounter, "type_system", "type_code", "type_label"),
    (Encounter, "reason_system", "reason_code", "reason_label"),
    (EncounterDiagnosis, "system", "code", "label"),
    (Order, "system", "code", "label"),
    (Condition, "system", "code", "label"),
    (Allergy, "system", "code", "label"),
    (Allergy, "SNOMED CT", "reaction_code", "reaction_label"),
    (Immunization, "CVX", "cvx_code", "label"),
    (LabReport, "LOINC", "loinc", "label"),
    (LabResult, "LOINC", "loinc", "label"),
    (LabPanelMarker, "LOINC", "loinc", None),
    (InvoiceLine, "CPT", "code", "label"),
    (Medication, "RxNorm", "rxnorm", "label"),
    (Medication, "RxNorm", "ingredient_rxnorm", "ingredient_label"),
    (Medication, "SNOMED CT", "route_code", "route_label"),
)


def _coded(sample: Sample) -> Iterator[tuple[ClinicRow, str, str, str | None]]:
    """Every code with its system and its label."""
    for table, system, code, label in _FIELDS:
        for row in sample.of(table):
            values = vars(row)
            if values[code] is not None:
                of_label = values[label] if label else None
                yield row, values.get(system, system), values[code], of_label
    for interval in sample.of(LabInterval):
        by_drug = interval.trigger == IntervalTrigger.MEDICATION
        for code in interval.trigger_codes:
            yield interval, "RxNorm" if by_drug else "ICD-10-CM", code, None
