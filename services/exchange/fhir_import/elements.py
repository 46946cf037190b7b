"""FHIR's data types, as far as they are read. What a type does not name is not looked at."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Raw, Struct

from services.exchange.fhir_import.dates import When

Short = Annotated[str, Meta(max_length=500)]
"""Names, numbers, addresses: longer than any real one, shorter than an index can hold."""


class Number(Decimal):
    """A JSON number, digit for digit as it was written."""


class Element(Struct, rename="camel", kw_only=True):
    """Anything in a resource."""


class Coding(Element):
    """A code of a terminology."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element):
    """The same thing in several terminologies, or in words."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None

    def codes(self, *systems: str) -> set[str]:
        """Its codes, of these systems or of any."""
        return {c.code for c in self.coding if c.code and (not systems or c.system in systems)}


class Identifier(Element):
    """A number that someone gave to someone."""

    use: Short | None = None
    type: CodeableConcept | None = None
    system: Short | None = None
    value: Short | None = None


class Reference(Element):
    """A pointer to another resource."""

    reference: Short | None = None
    display: str | None = None
    identifier: Identifier | None = None


class Quantity(Element):
    """A measured amount."""

    value: Number | None = None
    comparator: Short | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Element):
    """From low to high."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element):
    """One amount to another, such as a titre."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Money(Element):
    """An amount in a currency."""

    value: Number | None = None
    currency: Short | None = None


class Period(Element):
    """From start to end."""

    start: When | None = None
    end: When | None = None


class HumanName(Element):
    """A name, of which a person may have several."""

    use: Short | None = None
    text: Short | None = None
    family: Short | None = None
    given: tuple[Short | None, ...] = ()


class ContactPoint(Element):
    """A way to reach a person; rank 1 is preferred."""

    system: Short | None = None
    value: Short | None = None
    use: Short | None = None
    rank: int | None = None


class Address(Element):
    """Where someone lives."""

    use: Short | None = None
    line: tuple[Short | None, ...] = ()
    city: Short | None = None
    state: Short | None = None
    postal_code: Short | None = None
    country: Short | None = None


class Attachment(Element):
    """A document, in base64."""

    content_type: Short | None = None
    data: str | None = None
    url: str | None = None


class Repeat(Element):
    """How often, and how long."""

    frequency: int | None = None
    period: Number | None = None
    period_unit: Short | None = None
    bounds_period: Period | None = None


class Timing(Element):
    """When something is to happen."""

    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class Resource(Element):
    """What all resources have."""

    resource_type: Short
    id: Short | None = None
    contained: tuple[Raw, ...] = ()
