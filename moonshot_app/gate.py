"""What stands before every page: known names only, our own pages only, strict headers."""

import base64
import functools
import hashlib
import re
from collections.abc import Collection, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

from moonshot_app.asgi import Asgi, Receive, Scope, Send
from services.settings import Settings

_INLINE: Final = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_CLOSED: Final = ("/_upload", "/ping", "/_health")
"""Reflex's own routes that no page of ours uses."""
_SOCKET: Final = "/_event"
"""Where pages speak to their state: over a websocket, and never by the requests in its place."""


class Gate:
    """Refuses foreign hosts and origins; adds the headers that keep a page to itself."""

    def __init__(
        self, app: Asgi, settings: Settings, client: Path, *, open_paths: Collection[str]
    ) -> None:
        """`open_paths` look after themselves: they are no pages."""
        self._app = app
        self._open = frozenset(open_paths)
        self._hosts = settings.allowed_hosts
        self._origins = settings.web_origins
        self._headers = _headers(client, settings.public_origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it here."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["path"] in self._open:
            return await self._app(scope, receive, send)
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        if headers.get("host", "").lower() not in self._hosts:
            return await _refuse(scope, receive, send, 421, "Not under that host name.")
        if not self._from_our_pages(scope, headers):
            return await _refuse(scope, receive, send, 403, "Only our own pages may do that.")
        is_socket = scope["path"].startswith(_SOCKET)
        if scope["path"].startswith(_CLOSED) or is_socket != (scope["type"] == "websocket"):
            return await _refuse(scope, receive, send, 404, "There is nothing here.")
        return await self._app(scope, receive, self._with_headers(scope, send))

    def _from_our_pages(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        """A websocket and a form must come from a page of ours; browsers say where from."""
        origin = headers.get("origin")
        if scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD"):
            return origin is not None and origin.lower() in self._origins
        return True

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        if scope["type"] != "http":
            return send
        kept = _cache(scope["path"])

        async def send_with(event: MutableMapping[str, Any]) -> None:
            if event["type"] == "http.response.start":
                given = {name.lower() for name, _ in event["headers"]}
                more = [(n, v) for n, v in (*self._headers, kept) if n not in given]
                event["headers"] = [*event["headers"], *more]
            await send(event)

        return send_with


def _cache(path: str) -> tuple[bytes, bytes]:
    """Built files bear a hash in their name, fonts and pictures do not; pages are never kept."""
    if path.startswith("/assets/"):
        return (b"cache-control", b"public, max-age=31536000, immutable")
    if path.startswith(("/fonts/", "/pictures/")):
        return (b"cache-control", b"public, max-age=86400")
    return (b"cache-control", b"no-store")


@functools.cache
def _headers(client: Path, origin: str) -> tuple[tuple[bytes, bytes], ...]:
    scripts = " ".join(sorted(_hashes(client)))
    socket = re.sub("^http", "ws", origin)
    policy = (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        f"connect-src 'self' {socket}; img-src 'self' data:; font-src 'self'; base-uri 'none'; "
        "object-src 'none'; frame-ancestors 'none'; form-action 'self'; manifest-src 'self'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        *(((b"strict-transport-security", b"max-age=31536000"),) if origin[:6] == "https:" else ()),
    )


def _hashes(client: Path) -> set[str]:
    """Of the few scripts that stand in the pages themselves: they change with every build."""
    found: set[str] = set()
    for page in client.rglob("*.html"):
        for text in _INLINE.findall(page.read_bytes()):
            digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
            found.add(f"'sha256-{digest}'")
    return found


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, said: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        return await send({"type": "websocket.close", "code": 1008})
    body = said.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    return await send({"type": "http.response.body", "body": body})
