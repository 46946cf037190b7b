"""Arguments as the audit log may keep them.

Whatever is not declared harmless is kept as a keyed hash with its length: plain hashes of names
and birth dates can be guessed, keyed ones only by who holds the clinic's key.
"""

import hmac
from collections.abc import Container, Mapping
from enum import Enum
from typing import Any


def redact(arguments: Mapping[str, Any], harmless: Container[str], key: bytes) -> dict[str, Any]:
    """Give what `args_redacted` keeps; `harmless` names arguments that say nothing about anyone.

    None counts as absent.
    """
    return {
        name: _plain(value) if name in harmless else keyed(str(value), key)
        for name, value in arguments.items()
        if value is not None
    }


def keyed(text: str, key: bytes) -> dict[str, Any]:
    """HMAC-SHA256 in hexadecimal, and the length in characters."""
    return {"h": hmac.digest(key, text.encode(), "sha256").hex(), "len": len(text)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, bool | int | float) else str(value)
