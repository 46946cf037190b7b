"""The token endpoint: a code for tokens, a refresh token for new ones, a token given back."""

from dataclasses import replace
from typing import Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from models.identifier import uuid7
from models.vocabulary import Tier
from services.database.pool import Pool
from services.database.session import without_context
from services.database.statement import statement
from services.errors import AccessRefused
from services.identity.oauth import scope, secret
from services.identity.oauth.client import Client, known
from services.identity.oauth.judge import (
    Answer,
    Asked,
    Code,
    Judge,
    Known,
    Refreshable,
)
from services.identity.token import Token, new_token
from services.settings import Settings

_CODE = statement(
    "SELECT redirect_uri, redirect_uri_given, code_challenge, tier "
    "FROM app.oauth_code(:code_hash, :client_id)"
)
_REDEEM = statement(
    "SELECT read_only, expires_in FROM app.oauth_redeem(:code_hash, :client_id, :credential_id, "
    ":access_hash, :refresh_hash, :prefix, :last_four)"
)
_REFRESHABLE = statement(
    "SELECT read_only, tier FROM app.oauth_refreshable(:refresh_hash, :client_id)"
)
_REFRESH = statement("SELECT app.oauth_refresh(:refresh_hash, :client_id, :access_hash, :new_hash)")
_REVOKE = statement("SELECT app.oauth_revoke(:hash, :client_id)")

_OK: Final = 200


async def token(pool: Pool, settings: Settings, asked: Asked) -> Answer:
    """RFC 6749, section 3.2. Of two that come with the same code or refresh token neither wins."""
    client = await _client(pool, asked)
    judge = Judge(Known(client), settings.endpoint)
    try:
        judge.require_token_request(asked)
        match asked.form:
            case {"grant_type": "authorization_code", "code": code} if client:
                return await _redeemed(pool, judge, asked, client, code)
            case {"grant_type": "refresh_token", "refresh_token": refresh} if client:
                return await _refreshed(pool, judge, asked, client, refresh)
            case _:
                raise InvalidRequestError("A parameter is missing.")
    except OAuth2Error as error:
        return judge.refusal(asked, error)


async def revoke(pool: Pool, settings: Settings, asked: Asked) -> Answer:
    """RFC 7009: the whole grant ends, whichever of its tokens is given back."""
    client = await _client(pool, asked)
    judge = Judge(Known(client), settings.endpoint)
    try:
        judge.require_client(asked)
        answer = judge.revocation_answer(asked)
    except OAuth2Error as error:
        return judge.refusal(asked, error)
    if answer.status == _OK and client is not None:
        hashed = secret.digest(asked.form["token"])
        await without_context(pool, _REVOKE, hash=hashed, client_id=client.client_id)
    return answer


async def _client(pool: Pool, asked: Asked) -> Client | None:
    """Who asks, as the form or the Authorization header says."""
    form = asked.form
    client_id, password = form.get("client_id"), form.get("client_secret")
    if password is None:
        basic_id, password = extract_basic_authorization(dict(asked.headers or {}))
        client_id = basic_id or client_id
    return await known(pool, client_id, secret=password)


async def _redeemed(pool: Pool, judge: Judge, asked: Asked, client: Client, code: str) -> Answer:
    of_code = {"code_hash": secret.digest(code), "client_id": client.client_id}
    rows = await without_context(pool, _CODE, **of_code)
    if not rows:
        raise InvalidGrantError("The code is not known, was used, or came too late.")
    uri, given, challenge, tier = rows[0]
    judge.known = Known(client, code=Code(uri if given else None, challenge))
    answer = judge.token_answer(asked)
    if not judge.issued:
        return answer
    access, refresh = new_token(Tier(tier)), secret.new(secret.REFRESH)
    try:
        made = await without_context(
            pool,
            _REDEEM,
            **of_code,
            credential_id=uuid7(),
            access_hash=access.hash,
            refresh_hash=secret.digest(refresh),
            prefix=access.prefix,
            last_four=access.last_four,
        )
    except AccessRefused:
        raise InvalidGrantError("The clinic does not allow it any more.") from None
    if not made:
        raise InvalidGrantError("The code was used by another.")
    read_only, expires_in = made[0]
    return _issued(answer, access, refresh, expires_in, read_only=read_only)


async def _refreshed(pool: Pool, judge: Judge, asked: Asked, client: Client, old: str) -> Answer:
    of_old = {"refresh_hash": secret.digest(old), "client_id": client.client_id}
    rows = await without_context(pool, _REFRESHABLE, **of_old)
    if not rows:
        raise InvalidGrantError("The refresh token is not known, was used, or has ended.")
    read_only, tier = rows[0]
    judge.known = Known(client, refreshable=Refreshable(read_only))
    answer = judge.token_answer(asked)
    if not judge.issued:
        return answer
    access, refresh = new_token(Tier(tier)), secret.new(secret.REFRESH)
    ((expires_in,),) = await without_context(
        pool, _REFRESH, **of_old, access_hash=access.hash, new_hash=secret.digest(refresh)
    )
    if expires_in is None:
        raise InvalidGrantError("The refresh token was used by another.")
    return _issued(answer, access, refresh, expires_in, read_only=read_only)


def _issued(
    answer: Answer, access: Token, refresh: str, expires_in: int, *, read_only: bool
) -> Answer:
    body = {
        "access_token": access.text,
        "token_type": "Bearer",
        "expires_in": expires_in,
        "refresh_token": refresh,
        "scope": scope.of_grant(read_only=read_only),
    }
    return replace(answer, body=body)
