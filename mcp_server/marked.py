"""Marks on types: declared once with a type, found by walking it once, cheap at each call."""

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from msgspec import Meta, inspect

from mcp_server.schema import without_none

PATIENT: Final = "patient"
"""An id of a patient: whoever is named goes on record."""
PROVIDER: Final = "provider"
"""An id of somebody who sees patients."""
ANY_CASE: Final = "any_case"
"""Text that means the same in capitals; it is read in lower case."""

Reader = Callable[[Any], Iterator[Any]]
"""Gives the marked values inside a value."""


def marked(mark: str, **told: Any) -> Meta:
    """The annotation that puts a mark on a type, with what a client is told of it."""
    return Meta(extra={mark: True}, **told)


def bears(kind: inspect.Type, mark: str) -> bool:
    """Whether the type itself has that mark."""
    while isinstance(kind, inspect.Metadata):
        if mark in cast("dict[str, Any]", kind.extra or {}):  # pyright: ignore[reportUnknownMemberType] -- an untyped dict in msgspec
            return True
        kind = kind.type
    return False


def reader(kind: inspect.Type, mark: str) -> Reader | None:
    """How to read the values with that mark out of a value of this type; None if it has none."""
    if bears(kind, mark):
        return lambda value: iter((value,))
    match kind:
        case inspect.Metadata():
            return reader(kind.type, mark)
        case inspect.ListType() | inspect.VarTupleType():
            of_one = reader(kind.item_type, mark)
            return of_one and _of_items(of_one)
        case inspect.StructType():
            below = {f.name: of for f in kind.fields if (of := reader(without_none(f.type), mark))}
            return _of_fields(below) if below else None
        case _:
            return None


def _of_items(of_one: Reader) -> Reader:
    return lambda values: (found for value in values for found in of_one(value))


def _of_fields(below: dict[str, Reader]) -> Reader:
    def read(struct: Any) -> Iterator[Any]:
        for name, of in below.items():
            if (value := getattr(struct, name)) is not None:
                yield from of(value)

    return read
