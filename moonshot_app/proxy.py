"""The way to the MCP endpoint through the web's port, so that there is one origin to paste.

Behind a proxy of one's own, requests for the endpoint may go to the MCP server directly.
"""

from typing import Final

import httpx

from moonshot_app.asgi import Receive, Scope, Send
from services.listener.body import TooLarge, TooSlow, read_body

LARGEST: Final = 1 << 20
"""Bytes of a body, as the endpoint itself takes them."""
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
        length = dict(scope["headers"]).get(b"content-length")
        try:
            body = await read_body(length and length.decode(), receive, largest=LARGEST)
        except TooLarge:
            return await _say(send, 413, "The body may be 1 MiB at most.")
        except TooSlow:
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


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    kept = [
        (name, value.strip(b" \t"))
        for name, value in scope["headers"]
        if name.decode("latin-1") not in _NOT_PASSED_ON
    ]
    client = scope.get("client")
    return [*kept, (b"x-forwarded-for", (client[0] if client else "unknown").encode())]


async def _say(send: Send, status: int, said: str) -> None:
    error = b'{"code":%d01,"message":"%b"}' % (status, said.encode())
    body = b'{"jsonrpc":"2.0","id":null,"error":%b}' % error
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
