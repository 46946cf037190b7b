"""The size of answers: counted as UTF-8 bytes / 4, as SPEC 6 counts tokens."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import msgspec

from mcp_server.tool import Result
from services.paging import Page
from services.safety.untrusted import LONGEST

BYTES_A_TOKEN: Final = 4
USUAL_ANSWER: Final = 2_000 * BYTES_A_TOKEN
LARGEST_ANSWER: Final = 8_000 * BYTES_A_TOKEN
_AROUND: Final = 400
"""The cursor and what holds the list."""
_MARKS: Final = 130
"""Around one untrusted text."""
_SAYS_MORE: Final = 40

T = TypeVar("T")
R = TypeVar("R", bound=Result)


class Room:
    """What is left of an answer, as rows are put into it."""

    __slots__ = ("_left",)

    def __init__(self, most: int) -> None:
        self._left = most - _AROUND

    def take(
        self, rows: Iterable[T], show: Callable[[T], R], *, texts: int = 0, at_least: int = 0
    ) -> list[R]:
        """The first rows that there is room for; `texts` are the untrusted ones a row may have."""
        shown: list[R] = []
        for row in rows:
            one = show(row)
            self._left -= len(msgspec.json.encode(one, enc_hook=str)) + 1 + texts * _MARKS
            if self._left < 0 and len(shown) >= at_least:
                break
            shown.append(one)
        return shown


def fitting(
    page: Page[T], show: Callable[[T], R], *, usual: bool, texts: int = 0
) -> tuple[list[R], str | None]:
    """As many rows as an answer holds, at least one, and the cursor behind them.

    `usual` is an answer to nobody who asked for a longer one.
    """
    room = Room(USUAL_ANSWER if usual else LARGEST_ANSWER)
    shown = room.take(page.rows, show, texts=texts, at_least=1)
    return shown, page.first(len(shown)).next_cursor


def shortened(text: str, most: int) -> str:
    """So many bytes of a text that is to be marked; how many characters are left out is said."""
    if len(text) <= LONGEST and len(text.encode()) <= most:
        return text
    kept = text.encode()[:most].decode(errors="ignore")[: LONGEST - _SAYS_MORE]
    return f"{kept}… ({len(text) - len(kept)} more characters)"
