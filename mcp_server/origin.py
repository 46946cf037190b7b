"""Pages of other origins: how a browser is told that those we allow may call us (CORS, Fetch 3.2).

A page sends its credential in a header of its own making, so none of this lets cookies through.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_FIELDS: Final = (
    b"authorization, content-type, accept, "
    b"mcp-protocol-version, mcp-method, mcp-name, mcp-session-id"
)
"""Some clients send mcp-session-id, which we ignore."""
_MAY_SEND: Final = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", _FIELDS),
    (b"access-control-max-age", b"600"),
]


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks, without a credential, what a page may send."""
    asked = "origin" in headers and "access-control-request-method" in headers
    return method == "OPTIONS" and asked


async def allow(send: Send) -> None:
    """Say what a page may send."""
    await send({"type": "http.response.start", "status": 204, "headers": _MAY_SEND})
    await send({"type": "http.response.body", "body": b""})


def shared_with(origin: str, send: Send) -> Send:
    """Let pages of that origin, which is an allowed one, read what is sent."""
    more = [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", b"www-authenticate, retry-after"),
        (b"vary", b"origin"),
    ]

    async def share(event: MutableMapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            event["headers"] = [*event["headers"], *more]
        await send(event)

    return share
