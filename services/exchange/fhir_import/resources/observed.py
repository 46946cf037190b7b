"""The parts of an Observation that are read."""

from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import (
    CodeableConcept,
    Element,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Resource,
    Short,
)


class ReferenceRange(Element):
    """What is usual, for this patient or for anyone."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None


class Component(Element):
    """One of several values measured together."""

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None


class ObservationResource(Resource):
    """FHIR Observation."""

    status: Short | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    effective_date_time: When | None = None
    effective_instant: When | None = None
    effective_period: Period | None = None
    issued: When | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_ratio: Ratio | None = None
    value_range: Range | None = None
    value_sampled_data: Element | None = None
    value_time: str | None = None
    value_date_time: When | None = None
    value_period: Period | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()
    component: tuple[Component, ...] = ()

    @property
    def effective(self) -> When | None:
        """When it was true of the patient: the beginning, if it took a while."""
        period = self.effective_period
        return self.effective_date_time or self.effective_instant or (period and period.start)
