"""Whether a result is low, normal or high: the laboratory's word, else by its range."""

from collections.abc import Sequence
from decimal import Decimal

from models.vocabulary import ResultFlag
from services.exchange.fhir_import.elements import CodeableConcept

_SYSTEMS = (
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "http://terminology.hl7.org/CodeSystem/v2-0078",
    "http://hl7.org/fhir/v2/0078",
)
_WORDS: dict[str, ResultFlag] = {flag.value: flag for flag in ResultFlag}
_ABNORMAL = {"A", "AA", "HX", "LX", "HU", "LU"}


def of(
    interpretation: Sequence[CodeableConcept],
    value: Decimal | None,
    comparator: str | None,
    low: Decimal | None,
    high: Decimal | None,
) -> ResultFlag | None:
    """The flag, or None where neither word nor range decides.

    A laboratory may call abnormal what lies within the range: then there is no flag, since
    `normal` would contradict it.
    """
    words = {code for concept in interpretation for code in concept.codes(*_SYSTEMS)}
    said = [_WORDS[word] for word in words if word in _WORDS]
    if said:
        return said[0] if len(said) == 1 else None
    computed = None if value is None else _by_range(value, comparator, low, high)
    return None if computed is ResultFlag.NORMAL and words & _ABNORMAL else computed


def _by_range(
    value: Decimal, comparator: str | None, low: Decimal | None, high: Decimal | None
) -> ResultFlag | None:
    if low is None and high is None:
        return None
    if comparator is None:
        if low is not None and value < low:
            return ResultFlag.LOW
        return ResultFlag.HIGH if high is not None and value > high else ResultFlag.NORMAL
    if comparator in {"<", "<="}:
        return _of_upper_bound(value, comparator, low, high)
    return _of_lower_bound(value, comparator, low, high)


def _of_upper_bound(
    value: Decimal, comparator: str, low: Decimal | None, high: Decimal | None
) -> ResultFlag | None:
    """The true value is below, or at most, this one."""
    if low is not None:
        below = value <= low if comparator == "<" else value < low
        return ResultFlag.LOW if below else None
    return ResultFlag.NORMAL if high is not None and value <= high else None


def _of_lower_bound(
    value: Decimal, comparator: str, low: Decimal | None, high: Decimal | None
) -> ResultFlag | None:
    """The true value is above, or at least, this one."""
    if high is not None:
        above = value >= high if comparator == ">" else value > high
        return ResultFlag.HIGH if above else None
    return ResultFlag.NORMAL if low is not None and value >= low else None
