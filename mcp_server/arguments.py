"""Arguments of a call: read leniently where clients are known to slip, refused clearly elsewhere.

A message names the argument and what would be right; it never repeats a value.
"""

import inspect as python
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import inspect

from mcp_server import schema
from mcp_server.marked import ANY_CASE, PATIENT, bears
from services.date_range import DateRange, NotARange
from services.errors import InvalidInput

_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)


class Wrong(ValueError):
    """A value is not right, and this says more than the rule; never the value."""


class WrongArguments(InvalidInput):
    """Arguments are wrong; `right` holds those of them that are not."""

    def __init__(self, problems: Mapping[str, str], right: Mapping[str, Any]) -> None:
        super().__init__(problems)
        self.right = right


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument that a tool takes."""

    name: str
    type: inspect.Type
    required: bool
    default: Any = None
    read: Callable[[Any], Any] = field(init=False, repr=False)
    """Gives the value in its type; ValueError when it is not right."""

    def __post_init__(self) -> None:
        """Find once how to read it."""
        read = _reader(_bare(self.type))
        if bears(self.type, ANY_CASE):
            read = partial(_lower, read)
        object.__setattr__(self, "read", read)

    @property
    def names_patient(self) -> bool:
        """Whether its value is a patient's id."""
        return bears(self.type, PATIENT)

    @property
    def harmless(self) -> bool:
        """Whether the audit log may keep its values as they came.

        So it is with what comes from a closed set. A date may be a date of birth, a number without
        bounds anything.
        """
        match _bare(self.type):
            case inspect.BoolType() | inspect.EnumType() | inspect.LiteralType():
                return True
            case inspect.IntType(ge=int(), le=int()):
                return True
            case inspect.DataclassType(cls=cls) if cls is DateRange:
                return True
            case _:
                return False

    @property
    def description(self) -> str:
        """What is told of it."""
        return str(schema.of_type(self.type).get("description", ""))

    @property
    def rule(self) -> str:
        """What would be right, in words."""
        return _rule(schema.of_type(self.type))


def parameter(declared: python.Parameter, hint: Any) -> Parameter:
    """As a function declares it."""
    required = declared.default is declared.empty
    kind = schema.without_none(inspect.type_info(hint))
    default = None if required else declared.default
    if not required and default is not None:
        shown = {"default": default}
        kind = inspect.Metadata(kind, extra_json_schema=shown, extra=None)
    return Parameter(declared.name, kind, required, default)


def parse(parameters: Sequence[Parameter], given: Any) -> dict[str, Any]:
    """Give every parameter's value. Raises WrongArguments that names all that is wrong at once."""
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise WrongArguments({"arguments": "must be an object"}, {})
    given = cast("dict[str, Any]", given)
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    for parameter in parameters:
        value = given.get(parameter.name)
        if value is None:
            values[parameter.name] = parameter.default
            if parameter.required:
                problems[parameter.name] = f"is missing; it {parameter.rule}"
            continue
        try:
            values[parameter.name] = parameter.read(value)
        except (Wrong, NotARange) as wrong:
            problems[parameter.name] = str(wrong)
        except ValueError:
            problems[parameter.name] = parameter.rule
    if unknown := [name for name in given if name not in values and name not in problems]:
        problems |= _unknown(unknown, parameters)
    if problems:
        right = {name: value for name, value in values.items() if given.get(name) is not None}
        raise WrongArguments(problems, right)
    return values


def _unknown(names: Sequence[str], parameters: Sequence[Parameter]) -> dict[str, str]:
    known = ", ".join(p.name for p in parameters)
    takes = f"takes {known}" if known else "takes no arguments"
    said = {n if _NAME.fullmatch(n) else "one argument" for n in names}
    return dict.fromkeys(sorted(said), f"is not an argument here: this {takes}")


def _bare(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


def _reader(kind: inspect.Type) -> Callable[[Any], Any]:  # noqa: PLR0911 -- one line a type
    match kind:
        case inspect.IntType(ge=least, le=most):
            return partial(_integer, least, most)
        case inspect.BoolType():
            return partial(_of_type, bool)
        case inspect.StrType(min_length=least, max_length=most):
            return partial(_text, least, most)
        case inspect.UUIDType():
            return lambda value: UUID(_of_type(str, value))
        case inspect.DateType():
            return lambda value: date.fromisoformat(_of_type(str, value))
        case inspect.LiteralType(values=values):
            return partial(_one_of, values)
        case inspect.EnumType(cls=cls):
            return cls
        case inspect.DataclassType(cls=cls) if cls is DateRange:
            return lambda value: DateRange.parse(_of_type(str, value))
        case inspect.StructType(cls=cls, fields=fields):
            read = {f.encode_name: _text_reader(f.type) for f in fields}
            return lambda value: cls(**_parts(read, value))
        case _:
            raise TypeError(f"No argument is read as {kind}")


def _lower(read: Callable[[Any], str], value: Any) -> str:
    return read(value).strip().lower()


def _of_type(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError("of another type")
    return value


def _one_of(values: Sequence[Any], value: Any) -> Any:
    if value not in values:
        raise ValueError("not one of them")
    return value


def _integer(least: int | None, most: int | None, value: Any) -> int:
    if type(value) is not int:
        value = _whole(value)
    return _within(value, least, most)


def _whole(value: Any) -> int:
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(value)
    raise ValueError("no integer")


def _text(least: int | None, most: int | None, value: Any) -> str:
    _within(len(_of_type(str, value)), least, most)
    if "\0" in value:
        raise Wrong("must be text without the character U+0000, which the database cannot hold")
    if least and len(value.strip()) < least:
        raise Wrong(f"must be text with {least} or more characters besides spaces around it")
    return value


def _text_reader(kind: inspect.Type) -> Callable[[Any], str]:
    bare = _bare(kind)
    if not isinstance(bare, inspect.StrType):
        raise TypeError(f"No part of an argument is read as {kind}")
    return _reader(bare)


def _parts(parts: Mapping[str, Callable[[Any], str]], value: Any) -> dict[str, str]:
    """An object of texts; some clients send it as a text of JSON."""
    given: dict[str, Any] = _of_type(dict, _decoded(value))
    if given.keys() - parts:
        raise Wrong(f"must be an object of {', '.join(parts)}, and of nothing else")
    said: dict[str, str] = {}
    for name, read in parts.items():
        if given.get(name) is None:
            continue
        try:
            said[name] = read(given[name])
        except Wrong:
            raise
        except ValueError:
            raise Wrong(f"must have text as its {name}, and not too long a one") from None
    return said


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("no JSON") from None


def _within(number: int, least: int | None, most: int | None) -> int:
    if (least is not None and number < least) or (most is not None and number > most):
        raise ValueError("out of range")
    return number


def _rule(of: schema.Schema) -> str:  # noqa: PLR0911 -- one line a kind
    """What a value of this schema must be."""
    if "enum" in of:
        return f"must be one of {', '.join(of['enum'])}"
    match of:
        case {"type": "integer", "minimum": least, "maximum": most}:
            return f"must be an integer from {least} to {most}"
        case {"type": "boolean"}:
            return "must be true or false"
        case {"format": "uuid"}:
            return "must be an id (UUID) as another tool returned it"
        case {"format": "date"}:
            return "must be a date, YYYY-MM-DD"
        case {"type": "object", "properties": parts}:
            return f"must be an object with {', '.join(parts)}"
        case {"minLength": least, "maxLength": most}:
            return f"must be text of {least} to {most} characters"
        case {"maxLength": most}:
            return f"must be text of at most {most} characters"
        case _:
            return f"must be {str(of['description'])[0].lower()}{str(of['description'])[1:]}"
