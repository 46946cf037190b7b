"""Identifiers that sort by the time of their making."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562, 6.2 method 3), sorting to a quarter of a microsecond.

    Milliseconds since 1970, then 12 bits of their fraction, then 62 random bits.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    low = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | low)
