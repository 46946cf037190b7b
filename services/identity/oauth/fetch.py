"""Gets a document from an address that a stranger names, and is not led anywhere else by it."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any, Final, cast

import httpcore

from services.identity.oauth.document import Away, Unreadable

LARGEST: Final = 16 << 10
"""Bytes of a document."""
SECONDS: Final = 5.0
"""For all of it, from the name's address to the last byte."""

_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out; what translates or tunnels lies elsewhere, or below."""
_SPECIAL_V6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
_SPECIAL_V4: Final = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))

_WITHDRAWN: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""There is no such document; whoever answers anything else may do so for a while only."""
_RESOLVERS: Final = ThreadPoolExecutor(4, "resolver")
"""Of its own: a name server that does not answer keeps a thread for long."""

Resolve = Callable[[str, int], Awaitable[Iterable[str]]]
"""Gives the addresses of a host."""


def is_public(address: str) -> bool:
    """Whether an address is on the internet: not this machine, not its network, nothing special."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in net for net in _SPECIAL_V4)
    return ip in _UNICAST and ip.is_global and not any(ip in net for net in _SPECIAL_V6)


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, as this machine knows them."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
    return [str(each[4][0]) for each in found]


class Fetcher:
    """Fetches over https from public addresses; follows no redirect, waits and reads so long."""

    def __init__(
        self,
        *,
        resolve: Resolve = resolved,
        allowed: Callable[[str], bool] = is_public,
        ssl_context: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """Addresses are looked at once, and the one that was looked at is connected to."""
        self._seconds = seconds
        self._pool = httpcore.AsyncConnectionPool(
            network_backend=_Guarded(resolve, allowed),
            ssl_context=ssl_context,
            max_connections=10,
            max_keepalive_connections=0,
        )

    async def __call__(self, url: str) -> bytes:
        """The document. Raises Unreadable."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._get(url)
        except (TimeoutError, httpcore.TimeoutException):
            raise Away("The client's document took too long to come.") from None
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError, UnicodeError) as error:
            raise Away("The client's document could not be had.") from error

    async def _get(self, url: str) -> bytes:
        headers = [
            ("accept", "application/json"),
            ("accept-encoding", "identity"),
            ("user-agent", "moonshot-clinic"),
        ]
        async with self._pool.stream("GET", url, headers=headers) as answer:
            if answer.status != HTTPStatus.OK:
                raised = Unreadable if answer.status in _WITHDRAWN else Away
                raise raised(f"The client's document was answered with HTTP {answer.status}.")
            kind = dict(answer.headers).get(b"content-type", b"").split(b";")[0].strip().lower()
            if kind != b"application/json" and not kind.endswith(b"+json"):
                raise Unreadable("The client's document is not JSON.")
            body = bytearray()
            async for part in answer.aiter_stream():
                body += part
                if len(body) > LARGEST:
                    raise Unreadable(f"The client's document is larger than {LARGEST} bytes.")
            return bytes(body)

    async def close(self) -> None:
        """End what is open."""
        await self._pool.aclose()


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that are allowed."""

    def __init__(self, resolve: Resolve, allowed: Callable[[str], bool]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())  # or a stand-in

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- as it is overridden
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to what the name stands for, if all of that is allowed."""
        addresses = list(await self._resolve(host, port))
        if not addresses or not all(self._allowed(each) for each in addresses):
            raise Unreadable("The client's document is not at a public address.")
        return await self._inner.connect_tcp(
            addresses[0], port, timeout, local_address, socket_options
        )
