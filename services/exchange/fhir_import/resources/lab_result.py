"""Laboratory Observation to lab_results."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from models.lab import LabResult
from services.exchange.fhir_import.elements import CodeableConcept, Quantity
from services.exchange.fhir_import.mapping import Context
from services.exchange.fhir_import.plausible import (
    is_plausible,
    may_be_negative,
    refuse_impossible,
)
from services.exchange.fhir_import.report import Note, Reason, Skipped
from services.exchange.fhir_import.resources import result_flag
from services.exchange.fhir_import.resources.observed import ObservationResource
from services.exchange.fhir_import.terminology import (
    ICD_10_CM,
    LOINC,
    SNOMED_CT,
    clean_label,
    coded,
)
from services.exchange.fhir_import.units import ucum

_COMPARATORS = ("<", "<=", ">=", ">")
_OTHER_KINDS = (
    "value_range",
    "value_sampled_data",
    "value_time",
    "value_date_time",
    "value_period",
)


@dataclass(frozen=True, slots=True)
class _Value:
    """A number with its unit, or an answer in words."""

    number: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    label: str | None = None


def to_row(
    resource: ObservationResource, context: Context, patient_id: UUID, status: str
) -> LabResult:
    """Take one value under its LOINC code: number, unit and range as the laboratory gave them."""
    code = coded(resource.code, LOINC)
    if code is None:
        raise Skipped(Reason.NO_CODE)
    collected_at = context.needed_at(resource.effective)
    value = _value(resource)
    if value.number is not None:
        refuse_impossible(value.number, negative=may_be_negative(code.code))
    low, high = _range(resource, value.unit, context)
    flag, disputed = result_flag.of(
        resource.interpretation, value.number, value.comparator, low, high
    )
    if disputed:
        context.notes.append(Note.FLAG)
    return LabResult(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        encounter_id=context.encounter(resource.encounter),
        loinc=code.code,
        label=code.label,
        value=value.number,
        comparator=value.comparator,
        unit=value.unit,
        value_system=value.system,
        value_code=value.code,
        value_label=value.label,
        reference_low=low,
        reference_high=high,
        flag=flag,
        status=status,
        collected_at=collected_at,
        issued_at=context.at(resource.issued),
    )


def _value(resource: ObservationResource) -> _Value:
    if resource.value_quantity is not None:
        return _measured(resource.value_quantity)
    if resource.value_integer is not None:
        return _Value(number=Decimal(resource.value_integer))
    if resource.value_codeable_concept is not None:
        return _answered(resource.value_codeable_concept)
    if resource.value_string is not None:
        return _in_words(resource.value_string)
    if resource.value_boolean is not None:
        return _Value(label="true" if resource.value_boolean else "false")
    ratio = resource.value_ratio
    if ratio is not None:
        return _titre(ratio.numerator or Quantity(), ratio.denominator or Quantity())
    if any(getattr(resource, kind) is not None for kind in _OTHER_KINDS):
        raise Skipped(Reason.VALUE_KIND)
    raise Skipped(Reason.COMPONENTS if resource.component else Reason.NO_VALUE)


def _measured(quantity: Quantity) -> _Value:
    if quantity.value is None:
        raise Skipped(Reason.NO_VALUE)
    if quantity.comparator is not None and quantity.comparator not in _COMPARATORS:
        raise Skipped(Reason.VALUE_KIND)
    unit = ucum(quantity)
    if unit is None and (quantity.unit or quantity.code):
        raise Skipped(Reason.NOT_UCUM)
    return _Value(quantity.value, quantity.comparator, unit)


def _answered(concept: CodeableConcept) -> _Value:
    answer = coded(concept, SNOMED_CT, LOINC, ICD_10_CM)
    if answer is not None:
        return _Value(system=answer.system, code=answer.code, label=answer.label)
    displays = (coding.display for coding in concept.coding)
    return _in_words(concept.text or next((d for d in displays if d), ""))


def _in_words(text: str) -> _Value:
    """An answer such as `Negative` or `1+`; a report in sentences has no place in a value."""
    if not text.strip():
        raise Skipped(Reason.NO_VALUE)
    label = clean_label(text)
    if label is None or label != " ".join(text.split()):
        raise Skipped(Reason.FREE_TEXT)
    return _Value(label=label)


def _titre(numerator: Quantity, denominator: Quantity) -> _Value:
    if numerator.value is None or denominator.value is None:
        raise Skipped(Reason.NO_VALUE)
    if {ucum(numerator), ucum(denominator)} - {None, "1"}:
        raise Skipped(Reason.VALUE_KIND)
    for number in (numerator.value, denominator.value):
        refuse_impossible(number)
    return _Value(label=f"{numerator.value:f}:{denominator.value:f}")


def _range(
    resource: ObservationResource, unit: str | None, context: Context
) -> tuple[Decimal | None, Decimal | None]:
    """The range that is normal; of several that may apply none, since which one is not known."""
    normal = [r for r in resource.reference_range if r.type is None or "normal" in r.type.codes()]
    if len(normal) != 1:
        return None, None
    ends = (normal[0].low, normal[0].high)
    for end in ends:
        if end and end.value is not None and (end.unit or end.code) and ucum(end) != unit:
            context.notes.append(Note.RANGE_UNIT)
            return None, None
    low, high = (end.value if end else None for end in ends)
    bounds = [bound for bound in (low, high) if bound is not None]
    if not all(is_plausible(bound) for bound in bounds) or sorted(bounds) != bounds:
        context.notes.append(Note.RANGE)
        return None, None
    return low, high
