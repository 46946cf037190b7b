"""The HTTP policy of the endpoint: where its 401, 403, 405, 413, 421 and 429 come from.

One POST is one JSON-RPC message and gets one JSON answer; nothing is kept between requests.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from mcp_server import protocol
from mcp_server.answers import Answers, Request
from mcp_server.bearer import BearerError, challenge, token_of
from mcp_server.incident import log_incident
from mcp_server.origin import Send, allow, is_preflight, shared_with
from mcp_server.protocol import Era, ProtocolError
from mcp_server.tool import BeyondGrant
from services.errors import (
    GRANT_WITHDRAWN,
    AccessRefused,
    NotAuthenticated,
    RateLimited,
    Unavailable,
)
from services.identity.token import Token
from services.listener.body import TooLarge, TooSlow, read_body
from services.record.audit import Caller

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder().decode

_UNCLEAR = Era("")

LARGEST_BODY = 1 << 20
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may reach the endpoint, and where it says it is."""

    allowed_hosts: frozenset[str]
    allowed_origins: frozenset[str]
    metadata_url: str


class Refused(Exception):
    """Answer with this HTTP status; the body is a JSON-RPC error, which clients show as it is."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: int | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": code or status * 100 + 1, "message": message}
        if data is not None:
            self.error["data"] = data
        self.headers = dict(headers or {})


class Edge:
    """The endpoint as an ASGI application."""

    def __init__(self, answers: Answers, policy: Policy) -> None:
        self._answers = answers
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id: int | str | None = None
        try:
            headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
            self._require_known_caller(headers)
            if (origin := headers.get("origin")) is not None:
                send = shared_with(origin, send)
            if is_preflight(scope["method"], headers):
                await allow(send)
                return
            token = self._require_token(headers)
            _require_json_post(scope["method"], headers)
            message = _message(await _body(headers, receive))
            if message is None:
                return
            request_id = message.get("id")
            answer = await self._answer(scope, headers, token, message)
            await reply(send, 200 if answer else 202, answer)
        except Refused as refused:
            body = {"jsonrpc": "2.0", "id": request_id, "error": refused.error}
            await reply(send, refused.status, _ENCODE(body), refused.headers)
        except ProtocolError as error:
            said = {"code": error.code, "message": error.message}
            if error.data is not None:
                said["data"] = error.data
            body = {"jsonrpc": "2.0", "id": request_id, "error": said}
            await reply(send, error.status, _ENCODE(body))

    async def _answer(
        self, scope: Scope, headers: Mapping[str, str], token: Token, message: dict[str, Any]
    ) -> bytes:
        try:
            if "id" not in message:
                await self._answers.admit(token)
                return b""
            return await self._answers.answer(await self._read(scope, headers, token, message))
        except BeyondGrant:
            said = "You did not allow this to the assistant. Connect again and allow more."
            raise Refused(403, said, headers=self._ask_for_more()) from None
        except NotAuthenticated as error:
            raise self._unauthenticated(str(error), rejected=True) from error
        except AccessRefused as error:
            raise self._refused(error) from error
        except RateLimited as error:
            raise _too_many(error) from error
        except Unavailable as error:
            raise _unavailable(str(error)) from error
        except (Refused, ProtocolError):
            raise
        except Exception as error:
            said = f"This is a fault of the server, incident {log_incident(error)}."
            raise _unavailable(said) from error

    async def _read(
        self, scope: Scope, headers: Mapping[str, str], token: Token, message: dict[str, Any]
    ) -> Request:
        """What is asked, and how; a call is on record also when that is unclear."""
        method, request_id = message["method"], message["id"]
        try:
            era = protocol.era_of(message, headers, scope["headers"])
            params = _params(message, era)
        except ProtocolError:
            if self._answers.records(method):
                caller = _caller(scope, headers, _UNCLEAR, request_id)
                await self._answers.record_unreadable(token, caller)
            raise
        caller = _caller(scope, headers, era, request_id)
        return Request(token, caller, era, request_id, method, params)

    def _require_known_caller(self, headers: Mapping[str, str]) -> None:
        """DNS rebinding: the name under which we were reached, and the page that asks."""
        if headers.get("host", "").lower() not in self._policy.allowed_hosts:
            raise Refused(421, "This server does not answer under that host name.")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self._policy.allowed_origins:
            raise Refused(403, "Pages of that origin may not call this server.")

    def _require_token(self, headers: Mapping[str, str]) -> Token:
        token = token_of(headers)
        if token is None:
            sent = "authorization" in headers
            said = "is not one of this server" if sent else "is missing"
            raise self._unauthenticated(
                f"The credential {said}. Send 'Authorization: Bearer mcl_…', made in the web app "
                "under AI connections.",
                rejected=sent,
            )
        return token

    def _unauthenticated(self, message: str, *, rejected: bool) -> Refused:
        error = BearerError.INVALID_TOKEN if rejected else None
        header = challenge(self._policy.metadata_url, error)
        return Refused(401, message, headers={"www-authenticate": header})

    def _refused(self, error: AccessRefused) -> Refused:
        """Where asking the person again would help, clients are told to."""
        headers = self._ask_for_more() if error.reason == GRANT_WITHDRAWN else {}
        return Refused(403, str(error), data={"reason": error.reason}, headers=headers)

    def _ask_for_more(self) -> dict[str, str]:
        header = challenge(self._policy.metadata_url, BearerError.INSUFFICIENT_SCOPE)
        return {"www-authenticate": header}


def _require_json_post(method: str, headers: Mapping[str, str]) -> None:
    if method != "POST":
        raise Refused(405, "Only POST is answered here.", headers={"allow": "POST"})
    if "upgrade" in headers.get("connection", "").lower():
        # The HTTP parser takes the body of such a request for the other protocol.
        said = "Speak HTTP/1.1 without offering an upgrade."
        raise Refused(400, said, headers={"connection": "close"})
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "The body must be application/json.")
    accept = headers.get("accept", "*/*").lower()
    if not any(kind in accept for kind in ("application/json", "application/*", "*/*")):
        raise Refused(406, "The answer is application/json.")


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes | None:
    """The whole body, or None when the client went away."""
    try:
        return await read_body(headers.get("content-length"), receive, largest=LARGEST_BODY)
    except TooLarge:
        # Not closed at once: what still comes is dropped for a while, so that the answer is read.
        said = f"The body may be {LARGEST_BODY >> 20} MiB at most."
        raise Refused(413, said) from None
    except TooSlow:
        raise Refused(
            408, "The body took too long to arrive.", headers={"connection": "close"}
        ) from None


def _message(body: bytes | None) -> dict[str, Any] | None:
    """A JSON-RPC request or notification."""
    if body is None:
        return None
    try:
        message = _DECODE(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ProtocolError(protocol.PARSE_ERROR, "The body is not JSON.", status=400) from None
    match message:
        case {"jsonrpc": "2.0", "method": str(), "id": int() | str() as request_id}:
            if not isinstance(request_id, bool):
                return message
        case {"jsonrpc": "2.0", "method": str()} if "id" not in message:
            return message
        case _:
            pass
    said = "The body must be one JSON-RPC 2.0 request or notification."
    raise ProtocolError(protocol.INVALID_REQUEST, said, status=400)


def _params(message: Mapping[str, Any], era: Era) -> dict[str, Any]:
    params = message.get("params")
    if params is None:
        return {}
    if not isinstance(params, dict):
        raise era.error(protocol.INVALID_PARAMS, "params must be an object.")
    return cast("dict[str, Any]", params)


def _caller(scope: Scope, headers: Mapping[str, str], era: Era, request_id: int | str) -> Caller:
    """Who calls, as far as the client says: for the record only."""
    agent, _, agent_version = headers.get("user-agent", "").partition(" ")[0].partition("/")
    client = scope.get("client")
    return Caller(
        request_id=_short(request_id),
        client_name=_short(era.client.get("name") or agent),
        client_version=_short(era.client.get("version") or agent_version),
        protocol_version=era.version or None,
        ip=client[0] if client else None,
    )


def _short(text: object) -> str | None:
    return "".join(filter(str.isprintable, str(text)[:80])) or None


def _too_many(error: RateLimited) -> Refused:
    data = {
        "cap": "requests_a_minute",
        "limit": error.limit,
        "retryAfterSeconds": error.retry_after,
    }
    return Refused(429, str(error), data=data, headers={"retry-after": str(error.retry_after)})


def _unavailable(message: str) -> Refused:
    return Refused(503, f"{message} Nothing was changed; try again.", headers={"retry-after": "5"})


async def reply(
    send: Send, status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> None:
    """Send a whole answer of JSON that nobody may keep."""
    fixed = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    more = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": fixed + more})
    await send({"type": "http.response.body", "body": body})
