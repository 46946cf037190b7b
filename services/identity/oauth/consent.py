"""What a client asks, and what a person answers: a code for the client, or no."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from models.permission import Role
from services.database.pool import Pool
from services.database.session import ClinicSession, without_context
from services.database.statement import statement
from services.errors import InvalidInput, NotFound, NotPermitted
from services.identity.oauth import document, redirect, scope, secret
from services.identity.oauth.client import read
from services.identity.oauth.judge import Asked, Judge, Known, Pairs, require_each_once
from services.network import network_of
from services.settings import Settings

LONGEST_LIFE: Final = timedelta(days=365)
_LONGEST: Final = 2_000
"""Characters of a parameter."""

_ASK = statement(
    "SELECT app.oauth_ask(:key_hash, :client_id, :redirect_uri, :given, :state, :challenge, "
    ":scope, :network)"
)
_ASKED = statement("SELECT client_id, name, redirect_uri, scope FROM app.oauth_asked(:key_hash)")
_ALLOW = statement(
    "SELECT redirect_uri, state FROM app.oauth_allow(:key_hash, :code_hash, :role, :read_only, "
    ":expires_at)"
)
_DENY = statement("SELECT redirect_uri, state FROM app.oauth_deny(:key_hash)")


class NotAsked(Exception):
    """Nobody can be sent back with this: `why` says what is wrong, to the person who is here."""

    def __init__(self, why: str, said: str = "") -> None:
        super().__init__(said or why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Question:
    """A client's question, which a person may answer."""

    key: str
    """Of the page that asks."""


@dataclass(frozen=True, slots=True)
class SentBack:
    """The client is told that it asked wrongly."""

    to: str


class Asking(NamedTuple):
    """Who asks, as the page shows it."""

    client_id: str
    name: str
    redirect_uri: str
    scope: str

    @property
    def place(self) -> str:
        """Where a person is sent back to."""
        return redirect.place(self.redirect_uri)

    @property
    def described_at(self) -> str:
        """The host of its own document, which was read there; empty for one that registered."""
        if not document.is_address(self.client_id):
            return ""
        return urlsplit(self.client_id).hostname or ""

    @property
    def reads_only(self) -> bool:
        """Whether it asks to read and no more."""
        return scope.PROPOSE not in self.scope.split()


async def ask(
    pool: Pool, settings: Settings, pairs: Pairs, fetch: document.Fetch, *, ip: str | None
) -> Question | SentBack:
    """A client sends a person here to be asked.

    Raises NotAsked where there is no safe way back, and beyond 300 times an hour from one network.
    """
    asked = Asked("GET", pairs, {})
    params = asked.form
    try:
        client = await read(pool, params.get("client_id"), fetch=fetch, ip=ip)
    except document.Unreadable as error:
        raise NotAsked("document", str(error)) from error
    if client is None:
        raise NotAsked("client")
    uri = params.get("redirect_uri") or client.get_default_redirect_uri()
    if not uri or not client.check_redirect_uri(uri):
        raise NotAsked("redirect")
    try:
        wanted = _checked(Judge(Known(client), settings.endpoint), asked)
    except OAuth2Error as error:
        told = {"error": error.error, "error_description": error.description}
        return SentBack(_back(settings, uri, told, params.get("state")))
    key = secret.new()
    ((wait,),) = await without_context(
        pool,
        _ASK,
        key_hash=secret.digest(key),
        client_id=client.client_id,
        redirect_uri=uri,
        given="redirect_uri" in params,
        state=params.get("state"),
        challenge=params["code_challenge"],
        scope=wanted,
        network=network_of(ip),
    )
    if wait is not None:
        raise NotAsked("often" if wait else "client")
    return Question(key)


def _checked(judge: Judge, asked: Asked) -> str:
    if not all(len(v) <= _LONGEST and v.isascii() and v.isprintable() for v in asked.form.values()):
        raise InvalidRequestError(f"A parameter must be at most {_LONGEST} characters of ASCII.")
    require_each_once(asked)
    try:
        return judge.consented(asked)
    except ValueError:  # Authlib would repeat what no description may hold.
        raise InvalidRequestError("A parameter is not what it has to be.") from None


async def asking(clinic: ClinicSession, key: str) -> Asking:
    """What is asked. Raises NotFound once it was answered, or after a quarter of an hour."""
    rows = await clinic.rows(_ASKED, key_hash=secret.digest(key))
    if not rows:
        raise NotFound(_GONE)
    return Asking._make(rows[0])


async def allow(
    clinic: ClinicSession,
    settings: Settings,
    key: str,
    *,
    role: Role,
    read_only: bool,
    life: timedelta,
) -> str:
    """Say yes, in one of one's own roles; give where the browser is to go.

    Raises NotFound as `asking` does, NotPermitted for a role that the person does not hold,
    InvalidInput for a life of more than 365 days, AccessRefused where a production clinic may not
    be connected now.
    """
    principal = await clinic.begin()
    if role not in principal.roles:
        raise NotPermitted(f"You do not hold the role {role}.")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise InvalidInput({"life": "must be more than 0 and at most 365 days"})
    code = secret.new(secret.CODE)
    rows = await clinic.rows(
        _ALLOW,
        key_hash=secret.digest(key),
        code_hash=secret.digest(code),
        role=role,
        read_only=read_only,
        expires_at=principal.now + life,
    )
    if not rows:
        raise NotFound(_GONE)
    uri, state = rows[0]
    return _back(settings, uri, {"code": code}, state)


async def deny(clinic: ClinicSession, settings: Settings, key: str) -> str:
    """Say no; give where the browser is to go. Raises NotFound as `asking` does."""
    await clinic.begin()
    rows = await clinic.rows(_DENY, key_hash=secret.digest(key))
    if not rows:
        raise NotFound(_GONE)
    uri, state = rows[0]
    return _back(settings, uri, {"error": "access_denied"}, state)


_GONE: Final = (
    "This was answered already, or it has waited too long. Go back to your assistant and "
    "connect again."
)


def _back(settings: Settings, uri: str, told: Mapping[str, str | None], state: str | None) -> str:
    """Always with who answers (RFC 9207), and what the client wants to know it by again."""
    told = {**told, "state": state, "iss": settings.public_origin}
    query = urlencode({name: value for name, value in told.items() if value})
    return f"{uri}{'&' if '?' in uri else '?'}{query}"
