"""JSON Schema (2020-12) of arguments and results: flat, closed, without $ref and anyOf."""

from typing import Any, cast

import msgspec
from msgspec import inspect

from services.date_range import LONGEST_YEARS, WORDS, DateRange

Schema = dict[str, Any]

_FORMATS: dict[type[inspect.Type], Schema] = {
    inspect.DateType: {"type": "string", "format": "date"},
    inspect.DateTimeType: {"type": "string", "format": "date-time"},
    inspect.UUIDType: {"type": "string", "format": "uuid"},
    inspect.BoolType: {"type": "boolean"},
}
_DATE_RANGE = {
    "type": "string",
    "description": (
        f"One of {', '.join(WORDS)}; or YYYY-MM-DD/YYYY-MM-DD, both days included, "
        f"at most {LONGEST_YEARS} years."
    ),
}


def of_fields(fields: dict[str, inspect.Type], required: list[str]) -> Schema:
    """The schema of an object that takes these fields and no others."""
    return {
        "type": "object",
        "properties": {name: of_type(kind) for name, kind in fields.items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def of_struct(kind: type[msgspec.Struct]) -> Schema:
    """The schema of a result, whose fields may be left out: it is sent with each list of tools.

    A field that has a default is left out of an answer when it is that; which have none is not
    said, since a list of the names would be a twelfth of all.
    """
    return of_type(inspect.type_info(kind))


def of_type(kind: inspect.Type) -> Schema:  # noqa: PLR0911 -- one line a type
    """The schema of a type; TypeError for one that no schema of ours may hold."""
    match kind:
        case inspect.Metadata():
            return of_type(kind.type) | _extra(kind)
        case inspect.StructType():
            fields = {f.encode_name: without_none(f.type) for f in kind.fields}
            return of_fields(fields, [])
        case inspect.ListType() | inspect.VarTupleType():
            return {"type": "array", "items": of_type(kind.item_type)}
        case inspect.EnumType():
            return {"type": "string", "enum": [member.value for member in kind.cls]}
        case inspect.LiteralType():
            return {"type": "string", "enum": list(kind.values)}
        case inspect.IntType() | inspect.FloatType():
            name = "integer" if isinstance(kind, inspect.IntType) else "number"
            return {"type": name} | _given(minimum=kind.ge, maximum=kind.le)
        case inspect.StrType():
            limits = _given(minLength=kind.min_length, maxLength=kind.max_length)
            return {"type": "string"} | limits | _given(pattern=kind.pattern)
        case inspect.DataclassType(cls=cls) if cls is DateRange:
            return dict(_DATE_RANGE)
        case _ if type(kind) in _FORMATS:
            return dict(_FORMATS[type(kind)])
        case _:
            raise TypeError(f"No schema for {kind}")


def without_none(kind: inspect.Type) -> inspect.Type:
    """`X | None` as X: null counts as absent, and absent is how we say none."""
    if isinstance(kind, inspect.Metadata):
        bare = without_none(kind.type)
        return inspect.Metadata(bare, extra_json_schema=_extra(kind), extra=kind.extra)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] -- an untyped dict in msgspec
    if not isinstance(kind, inspect.UnionType):
        return kind
    some = [t for t in kind.types if not isinstance(t, inspect.NoneType)]
    if len(some) != 1:
        raise TypeError("A field has one type, or one type and None")
    return some[0]


def _extra(kind: inspect.Metadata) -> Schema:
    return cast("Schema", kind.extra_json_schema) or {}  # pyright: ignore[reportUnknownMemberType] -- an untyped dict in msgspec


def _given(**keywords: Any) -> Schema:
    return {name: value for name, value in keywords.items() if value is not None}
