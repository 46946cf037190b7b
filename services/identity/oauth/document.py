"""A client-id metadata document: what a client says of itself at the address that is its id.

The draft: https://datatracker.ietf.org/doc/draft-ietf-oauth-client-id-metadata-document/
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec

from services.identity.oauth import redirect

Fetch = Callable[[str], Awaitable[bytes]]
"""Gets a document of JSON from an https address. Raises Unreadable."""

LONGEST_NAME: Final = 60
_MOST_URIS: Final = 20


class Unreadable(Exception):
    """The document could not be had, or cannot be believed; the message says why."""


class Away(Unreadable):
    """The document could not be had now."""


@dataclass(frozen=True, slots=True)
class Document:
    """What counts of it."""

    name: str
    redirect_uris: tuple[str, ...]


class _Said(msgspec.Struct):
    client_id: str
    redirect_uris: list[str]
    client_name: str = ""
    token_endpoint_auth_method: str = "none"  # noqa: S105 -- a method


def is_address(client_id: str) -> bool:
    """Whether a client's id is the address of its document."""
    return client_id.startswith(("https://", "http://"))


def problem_with(client_id: str) -> str | None:
    """Why an address cannot be a client's id, or None."""
    if (problem := redirect.problem_with(client_id)) is not None:
        return problem
    parts = urlsplit(client_id)
    if parts.scheme != "https" or parts.port not in {None, 443}:
        return "must be an https URL at the usual port"
    if parts.path in {"", "/"}:
        return "must have a path"
    if {".", ".."} & set(parts.path.split("/")):
        return "must not have dots for a part of its path"
    return None


async def read(client_id: str, fetch: Fetch) -> Document:
    """Read the document of a client. Raises Unreadable."""
    if (problem := problem_with(client_id)) is not None:
        raise Unreadable(f"The client's id {problem}.")
    try:
        said = msgspec.json.decode(await fetch(client_id), type=_Said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("The client's document is not what one has to be.") from error
    if said.client_id != client_id:
        raise Unreadable("The client's document is of another client.")
    if said.token_endpoint_auth_method != "none":  # noqa: S105 -- a method
        raise Unreadable("The client wants to prove who it is in a way that is not known here.")
    if not 1 <= len(said.redirect_uris) <= _MOST_URIS:
        raise Unreadable("The client's document names no place to send people back to.")
    if any(redirect.problem_with(uri) for uri in said.redirect_uris):
        raise Unreadable("The client's document names a place where nobody may be sent.")
    return Document(shown(said.client_name, client_id), tuple(said.redirect_uris))


def shown(name: str, otherwise: str) -> str:
    """A client's name as a person may be shown it: one short line, or else its host or id."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return (plain or urlsplit(otherwise).hostname or otherwise)[:LONGEST_NAME]
