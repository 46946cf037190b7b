"""Arguments of a call: read leniently where clients are known to slip, refused clearly elsewhere.

A message names the argument and what would be right; it never repeats a value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from msgspec import inspect

from mcp_server import schema
from services.date_range import DateRange
from services.errors import InvalidInput

_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument that a tool takes."""

    name: str
    type: inspect.Type
    required: bool
    default: Any = None

    def read(self, value: Any) -> Any:
        """The value in its type; ValueError when it is not right."""
        kind = self.type
        while isinstance(kind, inspect.Metadata):
            kind = kind.type
        return _read(kind, value)

    @property
    def rule(self) -> str:
        """What would be right, in words."""
        return _rule(schema.of_type(self.type))


def parse(parameters: Sequence[Parameter], given: Any) -> dict[str, Any]:
    """Give every parameter's value. Raises InvalidInput that names all that is wrong at once."""
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise InvalidInput({"arguments": "must be an object"})
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
        except ValueError:
            problems[parameter.name] = parameter.rule
    if unknown := given.keys() - {p.name for p in parameters}:
        problems |= _unknown(unknown, parameters)
    if problems:
        raise InvalidInput(problems)
    return values


def _unknown(names: set[str], parameters: Sequence[Parameter]) -> dict[str, str]:
    known = ", ".join(p.name for p in parameters)
    takes = f"takes {known}" if known else "takes no arguments"
    said = {n if _NAME.fullmatch(n) else "one argument" for n in names}
    return dict.fromkeys(sorted(said), f"is not an argument of this tool, which {takes}")


def _read(kind: inspect.Type, value: Any) -> Any:  # noqa: PLR0911 -- one line a type
    match kind:
        case inspect.IntType():
            return _within(_integer(value), kind.ge, kind.le)
        case inspect.BoolType() if type(value) is bool:
            return value
        case inspect.StrType() if type(value) is str and "\0" not in value:
            _within(len(value), kind.min_length, kind.max_length)
            return value
        case inspect.UUIDType() if type(value) is str:
            return UUID(value)
        case inspect.DateType() if type(value) is str:
            return date.fromisoformat(value)
        case inspect.LiteralType() if value in kind.values:
            return value
        case inspect.EnumType():
            return kind.cls(value)
        case inspect.DataclassType(cls=cls) if cls is DateRange and type(value) is str:
            return DateRange.parse(value)
        case _:
            raise ValueError("of another type")


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(value)
    raise ValueError("no integer")


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
        case {"minLength": least, "maxLength": most}:
            return f"must be text of {least} to {most} characters"
        case {"maxLength": most}:
            return f"must be text of at most {most} characters"
        case _:
            return f"must be {str(of['description'])[0].lower()}{str(of['description'])[1:]}"
