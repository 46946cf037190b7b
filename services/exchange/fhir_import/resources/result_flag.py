"""Whether a result is low, normal or high: the laboratory's word, else by its range."""

from collections.abc import Sequence
from decimal import Decimal

from models.vocabulary import ResultFlag
from services.exchange.fhir_import.elements import CodeableConcept

_WORDS: dict[str, ResultFlag] = {
    **{flag.value: flag for flag in ResultFlag},
    "LU": ResultFlag.LOW,
    "HU": ResultFlag.HIGH,
}
"""Codes of HL7's v3-ObservationInterpretation and v2-0078; `U` is significantly."""
_ABNORMAL = {"A", "AA"}
_OFF_SCALE = {"HX", "LX", "<", ">"}
"""Beyond what the instrument can tell: neither in the range nor out of it."""
_CRITICAL = {
    ResultFlag.LOW: ResultFlag.CRITICAL_LOW,
    ResultFlag.HIGH: ResultFlag.CRITICAL_HIGH,
}
_IN_WORDS = {
    "critical low": "LL",
    "critically low": "LL",
    "low": "L",
    "normal": "N",
    "high": "H",
    "critical high": "HH",
    "critically high": "HH",
    "abnormal": "A",
    "critical abnormal": "AA",
}
_SIDES = {
    ResultFlag.CRITICAL_LOW: -1,
    ResultFlag.LOW: -1,
    ResultFlag.NORMAL: 0,
    ResultFlag.HIGH: 1,
    ResultFlag.CRITICAL_HIGH: 1,
}


def of(
    interpretation: Sequence[CodeableConcept],
    value: Decimal | None,
    comparator: str | None,
    low: Decimal | None,
    high: Decimal | None,
) -> tuple[ResultFlag | None, bool]:
    """The flag, or None where neither word nor range decides; and whether these two disagree.

    A laboratory may call abnormal what lies within the range: then there is no flag, since
    `normal` would contradict it.
    """
    words = {word for concept in interpretation for word in _words(concept)}
    computed = None if value is None else _by_range(value, comparator, low, high)
    said = {_WORDS[word] for word in words if word in _WORDS}
    said -= {mild for mild, critical in _CRITICAL.items() if critical in said}
    if len(said) > 1:
        return None, False
    if not said:
        return _without_direction(words, computed)
    (flag,) = said
    if "AA" in words:
        flag = _CRITICAL.get(flag, flag)
    return flag, computed is not None and _SIDES[flag] != _SIDES[computed]


def _words(concept: CodeableConcept) -> set[str]:
    """In any system, since laboratories often leave it out; in text where there is no code.

    Who reads a code of a laboratory's own by its letters shows what it warned of; who does not
    hides it.
    """
    codes = {code.strip().upper() for code in concept.codes()}
    texts = (concept.text, *(coding.display for coding in concept.coding))
    written = {" ".join((text or "").split()) for text in texts}
    in_words = {_IN_WORDS[text.lower()] for text in written if text.lower() in _IN_WORDS}
    known = _WORDS.keys() | _ABNORMAL | _OFF_SCALE
    return (codes & known) or in_words or ({text.upper() for text in written} & known)


def _without_direction(
    words: set[str], computed: ResultFlag | None
) -> tuple[ResultFlag | None, bool]:
    """The range says to which side something is abnormal; how bad it is, the laboratory."""
    if computed is ResultFlag.NORMAL and words & (_ABNORMAL | _OFF_SCALE):
        return None, bool(words & _ABNORMAL)
    if computed is not None and "AA" in words:
        return _CRITICAL.get(computed, computed), False
    return computed, False


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
