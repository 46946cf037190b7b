"""Clients register themselves (RFC 7591): anyone may, so often an hour from one network."""

import time
from typing import Any, Final, cast

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc7591 import (
    ClientMetadataClaims,
    InvalidClientMetadataError,
    InvalidRedirectURIError,
)
from joserfc.errors import JoseError

from models.vocabulary import ClientAuth
from services.database.pool import Pool
from services.database.session import without_context
from services.database.statement import statement
from services.errors import TooManyTries
from services.identity.oauth import redirect, scope, secret
from services.identity.oauth.document import shown
from services.network import network_of

_REGISTER = statement(
    "SELECT app.oauth_register(:client_id, :name, :redirect_uris, :auth_method, :secret_hash, "
    ":network)"
)
_METHOD: Final = "token_endpoint_auth_method"
_READ: Final = ("redirect_uris", _METHOD, "grant_types", "response_types", "client_name")
"""What else a client says of itself is neither kept nor looked at."""
_MOST_URIS: Final = 20
_GRANT_TYPES: Final = ["authorization_code", "refresh_token"]


class Refused(Exception):
    """A client says of itself what cannot be taken; `error` is RFC 7591's word for it."""

    def __init__(self, error: str, said: str | None) -> None:
        super().__init__(said or error)
        self.error = error


async def register(pool: Pool, said: dict[str, Any], *, ip: str | None) -> dict[str, Any]:
    """Register a client; give what it is told (RFC 7591, section 3.2.1).

    Raises Refused for what it says of itself, TooManyTries for more than 100 clients from one
    network in an hour. A client that is granted nothing is forgotten after a day.
    """
    try:
        claims = _checked(said)
    except OAuth2Error as error:
        raise Refused(str(error.error), error.description) from error
    uris, method = cast("list[str]", claims["redirect_uris"]), ClientAuth(claims[_METHOD])
    client_id = secret.new("mcl_client_")
    name = shown(str(claims.get("client_name") or ""), uris[0])
    password = None if method == ClientAuth.NONE else secret.new(secret.SECRET)
    ((wait,),) = await without_context(
        pool,
        _REGISTER,
        client_id=client_id,
        name=name,
        redirect_uris=uris,
        auth_method=method,
        secret_hash=password and secret.digest(password),
        network=network_of(ip),
    )
    if wait is not None:
        raise TooManyTries("Too many clients registered from your network.", retry_after=wait)
    told: dict[str, Any] = {
        "client_id": client_id,
        "client_id_issued_at": int(time.time()),
        "client_name": name,
        "redirect_uris": uris,
        "token_endpoint_auth_method": method.value,
        "grant_types": _GRANT_TYPES,
        "response_types": ["code"],
        "scope": scope.ALL,
    }
    if password is not None:
        told |= {"client_secret": password, "client_secret_expires_at": 0}
    return told


def _checked(said: dict[str, Any]) -> ClientMetadataClaims:
    claims = _Claims({name: said[name] for name in _READ if name in said}, {})
    try:
        claims.validate()
    except JoseError as error:
        raise InvalidClientMetadataError(error.description) from error
    if claims[_METHOD] not in list(ClientAuth):
        raise InvalidClientMetadataError(f"{_METHOD} is one of {', '.join(ClientAuth)}")
    return claims


class _Claims(ClientMetadataClaims):
    """Authlib's own checks; ours of where people are sent, and of what is not had here."""

    def validate_redirect_uris(self) -> None:
        """One to twenty places where people may be sent."""
        uris: Any = self.get("redirect_uris")
        if not isinstance(uris, list) or not 1 <= len(cast("list[Any]", uris)) <= _MOST_URIS:
            raise InvalidRedirectURIError(f"redirect_uris is a list of 1 to {_MOST_URIS}")
        for uri in cast("list[Any]", uris):
            problem = redirect.problem_with(uri) if isinstance(uri, str) else "is not text"
            if problem is not None:
                raise InvalidRedirectURIError(f"A redirect URI {problem}")

    def validate_grant_types(self) -> None:
        """Codes at least, if it says anything of it."""
        _require_one(self.get("grant_types"), "authorization_code", "grant_types")

    def validate_response_types(self) -> None:
        """Codes at least, if it says anything of it."""
        _require_one(self.get("response_types"), "code", "response_types")


def _require_one(said: Any, wanted: str, name: str) -> None:
    if said is not None and (not isinstance(said, list) or wanted not in said):
        raise InvalidClientMetadataError(f"{name} is a list with {wanted}")
