"""The addresses of the authorization server: what it is, where it asks, where it gives tokens.

They answer clients, not our pages: no cookie counts here but at /authorize, and any page may call
the others.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from moonshot_app import way_back
from moonshot_app.installation import installation
from moonshot_app.session import session_of
from services.errors import TooManyTries, Unavailable
from services.identity.oauth import consent, exchange, metadata, registration
from services.identity.oauth.judge import Answer, Asked, Pairs
from services.listener.body import TooLarge, TooSlow, read_body
from services.settings import ENDPOINT, Settings

CONNECT: Final = "/connect/"
"""The page that asks; `ask` is its key."""
PROBLEM: Final = "/connect/problem/"
_SEE_OTHER: Final = 303
_LARGEST: Final = 32 << 10
"""Bytes of a form or of a client's description of itself."""
_MOST_FIELDS: Final = 40
_OPEN: Final = {"access-control-allow-origin": "*"}
_NOT_KEPT: Final = {"cache-control": "no-store", "pragma": "no-cache"}
_PREFLIGHT: Final = {
    "access-control-allow-headers": "authorization, content-type, mcp-protocol-version",
    "access-control-allow-methods": "GET, POST",
    "access-control-max-age": "600",
}
_HEADER: Final = re.compile(r"(?i)authorization|x-api-key|bearer|mcl_(test|live)_.*")
"""What people put where a client's id belongs, when all they have is a token."""

Endpoint = Callable[[Request], Awaitable[Response]]


async def authorize(request: Request) -> Response:
    """RFC 6749, section 4.1.1: a client sends a person here; a page of ours asks."""
    house = installation()
    pairs: Pairs = ()
    try:
        pairs = _pairs(request.scope["query_string"])
        asked = await consent.ask(house.pool, house.settings, pairs, house.fetch, ip=_ip(request))
    except consent.NotAsked as error:
        return _problem(error.why, dict(pairs))
    except _Unreadable:
        return _problem("unreadable", {})
    except Unavailable:
        return _problem("away", {})
    if isinstance(asked, consent.SentBack):
        return RedirectResponse(asked.to, status_code=_SEE_OTHER, headers=_NOT_KEPT)
    page = f"{CONNECT}?{urlencode({'ask': asked.key})}"
    if session_of(request.headers.get("cookie", "")) is None:
        page = way_back.sign_in(page)
    return RedirectResponse(page, status_code=_SEE_OTHER, headers=_NOT_KEPT)


def _problem(why: str, params: Mapping[str, str]) -> Response:
    if why == "client" and _HEADER.fullmatch(params.get("client_id", "")):
        why = "header"
    to = f"{PROBLEM}?{urlencode({'why': why})}"
    return RedirectResponse(to, status_code=_SEE_OTHER, headers=_NOT_KEPT)


async def token(request: Request) -> Response:
    """RFC 6749, section 3.2."""
    house = installation()
    asked = Asked("POST", await _form(request), request.headers)
    return _answered(await exchange.token(house.pool, house.settings, asked))


async def revoke(request: Request) -> Response:
    """RFC 7009."""
    house = installation()
    asked = Asked("POST", await _form(request), request.headers)
    return _answered(await exchange.revoke(house.pool, house.settings, asked))


async def register(request: Request) -> Response:
    """RFC 7591."""
    try:
        said = msgspec.json.decode(await _body(request), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _error(400, "invalid_client_metadata", "The body must be a JSON object.")
    try:
        told = await registration.register(installation().pool, said, ip=_ip(request))
    except registration.Refused as error:
        return _error(400, error.error, str(error))
    return JSONResponse(told, 201, headers=_OPEN | _NOT_KEPT)


async def server_metadata(_: Request) -> Response:
    """RFC 8414, and by another name for clients of OpenID."""
    return _told(metadata.of_server)


async def resource_metadata(_: Request) -> Response:
    """RFC 9728."""
    return _told(metadata.of_resource)


def _told(what: Callable[[Settings], dict[str, Any]]) -> Response:
    headers = _OPEN | {"cache-control": "public, max-age=300"}
    return JSONResponse(what(installation().settings), headers=headers)


def _ip(request: Request) -> str | None:
    return request.client.host if request.client else None


class _Unreadable(Exception):
    """The parameters are no text."""


def _pairs(encoded: bytes) -> Pairs:
    try:
        return parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=False,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise _Unreadable from error


async def _form(request: Request) -> Pairs:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _Unreadable
    return _pairs(await _body(request))


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length")
    body = await read_body(length, request.receive, largest=_LARGEST)
    if body is None:
        raise _Unreadable
    return body


def _answered(answer: Answer) -> Response:
    said = {name.lower(): value for name, value in answer.headers.items()}
    return JSONResponse(answer.body, answer.status, headers=said | _OPEN | _NOT_KEPT)


def _error(status: int, error: str, said: str, **more: str) -> Response:
    body = {"error": error, "error_description": said}
    return JSONResponse(body, status, headers=_OPEN | _NOT_KEPT | more)


def _for_clients(endpoint: Endpoint) -> Endpoint:
    """With an answer for what is no answer of the endpoint's own."""

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_OPEN | _PREFLIGHT)
        try:
            return await endpoint(request)
        except (_Unreadable, TooLarge, TooSlow) as error:
            status, said = _BODIES[type(error)]
            return _error(status, "invalid_request", said)
        except (TooManyTries, Unavailable) as error:
            wait = error.retry_after if isinstance(error, TooManyTries) else 5
            more = {"retry-after": str(wait)}
            return _error(error.status, "temporarily_unavailable", str(error), **more)

    return answer


_BODIES: Final[dict[type[Exception], tuple[int, str]]] = {
    _Unreadable: (400, "The body must be a form in UTF-8."),
    TooLarge: (413, f"The body may be {_LARGEST} bytes at most."),
    TooSlow: (408, "The body took too long to arrive."),
}


def _route(path: str, endpoint: Endpoint, *methods: str) -> Route:
    return Route(path, _for_clients(endpoint), methods=[*methods, "OPTIONS"])


CLIENTS: list[Any] = [
    *(
        _route(metadata.RESOURCE_PATH + suffix, resource_metadata, "GET")
        for suffix in ("", ENDPOINT)
    ),
    *(
        _route(path + suffix, server_metadata, "GET")
        for path in (metadata.SERVER_PATH, metadata.OPENID_PATH)
        for suffix in ("", ENDPOINT)
    ),
    _route(metadata.TOKEN, token, "POST"),
    _route(metadata.REVOKE, revoke, "POST"),
    _route(metadata.REGISTER, register, "POST"),
]
"""What any page may call: they look at no cookie."""

PEOPLE: list[Any] = [Route(metadata.AUTHORIZE, authorize, methods=["GET"])]
