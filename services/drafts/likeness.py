"""What a proposal shares with the untrusted text before it: phrases, links, numbers, names.

It decides nothing: it shows a person where to look (SPEC 7, rule 2).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

SHORTEST_PHRASE: Final = 4
"""Words in a row."""
_FAMILIAR: Final = 12
"""Letters that a phrase has at least: shorter ones are everyone's."""

_WORD: Final = re.compile(r"[\w'\u2019]+")
_LINK: Final = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+|\b[\w-]+\.(?:com|net|org|io|ly|me|co|example)\b(?:/\S*)?",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\+?\(?\d[\d ().-]{5,18}\d")


class Shares(StrEnum):
    """What is shared; the first ones are to be looked at first."""

    PHONE = "phone"
    LINK = "link"
    NAME = "name"
    PHRASE = "phrase"


class Span(NamedTuple):
    """Where it stands in a text: from the first character up to the last, that one not included."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that stands in the proposal, and where in which passage."""

    shares: Shares
    text: str
    at: Span
    passage: int | None
    """Its number, from 0; None for a name that is another patient's, wherever it came from."""
    there: Span | None


def shared(proposal: str, passages: Sequence[str], other_names: Iterable[str] = ()) -> list[Shared]:
    """What they share, in the order in which it stands in the proposal.

    `other_names` are full names of patients whom the proposal is not about.
    """
    found = [
        *_alike(Shares.PHONE, _NUMBER, proposal, passages, _digits),
        *_alike(Shares.LINK, _LINK, proposal, passages, str.lower),
        *_names(proposal, other_names),
    ]
    found += _phrases(proposal, passages, [one.at for one in found])
    return sorted(found, key=lambda one: (one.at, list(Shares).index(one.shares)))


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())[-10:]


def _alike(
    shares: Shares,
    pattern: re.Pattern[str],
    proposal: str,
    passages: Sequence[str],
    key: Callable[[str], str],
) -> Iterator[Shared]:
    there = {
        key(found.group()): (number, Span(*found.span()))
        for number, passage in enumerate(passages)
        for found in pattern.finditer(passage)
    }
    for found in pattern.finditer(proposal):
        if (at := there.get(key(found.group()))) is not None:
            yield Shared(shares, found.group(), Span(*found.span()), *at)


def _names(proposal: str, names: Iterable[str]) -> Iterator[Shared]:
    words = _words(proposal)
    for name in names:
        wanted = [word for word, _ in _words(name)]
        for first in range(len(words) - len(wanted) + 1):
            if wanted and [word for word, _ in words[first : first + len(wanted)]] == wanted:
                at = Span(words[first][1].begin, words[first + len(wanted) - 1][1].end)
                yield Shared(Shares.NAME, proposal[at.begin : at.end], at, None, None)


def _phrases(proposal: str, passages: Sequence[str], told: Sequence[Span]) -> Iterator[Shared]:
    """The longest runs of equal words, each word in one of them at most, and none that was told."""
    words = [
        ("" if any(at.begin < of.end and of.begin < at.end for of in told) else word, at)
        for word, at in _words(proposal)
    ]
    heard = [_words(passage) for passage in passages]
    begins: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, of in enumerate(heard):
        for first in range(len(of) - SHORTEST_PHRASE + 1):
            key = tuple(word for word, _ in of[first : first + SHORTEST_PHRASE])
            begins.setdefault(key, []).append((number, first))
    first = 0
    while first <= len(words) - SHORTEST_PHRASE:
        key = tuple(word for word, _ in words[first : first + SHORTEST_PHRASE])
        runs = [(_run(words, first, heard[n], at), n, at) for n, at in begins.get(key, ())]
        if not runs:
            first += 1
            continue
        length, number, at = max(runs)
        here = Span(words[first][1].begin, words[first + length - 1][1].end)
        there = Span(heard[number][at][1].begin, heard[number][at + length - 1][1].end)
        if here.end - here.begin >= _FAMILIAR:
            text = proposal[here.begin : here.end]
            yield Shared(Shares.PHRASE, text, here, number, there)
        first += length


_Words = list[tuple[str, Span]]


def _run(a: _Words, first: int, b: _Words, at: int) -> int:
    length = SHORTEST_PHRASE
    while first + length < len(a) and at + length < len(b):
        if a[first + length][0] != b[at + length][0]:
            break
        length += 1
    return length


def _words(text: str) -> _Words:
    return [(_folded(found.group()), Span(*found.span())) for found in _WORD.finditer(text)]


def _folded(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word.casefold().replace("\u2019", "'"))
    return "".join(c for c in bare if not unicodedata.combining(c))
