"""Where a person may be sent back to: pages of clients on the web, on this machine, and apps."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from services.settings import LOOPBACK

LONGEST: Final = 2_000
_URI: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""What a URI may be written with (RFC 3986): browsers read a backslash as a slash."""
_AUTHORITY: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_OF_DOMAIN: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
"""An app's own scheme is a name of its maker's domain turned around (RFC 8252, section 7.1)."""
_APPS: Final = frozenset(
    ("claude", "cursor", "goose", "raycast", "vscode", "vscode-insiders", "windsurf", "zed")
)
"""Assistants that have a scheme without one."""


def problem_with(uri: str) -> str | None:
    """Why nobody may be sent there, or None (RFC 8252, section 7; RFC 9700, section 4.1)."""
    if len(uri) > LONGEST or not _URI.fullmatch(uri):
        return f"must be a URI (RFC 3986) of at most {LONGEST} characters"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "is not a URI"
    return "must not have a fragment" if "#" in uri else _problem_with(parts)


def matches(registered: str, asked: str) -> bool:
    """Whether they are the same, but for the port on loopback (RFC 8252, section 7.3)."""
    if registered == asked:
        return True
    if problem_with(asked) is not None:
        return False
    one, other = urlsplit(registered), urlsplit(asked)
    if one.scheme != "http" or one.hostname not in LOOPBACK:
        return False
    return _without_port(one) == _without_port(other)


def place(uri: str) -> str:
    """The place as a person knows it: a host, this machine, or an app."""
    parts = urlsplit(uri)
    if parts.scheme == "http":
        return "this computer"
    if parts.scheme == "https":
        return parts.netloc.lower()
    return f"the app that opens {parts.scheme}: addresses"


def _problem_with(parts: SplitResult) -> str | None:
    if parts.scheme == "https":
        return None if _is_plain(parts) else "must name a host and no user"
    if parts.scheme == "http":
        on_loopback = _is_plain(parts) and parts.hostname in LOOPBACK
        return None if on_loopback else "must be https, or http to 127.0.0.1, [::1] or localhost"
    if parts.scheme not in _APPS and not _OF_DOMAIN.fullmatch(parts.scheme):
        return "must be https, http to this machine, or an app's own scheme"
    return None


def _is_plain(parts: SplitResult) -> bool:
    return _AUTHORITY.fullmatch(parts.netloc) is not None


def _without_port(parts: SplitResult) -> tuple[str, str | None, str, str]:
    return parts.scheme, parts.hostname, parts.path, parts.query
