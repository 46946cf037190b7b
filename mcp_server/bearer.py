"""The credential of a request: `Authorization: Bearer mcl_…`."""

from collections.abc import Mapping

from services.identity.token import Token, read_token


def token_of(headers: Mapping[str, str]) -> Token | None:
    """The token, if there is one and its checksum is right; the database is not asked."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return read_token(text.strip()) if scheme.lower() == "bearer" else None


def challenge(metadata_url: str, *, rejected: bool) -> str:
    """The `WWW-Authenticate` of a 401 (RFC 6750, RFC 9728); `rejected` when a token was sent."""
    parts = [f'resource_metadata="{metadata_url}"']
    if rejected:
        parts += [
            'error="invalid_token"',
            'error_description="The credential is unknown, expired or revoked"',
        ]
    return "Bearer " + ", ".join(parts)
