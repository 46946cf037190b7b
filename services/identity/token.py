"""The form of a token, pasted or granted: prefix, 36 random base62 characters, 6 of checksum."""

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass

from models.vocabulary import Tier

PREFIXES = {Tier.SANDBOX: "mcl_test_", Tier.PRODUCTION: "mcl_live_"}

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 36
_CHECK = 6
_PREFIX = 9
LENGTH = _PREFIX + _RANDOM + _CHECK


@dataclass(frozen=True, slots=True)
class Token:
    """A credential in the clear: shown once, never stored."""

    text: str

    @property
    def prefix(self) -> str:
        """What the page keeps of its beginning."""
        return self.text[:_PREFIX]

    @property
    def last_four(self) -> str:
        """What the page keeps of its end."""
        return self.text[-4:]

    @property
    def hash(self) -> bytes:
        """SHA-256: all that leaves this process of it."""
        return hashlib.sha256(self.text.encode()).digest()

    def __repr__(self) -> str:
        """Never the token itself."""
        return f"Token({self.prefix}…{self.last_four})"


def new_token(tier: Tier) -> Token:
    """A fresh token: 36 base62 characters are 214 bits."""
    text = PREFIXES[tier] + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return Token(text + _checksum(text))


def read_token(text: str) -> Token | None:
    """The token, if its form and checksum are right: so much is known without the database."""
    if len(text) != LENGTH or not text.isascii() or text[:_PREFIX] not in PREFIXES.values():
        return None
    return Token(text) if _checksum(text[:-_CHECK]) == text[-_CHECK:] else None


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, 62)
        digits = _ALPHABET[digit] + digits
    return digits
