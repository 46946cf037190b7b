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
    removed, added = "", ""
    for verb, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = "".join(old[a:b])
        # A space alone between two changes is part of both: words are read in runs.
        if verb == "equal" and not (same.isspace() and (removed or added)):
            yield from _changed(removed, added)
            yield Piece(Change.SAME, same)
            removed, added = "", ""
        else:
            removed, added = removed + same, added + "".join(new[c:d])
    yield from _changed(removed, added)


def _changed(removed: str, added: str) -> Iterator[Piece]:
    if removed == added:
        yield from [Piece(Change.SAME, added)] if added else []
        return
    if removed:
        yield Piece(Change.REMOVED, removed)
    if added:
        yield Piece(Change.ADDED, added)
