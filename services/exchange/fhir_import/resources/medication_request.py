"""MedicationRequest to medications."""

import re
from datetime import date
from decimal import Decimal

from models.medication import Medication
from models.vocabulary import MedicationStatus
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import (
    CodeableConcept,
    Element,
    Period,
    Quantity,
    Reference,
    Repeat,
    Resource,
    Short,
    Timing,
)
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.plausible import is_plausible, refuse_impossible
from services.exchange.fhir_import.report import Note, Reason, Skipped
from services.exchange.fhir_import.terminology import (
    RXNORM,
    SNOMED_CT,
    clean_label,
    coded,
    ingredient,
)
from services.exchange.fhir_import.units import UCUM, ucum

_STATUSES = {status.value: status.value for status in MedicationStatus}
_NO_ORDERS = {"proposal", "option"}
_ENDED = {MedicationStatus.STOPPED, MedicationStatus.COMPLETED, MedicationStatus.CANCELLED}
_TIMING_CODE = re.compile(r"[A-Z0-9]{2,8}", re.ASCII)
_UNITS_OF_TIME = {
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "wk": "week",
    "mo": "month",
    "a": "year",
}
_MOST_DAYS = 3660


class DoseAndRate(Element):
    """How much at once."""

    dose_quantity: Quantity | None = None


class Dosage(Element):
    """How it is to be taken."""

    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()


class DispenseRequest(Element):
    """What the pharmacy is asked for."""

    expected_supply_duration: Quantity | None = None


class MedicationRequestResource(Resource):
    """FHIR MedicationRequest."""

    status: Short | None = None
    intent: Short | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    authored_on: When | None = None
    requester: Reference | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None


def to_row(resource: MedicationRequestResource, context: Context) -> Medication:
    """Take a prescription in RxNorm; of several dosages none, since a row holds one."""
    status = kept_status(resource.status, _STATUSES, frozenset({"draft"}))
    patient_id = context.patient(resource.subject, "subject")
    if resource.intent in _NO_ORDERS:
        raise Skipped(Reason.INTENT, resource.intent)
    if resource.do_not_perform:
        raise Skipped(Reason.NOT_TO_BE_GIVEN)
    concept = resource.medication_codeable_concept or context.medication(
        resource.medication_reference, resource.contained
    )
    code = coded(concept, RXNORM)
    if code is None:
        raise Skipped(Reason.NO_CODE)
    known = ingredient(concept)
    if known is None and status == MedicationStatus.ACTIVE:
        context.miss(code)
    dosage = _dosage(resource, context)
    bounds = _bounds(dosage)
    context.refuse_ahead(resource.authored_on)
    started_on = context.needed_on(bounds.start or resource.authored_on, planned=True)
    dose = dosage.dose_and_rate[0].dose_quantity if dosage.dose_and_rate else None
    if dose and dose.value is not None:
        refuse_impossible(dose.value)
    route = coded(dosage.route, SNOMED_CT)
    frequency_code, frequency_label = _frequency(dosage.timing)
    return Medication(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        encounter_id=context.encounter(resource.encounter),
        rxnorm=code.code,
        label=code.label,
        ingredient_rxnorm=known and known.rxnorm,
        ingredient_label=known and known.name,
        dose=dose and dose.value,
        dose_unit=ucum(dose) if dose and dose.value is not None else None,
        route_code=route and route.code,
        route_label=route and route.label,
        frequency_code=frequency_code,
        frequency_label=frequency_label,
        as_needed=bool(dosage.as_needed_boolean or dosage.as_needed_codeable_concept),
        status=status,
        started_on=started_on,
        stopped_on=_stopped_on(status, bounds, started_on, context),
        prescriber_name=context.person(resource.requester),
        supply_days=_supply_days(resource.dispense_request),
    )


def _dosage(resource: MedicationRequestResource, context: Context) -> Dosage:
    if len(resource.dosage_instruction) > 1:
        context.notes.append(Note.SEVERAL_DOSAGES)
        return Dosage()
    return resource.dosage_instruction[0] if resource.dosage_instruction else Dosage()


def _bounds(dosage: Dosage) -> Period:
    repeat = dosage.timing.repeat if dosage.timing else None
    return (repeat.bounds_period if repeat else None) or Period()


def _stopped_on(status: str, bounds: Period, started_on: date, context: Context) -> date | None:
    """The end of what was planned is when it stopped only if it has."""
    day = context.on(bounds.end, planned=True) if status in _ENDED else None
    if day is not None and day < started_on:
        context.notes.append(Note.END_BEFORE_START)
        return None
    return day


def _frequency(timing: Timing | None) -> tuple[str | None, str | None]:
    for coding in timing.code.coding if timing and timing.code else ():
        if coding.code and _TIMING_CODE.fullmatch(coding.code):
            return coding.code, clean_label(coding.display) or coding.code
    repeat = timing.repeat if timing else None
    if repeat is None or repeat.period is None or repeat.period_unit not in _UNITS_OF_TIME:
        return None, None
    if not is_plausible(repeat.period):
        return None, None
    return _in_words(repeat, repeat.period, repeat.period_unit)


def _in_words(repeat: Repeat, period: Decimal, unit: str) -> tuple[str, str]:
    often = repeat.frequency or 1
    times = "once" if often == 1 else f"{often} times"
    name = _UNITS_OF_TIME[unit]
    every = name if period == 1 else f"{period:f} {name}s"
    return f"{often}/{period:f}{unit}", f"{times} every {every}"


def _supply_days(dispense: DispenseRequest | None) -> int | None:
    supply = dispense.expected_supply_duration if dispense else None
    if supply is None or supply.value is None or supply.value != supply.value.to_integral_value():
        return None
    in_days = (supply.code if supply.system == UCUM else supply.unit) in {"d", "day", "days"}
    return int(supply.value) if in_days and 0 < supply.value <= _MOST_DAYS else None
