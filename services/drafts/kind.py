"""What a proposal may become: what it must say, who signs it, and what is written then."""

import hashlib
import json
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from models.permission import Permission
from models.vocabulary import DraftKind
from services.database.session import ClinicSession
from services.errors import InvalidInput

Payload = Mapping[str, str]

_LINES = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n", "\t": " "})


@dataclass(frozen=True, slots=True)
class Signed:
    """A proposal at the moment of its signature."""

    draft_id: UUID
    patient_id: UUID
    encounter_id: UUID | None
    payload: Payload
    proposed_sha256: str
    proposed_by: UUID
    signer_id: UUID
    at: datetime
    """UTC."""


class Kind(ABC):
    """One of the two things that an assistant may propose."""

    name: ClassVar[DraftKind]
    proposing: ClassVar[Permission]
    signing: ClassVar[Permission]

    @abstractmethod
    def read(self, given: Payload) -> dict[str, str]:
        """The words in their stored form. Raises InvalidInput, which names what is wrong."""

    @abstractmethod
    async def check(self, clinic: ClinicSession, patient_id: UUID, payload: Payload) -> None:
        """Raise InvalidInput where it may not be proposed or sent to this patient now."""

    @abstractmethod
    def carry_out(self, clinic: ClinicSession, signed: Signed) -> None:
        """Queue what the signature brings about; it lasts with the signature, or not at all."""


def digest(payload: Payload) -> str:
    """SHA-256 of the words, hexadecimal, whatever their order."""
    text = json.dumps(dict(payload), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def words(text: str) -> str:
    """Text as a person sees it: NFC, lines ended by a line feed, and nothing without a shape."""
    seen = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).translate(_LINES)
    kept = (c for c in seen if c == "\n" or unicodedata.category(c) not in _UNSEEN)
    return "\n".join(line.rstrip() for line in "".join(kept).split("\n")).strip()


_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn"))


def bounded(name: str, text: str, most: int) -> str:
    """The words of one part, at most so many characters. Raises InvalidInput."""
    said = words(text)
    if len(said) > most:
        raise InvalidInput({name: f"has {len(said)} characters; at most {most} are kept"})
    return said
