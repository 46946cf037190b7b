"""The way to the MCP endpoint through the web's port, so that there is one origin to paste.

Behind a proxy of one's own, requests for the endpoint may go to the MCP server directly.
"""

import asyncio
from typing import Final

import httpx

from moonshot_app.asgi import Receive, Scope, Send

PATHS: Final = ("/api/mcp/v1",)
_LARGEST: Final = (1 << 20) + 1
"""Bytes: one more than the endpoint takes, so that it is the one to refuse."""
_BODY_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 60.0
_NOT_PASSED_ON: Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "cookie"}
    | {"content-length", "accept-encoding", "x-forwarded-for", "forwarded", "expect"}
)
"""Headers of this one connection, and what only the web app may see."""


class Proxy:
    """Passes requests on to the MCP server and its answers back."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(
            base_url=url, timeout=httpx.Timeout(_ANSWER_SECONDS, connect=5.0), limits=limits
        )

    async def close(self) -> None:
        """End its connections."""
        await self._client.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(receive)
        except TimeoutError:
            return await _say(send, 408, "The body took too long to arrive.")
        if body is None:
            return None
        try:
            answer = await self._client.request(
                scope["method"], scope["path"], headers=_headers(scope), content=body
            )
        except httpx.HTTPError:
            return await _say(send, 502, "The MCP server does not answer. Try again in a moment.")
        passed = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.decode("latin-1").lower() not in _NOT_PASSED_ON
        ]
        passed.append((b"content-length", str(len(answer.content)).encode()))
        await send({"type": "http.response.start", "status": answer.status_code, "headers": passed})
        return await send({"type": "http.response.body", "body": answer.content})


async def _body(receive: Receive) -> bytes | None:
    """What was sent, as far as it may be of use; None when the client went away."""
    body = bytearray()
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            return None
        body += part.get("body", b"")
        if not part.get("more_body", False) or len(body) > _LARGEST:
            return bytes(body[:_LARGEST])


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name.decode("latin-1") not in _NOT_PASSED_ON
    ]
    client = scope.get("client")
    return [*kept, (b"x-forwarded-for", (client[0] if client else "unknown").encode())]


async def _say(send: Send, status: int, said: str) -> None:
    body = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"%b"}}' % said.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
