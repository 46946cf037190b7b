"""JSON into FHIR's types: numbers exact, and whatever is wrong said by its path, never by value."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Protocol, TypeVar, cast

import msgspec

from services.exchange.fhir_import.dates import When, parse_when
from services.exchange.fhir_import.elements import Number
from services.exchange.fhir_import.refusal import FileRefused, Place

T = TypeVar("T")
Json = bytes | msgspec.Raw

_AT = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)")
_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}", re.ASCII)
_NUL = re.compile(rb"\\u0000")
_MOST_DIGITS = 100
"""Before the point, and behind it. FHIR promises 18 in all."""


def decode(
    json: Json, kind: type[T], place: Place | None, *, offset: int = 0, within: str = ""
) -> T:
    """Decode what stands at `offset` of its file; FileRefused where it is not what it should be.

    `within` is the path to it in its resource.
    """
    try:
        return _decoder(kind).decode(json)
    except msgspec.ValidationError as error:
        path, what = _said(error)
        path = ".".join(part for part in (within, path) if part) or None
        raise FileRefused(what, place=place, path=path) from None
    except msgspec.DecodeError as error:
        raise FileRefused(_malformed(error, json, offset), place=place) from None
    except RecursionError:
        raise FileRefused("objects are nested too deeply.", place=place) from None
    except ValueError:
        raise FileRefused("is not JSON in UTF-8.", place=place) from None


def refuse_nul(json: Json, place: Place) -> None:
    """FileRefused, with the path, if a string holds U+0000: FHIR forbids it, PostgreSQL too."""
    if _NUL.search(memoryview(json)) is None:
        return
    if (path := _path_of_nul(decode(json, dict[str, Any], place))) is not None:
        raise FileRefused("holds the character U+0000.", place=place, path=path or None)


class _Decoder(Protocol):
    def decode(self, buf: Any, /) -> Any: ...


@cache
def _decoder(kind: type[Any]) -> _Decoder:
    return msgspec.json.Decoder(kind, dec_hook=_of_type, float_hook=_exact)


def _of_type(kind: type[Any], value: Any) -> Any:
    if kind is When:
        if not isinstance(value, str):
            raise TypeError("Expected a date in a string")
        return parse_when(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError("Expected a number")
    number = Number(value)
    if number.adjusted() > _MOST_DIGITS or _places(number) > _MOST_DIGITS:
        raise ValueError("Expected a number of reasonable size")
    return number


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("Expected a number of reasonable size") from None


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _said(error: msgspec.ValidationError) -> tuple[str | None, str]:
    match = _AT.fullmatch(str(error))
    if match is None:
        return None, "is not FHIR."
    what = match["what"].replace("`", "").replace(" | null", "")
    return match["path"] or None, f"{what[:1].lower()}{what[1:]}."


def _malformed(error: msgspec.DecodeError, json: Json, offset: int) -> str:
    if found := _BYTE.search(str(error)):
        return f"is not JSON: byte {offset + int(found[1])} of the file."
    end = offset + len(memoryview(json))
    return f"the JSON is not complete: cut off, or broken, by byte {end} of the file."


def _path_of_nul(value: object, path: str = "") -> str | None:
    if isinstance(value, str):
        return path if "\0" in value else None
    for step, key, inner in _inside(value):
        if "\0" in key:
            return path
        if (found := _path_of_nul(inner, f"{path}{step}".lstrip("."))) is not None:
            return found
    return None


def _inside(value: object) -> Iterator[tuple[str, str, object]]:
    """The step of a path to each part, its key and itself; odd keys are not repeated."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield f".{key if _NAME.fullmatch(key) else '?'}", key, inner
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[object]", value)):
            yield f"[{number}]", "", inner
