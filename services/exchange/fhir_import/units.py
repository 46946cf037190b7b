"""UCUM units: which text is one, and vital signs in the one unit in which each is stored."""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

from services.exchange.fhir_import.elements import Quantity

UCUM = "http://unitsofmeasure.org"
_LOOKS_LIKE_UNIT = re.compile(r"[!-~]{1,40}", re.ASCII)
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_EXACT = Context(prec=200)

_SPELLINGS = {
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "oz": "[oz_av]",
    "in": "[in_i]",
    "ft": "[ft_i]",
    "mmHg": "mm[Hg]",
    "bpm": "/min",
    "1/min": "/min",
    "degC": "Cel",
    "°C": "Cel",
    "C": "Cel",
    "°F": "[degF]",
    "F": "[degF]",
    "kg/m²": "kg/m2",
    "kg/m^2": "kg/m2",
    "1": "",
}
"""What people write in the place of UCUM's codes."""

_FACTORS: dict[str, dict[str, str]] = {
    "kg": {
        "kg": "1",
        "g": "0.001",
        "[lb_av]": "0.45359237",
        "[oz_av]": "0.028349523125",
        "[stone_av]": "6.35029318",
    },
    "cm": {"cm": "1", "m": "100", "mm": "0.1", "[in_i]": "2.54", "[ft_i]": "30.48"},
    "mm[Hg]": {"mm[Hg]": "1"},
    "/min": {"/min": "1"},
    "kg/m2": {"kg/m2": "1"},
    "Cel": {"Cel": "1"},
    "%": {"%": "1"},
    "": {"": "1"},
}
"""By the unit that is wanted: what one of each unit is of it, by definition and so exactly."""


class NotConvertible(Exception):
    """The unit is missing, or measures something else."""


def ucum(quantity: Quantity) -> str | None:
    """The unit as the source gave it: UCUM's code, else text that could be one; None if neither."""
    text = quantity.code if quantity.system == UCUM and quantity.code else quantity.unit
    text = (text or quantity.code or "").strip()
    return text if _LOOKS_LIKE_UNIT.fullmatch(text) else None


def converted(quantity: Quantity, value: Decimal, unit: str) -> Decimal:
    """The value in that unit, exactly; a value that is in it already stays digit for digit.

    Raises NotConvertible.
    """
    given = _canonical(quantity)
    if given == "[degF]" and unit == "Cel":
        return _celsius(value)
    factor = _FACTORS[unit].get(given)
    if factor is None:
        raise NotConvertible
    if factor == "1":
        return value
    return _EXACT.multiply(value, Decimal(factor)).normalize(_EXACT)


def _canonical(quantity: Quantity) -> str:
    text = quantity.code if quantity.system == UCUM and quantity.code else quantity.unit
    text = (text or quantity.code or "").strip()
    text = _SPELLINGS.get(text, text)
    bare = _ANNOTATION.sub("", text)
    return _SPELLINGS.get(bare, bare)


def _celsius(fahrenheit: Decimal) -> Decimal:
    """One digit behind the point more than was given: a degree Fahrenheit is the smaller one."""
    exponent = fahrenheit.as_tuple().exponent
    places = max(-exponent, 0) + 1 if isinstance(exponent, int) else 1
    above = _EXACT.subtract(fahrenheit, Decimal(32))
    celsius = _EXACT.divide(_EXACT.multiply(above, Decimal(5)), Decimal(9))
    return celsius.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _EXACT)
