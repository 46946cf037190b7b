"""The size of answers: counted as UTF-8 bytes / 4, as SPEC 6 counts tokens."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import msgspec

from mcp_server.tool import Result
from services.safety.untrusted import LONGEST

BYTES_A_TOKEN: Final = 4
USUAL_ANSWER: Final = 2_000 * BYTES_A_TOKEN
LARGEST_ANSWER: Final = 8_000 * BYTES_A_TOKEN
_AROUND: Final = 400
"""What holds the lists."""
_SAYS_MORE: Final = 40

T = TypeVar("T")
R = TypeVar("R", bound=Result)


class Room:
    """What is left of an answer, as rows are put into it."""

    __slots__ = ("_left",)

    def __init__(self, most: int) -> None:
        self._left = most - _AROUND

    def take(self, rows: Iterable[T], show: Callable[[T], R]) -> list[R]:
        """The first rows that there is room for."""
        shown: list[R] = []
        for row in rows:
            one = show(row)
            self._left -= len(msgspec.json.encode(one, enc_hook=str)) + 1
            if self._left < 0:
                break
            shown.append(one)
        return shown


def _size(text: str) -> int:
    """Bytes between the quotes of JSON: quotes and line ends within are escaped."""
    return len(msgspec.json.encode(text)) - 2


def shortened(text: str, most: int) -> str:
    """So many bytes of JSON of a text that is to be marked; how much is left out is said."""
    if len(text) <= LONGEST and _size(text) <= most:
        return text
    kept = text[: LONGEST - _SAYS_MORE]
    while (size := _size(kept)) > most:
        kept = kept[: len(kept) * most // size]
    return f"{kept}… ({len(text) - len(kept)} more characters)"
