"""Pages of a list: an opaque cursor holds the place after the last row that was given."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from services.errors import InvalidInput

T = TypeVar("T")
K = TypeVar("K")

_WRONG = InvalidInput({"cursor": "must be a next_cursor as an earlier answer of this tool gave it"})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in their order; `place` gives a row's place, from which the next page goes on."""

    rows: Sequence[T]
    more: bool
    place: Callable[[T], object]

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, or None when there is none."""
        return _to_cursor(self.place(self.rows[-1])) if self.more else None


def page(rows: Sequence[T], limit: int, place: Callable[[T], object]) -> Page[T]:
    """Cut a list that was asked for with one row more than `limit`."""
    return Page(rows[:limit], len(rows) > limit, place)


def _to_cursor(place: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def from_cursor(cursor: str | None, kind: type[K], start: K) -> K:
    """Decode a place, or give `start` when there is no cursor; InvalidInput for a forged one."""
    if cursor is None:
        return start
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=kind)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise _WRONG from None


Moment = tuple[datetime, UUID]
"""A place in a list ordered by time, then id."""

NEWEST: Moment = (datetime.max.replace(tzinfo=UTC), UUID(int=(1 << 128) - 1))
OLDEST: Moment = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
