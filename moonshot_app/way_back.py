"""Where a person goes on after signing in: the page of ours that asked for it, and nowhere else."""

import re
from typing import Final
from urllib.parse import urlencode

SIGN_IN: Final = "/sign-in/"
SIGN_UP: Final = "/sign-up/"
SIGNED_OUT: Final = f"{SIGN_IN}?out=1"
TO: Final = "to"
"""The parameter, and the field, that names the page."""

LONGEST: Final = 300
_OURS: Final = re.compile(
    r"/(onboarding|patients|admin|connect)(/[A-Za-z0-9._~-]+)*/?(\?[A-Za-z0-9._~=&%+/:-]*)?"
)


def ours(address: str) -> str:
    """The address, if it is of a page of a clinic; else nothing."""
    fits = len(address) <= LONGEST and _OURS.fullmatch(address) and "/.." not in address
    return address if fits else ""


def sign_in(address: str, page: str = SIGN_IN) -> str:
    """The page to sign in at (or up), which leads back to this address if it is one of ours."""
    to = ours(address)
    return f"{page}?{urlencode({TO: to})}" if to else page
