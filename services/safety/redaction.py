"""Arguments as the audit log may keep them.

Whatever is not of a harmless type is kept as a keyed hash with its length: plain hashes of names
and birth dates can be guessed, keyed ones only by who holds the clinic's key.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from services.date_range import DateRange

HARMLESS = (bool, int, float, date, Enum, DateRange)
"""Types whose values say nothing about anyone; None counts as absent."""


def redact(arguments: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Give what `args_redacted` keeps of arguments that have been checked."""
    return {
        name: _plain(value) if isinstance(value, HARMLESS) else keyed(str(value), key)
        for name, value in arguments.items()
        if value is not None
    }


def keyed(text: str, key: bytes) -> dict[str, Any]:
    """HMAC-SHA256 in hexadecimal, and the length in characters."""
    return {"h": hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), "len": len(text)}


def patient_refs(arguments: Mapping[str, Any]) -> list[UUID]:
    """The patients that arguments name."""
    return [v for name, v in arguments.items() if name == "patient_id" and isinstance(v, UUID)]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, bool | int | float) else str(value)
