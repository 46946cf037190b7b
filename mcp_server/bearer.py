"""The credential of a request: `Authorization: Bearer mcl_…`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.identity.oauth import scope
from services.identity.token import Token, read_token


class BearerError(StrEnum):
    """RFC 6750, section 3.1."""

    INVALID_TOKEN = "invalid_token"  # noqa: S105 -- a word, not a secret
    INSUFFICIENT_SCOPE = "insufficient_scope"


_SAID: Final = {
    BearerError.INVALID_TOKEN: "The credential is unknown, expired or revoked",
    BearerError.INSUFFICIENT_SCOPE: "Connect again and allow more, or in another role",
}


def token_of(headers: Mapping[str, str]) -> Token | None:
    """The token, if there is one and its checksum is right; the database is not asked."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return read_token(text.strip()) if scheme.lower() == "bearer" else None


def challenge(metadata_url: str, error: BearerError | None = None) -> str:
    """The `WWW-Authenticate` of a 401 or 403 (RFC 6750, RFC 9728); an error if a token was sent."""
    parts = [f'resource_metadata="{metadata_url}"', f'scope="{scope.ALL}"']
    if error is not None:
        parts += [f'error="{error}"', f'error_description="{_SAID[error]}"']
    return "Bearer " + ", ".join(parts)
