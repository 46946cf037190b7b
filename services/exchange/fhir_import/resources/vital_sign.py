"""Vital-signs Observation to its part of a row of vitals."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from decimal import Decimal
from uuid import UUID

from models.vital import Vital
from services.exchange.fhir_import.elements import CodeableConcept, Number, Quantity
from services.exchange.fhir_import.mapping import Context
from services.exchange.fhir_import.plausible import refuse_impossible
from services.exchange.fhir_import.references import row_id
from services.exchange.fhir_import.report import Note, Reason, Skipped
from services.exchange.fhir_import.resources.observed import ObservationResource
from services.exchange.fhir_import.terminology import LOINC
from services.exchange.fhir_import.units import UCUM, NotConvertible, converted

PAIN_SCORE = "pain_score"
COLUMNS: dict[str, tuple[str, str]] = {
    "8480-6": ("systolic_mmhg", "mm[Hg]"),
    "8462-4": ("diastolic_mmhg", "mm[Hg]"),
    "8867-4": ("pulse_bpm", "/min"),
    "9279-1": ("respirations_per_min", "/min"),
    "29463-7": ("weight_kg", "kg"),
    "8302-2": ("height_cm", "cm"),
    "39156-5": ("bmi_kg_m2", "kg/m2"),
    "8310-5": ("temperature_c", "Cel"),
    "8331-1": ("temperature_c", "Cel"),
    "59408-5": ("spo2_percent", "%"),
    "2708-6": ("spo2_percent", "%"),
    "72514-3": (PAIN_SCORE, ""),
}
"""By LOINC code: the column, and the unit in which it is stored."""

_MOST_PAIN = 10


def to_row(resource: ObservationResource, context: Context, patient_id: UUID) -> Vital:
    """A row with the columns that this observation gives; all others are None."""
    taken_at = context.needed_at(resource.effective)
    given = list(_given(resource))
    if not given:
        raise Skipped(Reason.VITAL_SIGN)
    values = _values(given, context)
    encounter_id = context.encounter(resource.encounter)
    # As a search in the source would name the observations that stand together in this row.
    together = (
        f"Observation?subject={context.patient_source}&encounter={context.encounter_source}"
        f"&date={taken_at.astimezone(UTC).isoformat()}"
    )
    row = Vital(
        tenant_id=context.tenant_id,
        id=row_id(context.tenant_id, together),
        source_id=together,
        patient_id=patient_id,
        encounter_id=encounter_id,
        taken_at=taken_at,
    )
    for column, value in values.items():
        setattr(row, column, value)
    return row


def _given(resource: ObservationResource) -> Iterator[tuple[str, str, Quantity]]:
    """Its own value and those of its components, as far as there is a column."""
    pairs = [(part.code, part.value_quantity) for part in resource.component]
    own = resource.value_quantity
    if resource.value_integer is not None:
        own = Quantity(value=Number(resource.value_integer), code="1", system=UCUM)
    if own is not None or not pairs:
        pairs.append((resource.code, own))
    for code, quantity in pairs:
        if (column := _column(code)) is not None:
            yield *column, quantity or Quantity()


def _values(given: Sequence[tuple[str, str, Quantity]], context: Context) -> dict[str, Decimal]:
    """What can be taken by column; Skipped, with the first reason, if nothing can."""
    values: dict[str, Decimal] = {}
    refused: list[Skipped] = []
    for column, unit, quantity in given:
        try:
            value = _value(column, unit, quantity)
        except Skipped as why:
            refused.append(why)
            continue
        if values.setdefault(column, value) != value:
            context.notes.append(Note.PART_NOT_TAKEN)
    if not values:
        raise refused[0]
    context.notes.extend(Note.PART_NOT_TAKEN for _ in refused)
    return values


def _column(code: CodeableConcept | None) -> tuple[str, str] | None:
    for coding in code.coding if code else ():
        if LOINC.has(coding) and coding.code in COLUMNS:
            return COLUMNS[coding.code]
    return None


def _value(column: str, unit: str, quantity: Quantity) -> Decimal:
    if quantity.value is None:
        raise Skipped(Reason.NO_VALUE)
    if quantity.comparator is not None:
        raise Skipped(Reason.COMPARATOR)
    try:
        value = converted(quantity, quantity.value, unit)
    except NotConvertible:
        raise Skipped(Reason.UNIT) from None
    refuse_impossible(value)
    if column == PAIN_SCORE and not 0 <= value <= _MOST_PAIN:
        raise Skipped(Reason.NOT_A_SCORE)
    return value
