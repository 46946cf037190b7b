"""A websocket client of our own making, which says whatever it likes."""

import json
import socket
import time
from typing import Any, Self

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Event, Ping, Request, TextMessage

from tests.moonshot_app.site import Site

QUIET_SECONDS = 0.7
"""After so long without a word there is none to come."""


class Refused(Exception):
    """The server did not take the connection."""


class Socket:
    """A connection as a page opens it, up to Reflex's own greeting."""

    def __init__(
        self, site: Site, *, tab: str = "tab", cookie: str | None = None, origin: str | None = ""
    ) -> None:
        headers = {"Origin": site.origin if origin == "" else origin, "Cookie": cookie}
        given = [(n.encode(), v.encode()) for n, v in headers.items() if v is not None]
        target = f"/_event/?token={tab}&EIO=4&transport=websocket"
        self._tab = tab
        self._socket = socket.create_connection(("127.0.0.1", site.port), timeout=10)
        self._wire = WSConnection(ConnectionType.CLIENT)
        self._text = ""
        self._events: list[Event] = []
        asked = Request(host=site.host, target=target, extra_headers=given)
        self._socket.sendall(self._wire.send(asked))
        if not isinstance(self._next(10), AcceptConnection):
            self._socket.close()
            raise Refused
        self.receive()
        self.say("40/_event,")
        self.receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, name: str, payload: dict[str, Any]) -> str:
        """Sends an event by its name; gives everything that comes back."""
        self.tell(name, payload)
        return self.rest()

    def tell(self, name: str, payload: Any, path: str = "/") -> None:
        """Sends an event by its name."""
        place = {"pathname": path, "query": {}, "asPath": path}
        event = {"name": name, "payload": payload, "router_data": place, "token": self._tab}
        self.say("42/_event," + json.dumps(["event", event]))

    def rest(self, until: str | None = None) -> str:
        """Everything that comes back, until something holds a text or nothing comes any more."""
        answers: list[str] = []
        while (answer := self.receive(QUIET_SECONDS if until is None else 10)) is not None:
            answers.append(answer)
            if until is not None and until in answer:
                break
        return "\n".join(answers)

    def receive(self, seconds: float = 10) -> str | None:
        """The next message; None when none comes."""
        event = self._next(seconds)
        return event.data if isinstance(event, TextMessage) else None

    def say(self, text: str, *attached: bytes) -> None:
        """Sends these very words, and what they name."""
        for message in (TextMessage(data=text), *(BytesMessage(data=each) for each in attached)):
            self._socket.sendall(self._wire.send(message))

    def _next(self, seconds: float) -> Event | None:
        deadline = time.monotonic() + seconds
        while not self._events:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                return None
            self._wire.receive_data(data or None)
            self._events += filter(None, map(self._whole, self._wire.events()))
        return self._events.pop(0)

    def _whole(self, event: Event) -> Event | None:
        """Frames of one message as one."""
        if isinstance(event, Ping):
            return None
        if not isinstance(event, TextMessage):
            return event
        self._text += event.data
        if not event.message_finished:
            return None
        text, self._text = self._text, ""
        return TextMessage(data=text)
