"""A door's server: uvicorn on one address, until the process is told to stop."""

import resource
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import uvicorn

from services.listener.connection import Connection, WebSocket
from services.settings import DRAIN_SECONDS, Settings

MOST_AT_ONCE: Final = 1_000
"""Connections, and requests; one more request is answered 503."""
LARGEST_MESSAGE: Final = 256 << 10
"""Bytes of a message over a websocket: what a page sends is a form at most."""
PING_SECONDS: Final = 20.0
"""How long a websocket may be silent before it is asked, and how long it may take to answer."""


def serve(
    app: Callable[..., Awaitable[Any]], settings: Settings, port: int, *, websockets: bool = False
) -> None:
    """Serve an ASGI application on that port until a signal ends the process."""
    _allow_files()
    config = uvicorn.Config(
        app,
        host=settings.bind,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        http=Connection,
        ws=WebSocket if websockets else "none",
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        # A message of few bytes could be a thousand times as large when it has been unpacked.
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    uvicorn.Server(config).run()


def _allow_files() -> None:
    """As many files as the system lets us have: many systems begin with 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
