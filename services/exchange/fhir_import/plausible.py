"""Numbers that can be: what no answer could hold, and what nobody's body could have, is refused."""

from decimal import Decimal

from services.clinical.markers import MARKERS
from services.exchange.fhir_import.report import Reason, Skipped

_LEAST, _BEYOND = Decimal("1E-30"), Decimal("1E+12")
"""Well within what answers can hold, and beyond all that is measured of a person."""
_NEVER_NEGATIVE = frozenset(code.code for marker in MARKERS.values() for code in marker.codes)
"""Amounts and shares of something. Of what is not known here, such as a base excess, any may be."""


def is_plausible(number: Decimal) -> bool:
    """Whether a value, a bound or a dose may have this size."""
    return not number or _LEAST <= number.copy_abs() < _BEYOND


def refuse_impossible(number: Decimal, *, negative: bool = False) -> None:
    """Skipped for a number of impossible size, and for one below 0 unless it may be negative."""
    if not is_plausible(number) or (number < 0 and not negative):
        raise Skipped(Reason.IMPOSSIBLE_VALUE)


def may_be_negative(loinc: str) -> bool:
    """Whether a laboratory's value under this code can be below 0, as far as is known."""
    return loinc not in _NEVER_NEGATIVE
