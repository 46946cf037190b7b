"""Keys, codes and tokens of OAuth: random text that is told once, of which a digest is kept."""

import hashlib
import secrets
from typing import Final

REFRESH: Final = "mcl_refresh_"
CODE: Final = "mcl_code_"
SECRET: Final = "mcl_secret_"  # noqa: S105 -- how a client's secret begins


def new(prefix: str = "") -> str:
    """256 random bits as text that an address may hold."""
    return prefix + secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """SHA-256: all that leaves this process of it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
