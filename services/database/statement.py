"""Statements: written with SQLModel, compiled once, run many times with bound values."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects.postgresql import psycopg as dialect

_DIALECT = dialect.dialect()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue] -- untyped in SQLAlchemy
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with numbered parameters, and the name under which a connection prepares it."""

    sql: bytes
    parameters: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values that stand in the statement itself."""
    name: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Name it after its text, so that the same text is prepared once."""
        object.__setattr__(
            self, "name", hashlib.sha1(self.sql, usedforsecurity=False).hexdigest().encode()
        )

    def values(self, given: Mapping[str, Any]) -> list[bytes | None]:
        """Encode the values in order; KeyError when one is missing, TypeError for a strange one."""
        fixed = self.fixed
        return [encode(given[name] if name in given else fixed[name]) for name in self.parameters]


def statement(clause: ClauseElement | str) -> Statement:
    """Compile a SQLModel statement, or SQL text with `:name` parameters."""
    clause = text(clause) if isinstance(clause, str) else clause
    compiled = clause.compile(dialect=_DIALECT)
    order: list[str] = []

    def number(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "%"
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    sql = _PLACEHOLDER.sub(number, str(compiled))
    given: Mapping[str, Any] = compiled.params or {}
    fixed = {name: value for name, value in given.items() if value is not None}
    return Statement(sql.encode(), tuple(order), fixed)


def encode(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it in text form; bytes in bytea's hexadecimal form."""
    if value is None:
        return None
    for kind in type(value).__mro__:
        if kind in _ENCODERS:
            return _ENCODERS[kind](value)
    raise TypeError(f"No encoding for {type(value).__name__}")


def _text(value: str) -> bytes:
    encoded = value.encode()
    if b"\0" in encoded:
        raise ValueError("PostgreSQL text cannot hold the character U+0000")
    return encoded


def _plain(value: float | Decimal) -> bytes:
    return str(value).encode()


def _iso(value: date) -> bytes:
    return value.isoformat().encode()


def _array(values: Sequence[Any]) -> bytes:
    parts = (encode(value) for value in values)
    return b"{" + b",".join(b"NULL" if p is None else _quoted(p) for p in parts) + b"}"


def _quoted(part: bytes) -> bytes:
    return b'"' + part.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    bool: lambda value: b"t" if value else b"f",
    int: _plain,
    float: _plain,
    Decimal: _plain,
    UUID: lambda value: value.hex.encode(),
    date: _iso,
    bytes: lambda value: b"\\x" + value.hex().encode(),
    list: _array,
    tuple: _array,
    dict: msgspec.json.encode,
}
"""By type; a value of another type goes by the nearest that it inherits from."""
