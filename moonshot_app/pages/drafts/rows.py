"""What the page of one draft shows, in plain values."""

import dataclasses
from collections.abc import Mapping, Sequence

from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.pages.drafts import words
from services.drafts.difference import Change, difference
from services.drafts.held import Passage
from services.drafts.likeness import Shared, Shares, Span, shared
from services.drafts.review import Draft

MARK, PHONE = "mark", "is-phone"
_SAID = {
    Shares.PHONE: "Phone number",
    Shares.LINK: "Link",
    Shares.NAME: "Another patient’s name",
    Shares.PHRASE: "Phrase",
}


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some words: how they are shown, and the number of their mark."""

    how: str
    text: str
    number: str = ""


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a note, or the one of a message."""

    key: str
    label: str
    text: str
    proposed: str
    pieces: list[Piece]
    changed: bool


@dataclasses.dataclass(frozen=True)
class PassageRow:
    """Untrusted text, with what the proposal shares with it."""

    source: str
    at: str
    pieces: list[Piece]
    shares: bool
    """Whether the proposal has anything of it."""


@dataclasses.dataclass(frozen=True)
class ShareRow:
    """One thing that is shared."""

    number: str
    what: str
    told: str
    alarms: bool


def parts_of(draft: Draft) -> list[Part]:
    """Each part with what was changed; of a note also the empty ones, to be filled."""
    keys = ("body",) if "channel" in draft.proposed else tuple(words.PARTS)[:4]
    return [_part(key, draft.proposed.get(key, ""), draft.payload.get(key, "")) for key in keys]


def _part(key: str, proposed: str, text: str) -> Part:
    pieces = [Piece(piece.change.value, piece.text) for piece in difference(proposed, text)]
    changed = proposed != text
    return Part(key, words.PARTS[key], text, proposed, pieces, changed)


def in_force(payload: Mapping[str, str]) -> str:
    """A held proposal as one text."""
    if "body" in payload:
        return payload["body"]
    return "\n\n".join(f"{words.PARTS[k]}\n{payload[k]}" for k in words.PARTS if payload.get(k))


def beside(
    text: str, passages: Sequence[Passage], others: Sequence[str], times: ClinicTime
) -> tuple[list[Piece], list[PassageRow], list[ShareRow]]:
    """The proposal, the passages, and what they share, with the same numbers."""
    found = shared(text, [passage.text for passage in passages], others)
    numbered = list(enumerate(found, 1))
    proposal = _marked(text, [(one.at, one, n) for n, one in numbered])
    told = [
        PassageRow(
            f"{passage.kind.capitalize()}, {passage.given_name} {passage.family_name}, "
            f"{times.day(passage.at)}",
            f"Read {times.second(passage.read_at)}",
            _marked(
                passage.text,
                [
                    (one.there, one, n)
                    for n, one in numbered
                    if one.passage == number and one.there is not None
                ],
            ),
            any(one.passage == number for one in found),
        )
        for number, passage in enumerate(passages)
    ]
    return proposal, told, [_share(n, one, passages) for n, one in numbered]


def _marked(text: str, marks: Sequence[tuple[Span, Shared, int]]) -> list[Piece]:
    pieces: list[Piece] = []
    done = 0
    for at, one, number in sorted(marks, key=lambda mark: mark[0]):
        if at.begin < done:
            continue
        if at.begin > done:
            pieces.append(Piece(Change.SAME.value, text[done : at.begin]))
        how = MARK if one.shares is Shares.PHRASE else PHONE
        pieces.append(Piece(how, text[at.begin : at.end], str(number)))
        done = at.end
    if done < len(text):
        pieces.append(Piece(Change.SAME.value, text[done:]))
    return pieces


def _share(number: int, one: Shared, passages: Sequence[Passage]) -> ShareRow:
    what = _SAID[one.shares]
    if one.passage is None:
        return ShareRow(str(number), what, f"{one.text} is not whom this is about.", alarms=True)
    source = passages[one.passage]
    if one.shares is Shares.PHRASE:
        what = f"{what}, {len(one.text.split())} words"
    told = f"Also in the {source.kind} of {source.given_name} {source.family_name}."
    return ShareRow(str(number), what, told, alarms=one.shares is not Shares.PHRASE)
