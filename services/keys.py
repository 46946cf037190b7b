"""Keys at rest: made here, wrapped by the master key, opened only in memory."""

import os
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.setting_values import KEY_BYTES

_NONCE = 12


class WrongMasterKey(Exception):
    """A key does not open: the master key is another than the one it was wrapped with."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Wraps (AES-256-GCM) and opens the keys of clinics. A wrapped key opens only in its place."""

    master: bytes

    def wrap(self, key: bytes, *, tenant_id: UUID, key_id: UUID) -> bytes:
        """Give the form in which a key may be stored."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.master).encrypt(nonce, key, tenant_id.bytes + key_id.bytes)

    def open(self, wrapped: bytes, *, tenant_id: UUID, key_id: UUID) -> bytes:
        """Give the key; WrongMasterKey if it was wrapped by another, or for another place."""
        return _open(self.master, wrapped, tenant_id.bytes + key_id.bytes)


@lru_cache(maxsize=256)
def _open(master: bytes, wrapped: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(master).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], place)
    except (InvalidTag, ValueError):
        raise WrongMasterKey("A stored key does not open with this master key.") from None


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)
