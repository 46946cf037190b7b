"""Statements: SQL text with named parameters, read once, run many times with bound values."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

_PARAMETER = re.compile(r"(?<![:\w]):([a-z]\w*)")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with numbered parameters, and the name under which a connection prepares it."""

    sql: bytes
    parameters: tuple[str, ...] = ()
    name: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Name it after its text, so that the same text is prepared once."""
        object.__setattr__(
            self, "name", hashlib.sha1(self.sql, usedforsecurity=False).hexdigest().encode()
        )

    def values(self, given: Mapping[str, Any]) -> list[bytes | None]:
        """Encode the values in order; KeyError when one is missing, TypeError for a strange one."""
        return [encode(given[name]) for name in self.parameters]


def statement(sql: str) -> Statement:
    """Number the `:name` parameters of a text. A value is never part of it."""
    order: list[str] = []

    def number(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    return Statement(_PARAMETER.sub(number, sql).encode(), tuple(order))


def encode(value: object) -> bytes | None:
    """A value as PostgreSQL reads it in text form; bytes in bytea's hexadecimal form."""
    if value is None:
        return None
    return _encoder(type(value))(value)


@cache
def _encoder(kind: type) -> Callable[[Any], bytes]:
    for base in kind.__mro__:
        if base in _ENCODERS:
            return _ENCODERS[base]
    raise TypeError(f"No encoding for {kind.__name__}")


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
