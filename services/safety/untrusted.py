"""Text that a patient, a caller or a document wrote: how it is marked before a model reads it.

Nothing in such a text can look like the end of it: a marker bears 128 bits that were drawn for this
row, and what could be taken for a marker, or is not seen by a person who reads along, is changed.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 4_000
"""Characters of one text; of a longer one the rest is left out, and how much that is, is said."""
_NONCE_BYTES: Final = 16
_KEPT_CONTROLS: Final = "\n\t"
_UNSEEN: Final = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"))
_VARIATIONS: Final = re.compile(
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef\u034f\u115f\u1160\u3164\uffa0]"
)
"""Marks and letters that have no shape of their own."""
_ROUND: Final = str.maketrans("[]", "()")
_BRACKETS: Final = re.compile(r"[\[\]]{2,}")
_WORD: Final = re.compile(r"\[(?=\s*/?\s*(?:untrusted|end)\b)", re.IGNORECASE)


def shown(text: str) -> str:
    """The text as a person sees it: NFC, nothing unseen, no look-alike of a marker, capped."""
    seen = "".join(_seen(c) for c in _VARIATIONS.sub("", unicodedata.normalize("NFC", text)))
    round_ones = _BRACKETS.sub(lambda run: run[0].translate(_ROUND), seen)
    plain = unicodedata.normalize("NFC", _WORD.sub("(", round_ones))
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[:LONGEST]}… ({len(plain) - LONGEST} more characters)"


def _seen(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _UNSEEN:
        return character if character in _KEPT_CONTROLS else " " if kind in {"Zl", "Zp"} else ""
    if character.isascii():
        return character
    if kind in {"Ps", "Pe"}:
        return "(" if kind == "Ps" else ")"
    return character


@dataclass(slots=True)
class Wrapping:
    """Marks the untrusted texts of one answer, and knows in the end which there were."""

    sources: list[str] = field(default_factory=list[str])
    """`kind` and `source` of each row that had some, in their order."""
    texts: list[str] = field(default_factory=list[str])
    """As they are given out, without their marks."""

    def wrap(self, text: str, kind: str, source: str, nonce: str) -> str:
        """The text between marks that name what it is and where it is from."""
        plain = shown(text)
        named = f"{kind} {source}".strip()
        if named not in self.sources:
            self.sources.append(named)
        self.texts.append(plain)
        return f"[[untrusted {named} {nonce}]]{plain}[[end {nonce}]]"


def new_nonce() -> str:
    """128 bits, drawn for one row."""
    return secrets.token_urlsafe(_NONCE_BYTES)
