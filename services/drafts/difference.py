"""What a person changed in a text: words that stayed, came and went."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

_TOKENS = re.compile(r"\s+|\S+")


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class Piece(NamedTuple):
    """Words that share one fate, with the space between them."""

    change: Change
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """The way from one text to the other; what went stands before what came in its place."""
    return list(_pieces(_TOKENS.findall(before), _TOKENS.findall(after)))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for verb, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            yield Piece(Change.SAME, "".join(old[a:b]))
            continue
        if b > a:
            yield Piece(Change.REMOVED, "".join(old[a:b]))
        if d > c:
            yield Piece(Change.ADDED, "".join(new[c:d]))
