"""What the strings of answers are: a string's type says who wrote it, and when it is marked.

SPEC 7, rule 3. A tool that returns such a type marks and taints without saying so; one that returns
a string of no type here is refused when it is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

from msgspec import Meta, inspect

from mcp_server.schema import without_none
from services.safety import given
from services.safety.untrusted import Wrapping, new_nonce

MARK: Final = "text"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a string is; it is marked unless it fits."""

    name: str
    fits: Callable[[str], bool]


class Doubtful(str):
    """Put together of parts, of which one does not look like what it is: marked in any case."""

    __slots__ = ()


def _never(_: str) -> bool:
    return False


def _always(_: str) -> bool:
    return True


def of_kind(name: str, fits: Callable[[str], bool] = _never, **told: Any) -> Meta:
    """The annotation of a string's type; without `fits` it is untrusted whatever it says."""
    return Meta(extra={MARK: Kind(name, fits)}, **told)


Ours = Annotated[str, of_kind("ours", _always)]
"""Made by us of what has a type: times, ids, words of a closed set."""
ChartText = Annotated[str, of_kind("chart note")]
MessageText = Annotated[str, of_kind("message")]
IntakeText = Annotated[str, of_kind("intake form")]
PersonName = Annotated[str, of_kind("name", given.is_full_name)]
Label = Annotated[str, of_kind("label", given.is_label)]
System = Annotated[str, of_kind("system", given.is_system)]
Code = Annotated[str, of_kind("code", given.is_code)]
RecordNumber = Annotated[str, of_kind("record number", given.is_record_number)]
Unit = Annotated[str, of_kind("unit", given.is_unit, description="UCUM.")]
Phone = Annotated[str, of_kind("phone", given.is_phone)]
Email = Annotated[str, of_kind("e-mail", given.is_email)]
Street = Annotated[str, of_kind("address", given.is_street)]
Place = Annotated[str, of_kind("place", given.is_place)]
PostalCode = Annotated[str, of_kind("postal code", given.is_postal_code)]
Language = Annotated[str, of_kind("language", given.is_language)]

Mark = Callable[[Any, Wrapping], None]
"""Marks the untrusted strings of a struct, in place."""
_Change = Callable[[Any, Wrapping, "_Row"], Any]


class _Row:
    """What an answer's row is called, and the nonce that its marks bear."""

    __slots__ = ("_nonce", "source")

    def __init__(self, source: str) -> None:
        self.source, self._nonce = source, ""

    @property
    def nonce(self) -> str:
        self._nonce = self._nonce or new_nonce()
        return self._nonce


def marker(result: inspect.Type) -> Mark | None:
    """How to mark answers of this type; None where none has a string that could need it.

    Raises TypeError for a string of no kind.
    """
    change = _change(result)
    if change is None:
        return None
    return lambda answer, wrapping: change(answer, wrapping, _Row(""))


def _change(kind: inspect.Type) -> _Change | None:
    """How to give a value of this type marked; None where that is itself in any case."""
    match kind:
        case inspect.Metadata(extra={"text": Kind() as text}):
            return None if text.fits is _always else _of_string(text)
        case inspect.Metadata():
            return _change(kind.type)
        case inspect.StrType(pattern=None):
            raise TypeError("A string of an answer needs a type of mcp_server.text")
        case inspect.ListType() | inspect.VarTupleType():
            of_one = _change(kind.item_type)
            return of_one and _of_items(of_one)
        case inspect.StructType():
            return _of_struct(kind)
        case _:
            return None


def _of_string(kind: Kind) -> _Change:
    def change(text: str, wrapping: Wrapping, row: _Row) -> str:
        if kind.fits(text) and not isinstance(text, Doubtful):
            return text
        return wrapping.wrap(text, kind.name, row.source, row.nonce)

    return change


def _of_items(of_one: _Change) -> _Change:
    return lambda values, wrapping, row: [of_one(value, wrapping, row) for value in values]


def _of_struct(kind: inspect.StructType) -> _Change | None:
    below = {f.name: of for f in kind.fields if (of := _change(without_none(f.type)))}
    if not below:
        return None
    named = next((f.name for f in kind.fields if f.name.endswith("_id")), None)

    def change(struct: Any, wrapping: Wrapping, row: _Row) -> Any:
        if named is not None:
            row = _Row(f"{named}={cast('object', getattr(struct, named))}")
        for name, of in below.items():
            value = getattr(struct, name)
            if value:
                setattr(struct, name, of(value, wrapping, row))
        return struct

    return change
