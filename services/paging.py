"""Pages of a list: an opaque cursor holds the place after the last row that was given.

A cursor is good for the question that gave it and no other: beside the place stands a digest of who
asked for which list, and of what. It is no secret and guards no row, which the transaction does: it
keeps a cursor that was mixed up or made up from showing a part of a list as if it were all of it.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2s
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from services.database.session import ClinicSession
from services.errors import InvalidInput
from services.principal import Principal

T = TypeVar("T")
K = TypeVar("K")

_WRONG = InvalidInput(
    {
        "cursor": "must be the next_cursor that this list gave to the same question, with the "
        "other arguments as they were (limit may differ); leave it out to begin the list again"
    }
)
_DIGEST_BYTES = 9


class Listing:
    """One question for a list: its name, and all that selects its rows."""

    __slots__ = ("_clinic", "_question")

    def __init__(self, clinic: ClinicSession, name: str, *selected_by: object) -> None:
        """`selected_by` are the arguments that JSON can say, limit and cursor left out."""
        self._clinic = clinic
        self._question = (name, *selected_by)

    def place(self, cursor: str | None, kind: type[K], start: K) -> K:
        """The place that a cursor holds, or `start` without one.

        Raises InvalidInput for a text that is no cursor, at once; for a cursor of another
        question, at once or before the first row is handed out.
        """
        if cursor is None:
            return start
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            place = msgspec.json.decode(raw[_DIGEST_BYTES:], type=kind)
        except (binascii.Error, msgspec.MsgspecError, ValueError):
            raise _WRONG from None

        def refuse_another(principal: Principal, _: object) -> None:
            if raw != self._bound(raw[_DIGEST_BYTES:], principal):
                raise _WRONG

        self._clinic.check(refuse_another)
        return place

    def page(self, rows: Sequence[T], limit: int, place: Callable[[T], object]) -> "Page[T]":
        """Cut a list that was asked for with one row more than `limit`."""
        return Page(self, rows[:limit], len(rows) > limit, place)

    def cursor(self, place: object) -> str:
        """From which this question goes on behind a place."""
        bound = self._bound(msgspec.json.encode(place), self._clinic.principal)
        return base64.urlsafe_b64encode(bound).decode().rstrip("=")

    def _bound(self, place: bytes, principal: Principal) -> bytes:
        whose = (principal.tenant_id, principal.user_id)
        asked = msgspec.json.encode((*whose, self._question))
        return blake2s(asked + place, digest_size=_DIGEST_BYTES).digest() + place


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in their order; `place` gives a row's place, from which the next page goes on."""

    listing: Listing
    rows: Sequence[T]
    more: bool
    place: Callable[[T], object]

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, or None when there is none."""
        return self.listing.cursor(self.place(self.rows[-1])) if self.more else None


Moment = tuple[datetime, UUID]
"""A place in a list ordered by time, then id."""

NEWEST: Moment = (datetime.max.replace(tzinfo=UTC), UUID(int=(1 << 128) - 1))
OLDEST: Moment = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
