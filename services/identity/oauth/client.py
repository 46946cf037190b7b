"""A client as it is known: where it may send people back to, and how it proves who it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from authlib.oauth2.rfc6749 import ClientMixin

from models.vocabulary import ClientAuth
from services.database.pool import Pool
from services.database.session import without_context
from services.database.statement import statement
from services.identity.oauth import document, redirect, scope
from services.identity.oauth.secret import digest
from services.network import network_of

_KNOWN = statement(
    "SELECT name, redirect_uris, auth_method, secret_matches, read_at, at "
    "FROM app.oauth_client(:client_id, :secret_hash)"
)
_COUNT = statement("SELECT app.oauth_count_read(:network)")
_KEEP = statement("SELECT app.oauth_keep_document(:client_id, :name, :redirect_uris)")
_READ_AGAIN: Final = timedelta(hours=1)
_BELIEVED: Final = timedelta(days=1)
"""How long what a document said counts while it cannot be had."""
_LONGEST_ID: Final = 2_000


@dataclass(frozen=True, slots=True)
class Client(ClientMixin):
    """A client that registered, or whose own document was read."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    auth_method: ClientAuth
    secret_matches: bool = False
    """Whether the secret that came with the request is its own."""

    def get_client_id(self) -> str:
        """Its id."""
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        """The only one, if it has one only (RFC 6749, section 3.1.2.3); else nothing."""
        return self.redirect_uris[0] if len(self.redirect_uris) == 1 else ""

    def get_allowed_scope(self, scope: Collection[str] | str | None) -> str:
        """What it may ask a person for: all there is."""
        return _allowed(scope if isinstance(scope, str) else " ".join(scope or ()))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it may send people there."""
        return any(redirect.matches(own, redirect_uri) for own in self.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the database found its secret to be this one."""
        return bool(client_secret) and self.secret_matches

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether it says so, at every endpoint, who it is."""
        del endpoint
        return method == self.auth_method

    def check_response_type(self, response_type: str) -> bool:
        """Codes only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes, and what they are refreshed with."""
        return grant_type in {"authorization_code", "refresh_token"}


def _allowed(asked: str) -> str:
    """Words of ours that are misspelt ask for the least; words of others ask us for nothing."""
    wanted = asked.split()
    known = " ".join(each for each in scope.SUPPORTED if each in wanted)
    ours = any(each.lower().startswith(scope.OURS) for each in wanted)
    return known or (scope.READ if ours else scope.ALL)


async def known(pool: Pool, client_id: str | None, *, secret: str | None = None) -> Client | None:
    """The client of this id, as it was last read or registered."""
    found = await _found(pool, client_id, secret)
    return _client(client_id, found) if client_id and found else None


async def read(
    pool: Pool, client_id: str | None, *, fetch: document.Fetch, ip: str | None = None
) -> Client | None:
    """The client of this id; one whose id is an address is read there, again after an hour.

    Raises Unreadable when it says nothing there that can be believed, or when for whoever is at
    `ip` a hundred documents were read within an hour. One whose document cannot be had now counts
    as it was read, for a day.
    """
    found = await _found(pool, client_id, None)
    if not client_id or not document.is_address(client_id):
        return _client(client_id, found) if client_id and found else None
    if found and _read_within(_READ_AGAIN, found):
        return _client(client_id, found)
    try:
        await _count(pool, ip)
        said = await document.read(client_id, fetch)
    except document.Away:
        if found and _read_within(_BELIEVED, found):
            return _client(client_id, found)
        raise
    uris = list(said.redirect_uris)
    await without_context(pool, _KEEP, client_id=client_id, name=said.name, redirect_uris=uris)
    return Client(client_id, said.name, said.redirect_uris, ClientAuth.NONE)


async def _found(pool: Pool, client_id: str | None, secret: str | None) -> Sequence[Any] | None:
    if not client_id or len(client_id) > _LONGEST_ID or not client_id.isprintable():
        return None
    hashed = digest(secret) if secret else None
    rows = await without_context(pool, _KNOWN, client_id=client_id, secret_hash=hashed)
    return rows[0] if rows else None


def _read_within(time: timedelta, found: Sequence[Any]) -> bool:
    *_, read_at, at = found
    return read_at is not None and at - read_at < time


def _client(client_id: str, found: Sequence[Any]) -> Client:
    name, redirect_uris, auth_method, matches, *_ = found
    return Client(client_id, name, tuple(redirect_uris), ClientAuth(auth_method), matches)


async def _count(pool: Pool, ip: str | None) -> None:
    ((wait,),) = await without_context(pool, _COUNT, network=network_of(ip))
    if wait is not None:
        raise document.Away("Too many documents of clients were read for your network.")
