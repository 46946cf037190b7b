"""The size of answers: counted as UTF-8 bytes / 4, as SPEC 6 counts tokens."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from mcp_server.tool import Result
from services.paging import Page

T = TypeVar("T")
R = TypeVar("R", bound=Result)

BYTES_A_TOKEN: Final = 4
LARGEST_ANSWER: Final = 8_000 * BYTES_A_TOKEN
_SURELY_SMALL: Final = 40
"""Rows of a page that stays within the largest answer, whatever they hold."""


def fitting(page: Page[T], build: Callable[[Page[T]], R]) -> R:
    """Build an answer from a page, or from as much of its beginning as an answer may hold."""
    answer = build(page)
    if len(page.rows) <= _SURELY_SMALL:
        return answer
    while (size := len(msgspec.json.encode(answer))) > LARGEST_ANSWER and len(page.rows) > 1:
        page = page.first(max(1, len(page.rows) * LARGEST_ANSWER // (size + size // 20)))
        answer = build(page)
    return answer
