"""A client's connection: how many there may be, how large a head, how long anything may take.

uvicorn bounds none of it: a few hundred silent connections would keep everyone else out.
"""

import asyncio
import ipaddress
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from services.network import network_of

HEAD_SECONDS: Final = 10.0
TAKING_SECONDS: Final = 30.0
"""How long a client may take nothing of what is sent to it."""
LARGEST_HEAD: Final = 32 << 10
"""Bytes."""
MOST_OF_ONE_NETWORK: Final = 500
"""Connections; of a trusted proxy there may be as many as of everyone together."""

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Taken(asyncio.Protocol):
    """Ends itself when what is sent to it is not taken."""

    transport: asyncio.Transport
    _untaken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- narrowed by uvicorn itself
        """Notice every byte that is not taken."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        """What was sent waits to be taken, but not for ever."""
        super().pause_writing()
        loop = asyncio.get_running_loop()
        # Not closed but cut off: to close is to wait until all is taken.
        self._untaken = loop.call_later(TAKING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It was taken."""
        self._stop_counting()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_counting()
        super().connection_lost(exc)

    def _stop_counting(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None


class WebSocket(Taken, WSProtocol):  # pyright: ignore[reportIncompatibleMethodOverride] -- narrowed by uvicorn itself
    """A websocket; its pings and the size of messages are uvicorn's own affair."""


class Connection(Taken, HttpToolsProtocol):  # pyright: ignore[reportIncompatibleMethodOverride] -- narrowed by uvicorn itself
    """Ends itself when a head does not come, does not end, or grows too large."""

    _in_head = False
    _head_bytes = 0
    _patience: asyncio.TimerHandle | None = None
    _is_websocket = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- narrowed by uvicorn itself
        """Wait for the first request, but not for ever."""
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; wait for the rest of a head, or for the next one."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()
        answered = not self.cycle or self.cycle.response_complete
        is_ours = not self._is_websocket
        if is_ours and (self._in_head or answered) and self._patience is None:
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole; how long the body may take is the application's affair."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on another protocol has the connection."""
        self._is_websocket = True
        super().handle_websocket_upgrade()

    def _is_one_too_many(self) -> bool:
        if self.client is None:
            return False
        address = self.client[0]
        network = network_of(address)
        clients = (getattr(other, "client", None) for other in self.connections)
        there = sum(1 for client in clients if client and network_of(client[0]) == network)
        return there > MOST_OF_ONE_NETWORK and not self._is_proxy(address)

    def _is_proxy(self, address: str) -> bool:
        trusted = self.config.forwarded_allow_ips or ()
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(each) for each in trusted)

    def _wait(self) -> None:
        self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()
