"""A websocket client of our own making, which says whatever it likes."""

import json
import socket
import time
from typing import Any, Final, Self
from uuid import uuid4

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Event, Ping, Request, TextMessage

from moonshot_app.components.copy import Copied
from tests.moonshot_app.site import Site

PATIENCE: Final = 10
"""Seconds."""
DEEPEST: Final = 3
"""An event leads to another, and that one to a third: these come after what was said meanwhile."""
COPIED: Final = Copied.get_full_name()


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
        self._tab, self._path = tab, "/"
        self.word = ""
        """What this tab said last to hear where everything before it has ended."""
        self._socket = socket.create_connection(("127.0.0.1", site.port), timeout=10)
        self._wire = WSConnection(ConnectionType.CLIENT)
        self._text = ""
        self._events: list[Event] = []
        asked = Request(host=site.host, target=target, extra_headers=given)
        self._socket.sendall(self._wire.send(asked))
        if not isinstance(self._next(PATIENCE), AcceptConnection):
            self._socket.close()
            raise Refused
        self.receive()
        self.say("40/_event,")
        self.greeting = self.until("40/_event,")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, name: str, payload: dict[str, Any]) -> str:
        """Sends an event by its name; gives everything that comes back."""
        self.tell(name, payload)
        return self.rest()

    def tell(self, name: str, payload: Any, path: str | None = None) -> None:
        """Sends an event by its name, from another page if one is given."""
        self._path = path or self._path
        place = {"pathname": self._path, "query": {}, "asPath": self._path}
        event = {"name": name, "payload": payload, "router_data": place, "token": self._tab}
        self.say("42/_event," + json.dumps(["event", event]))

    def rest(self) -> str:
        """Everything that comes of what was said.

        A tab's events are done one after another. So a word is sent to be remembered, and once it
        comes back everything before it is done: again, until nothing comes of what that led to.
        What goes on beside the others, in the background, is waited for by `until`.
        """
        answers: list[str] = []
        quiet = 0
        while quiet < DEEPEST:
            came = self._up_to_a_word()
            answers += came
            quiet = 0 if came else quiet + 1
        return "\n".join(answers)

    def until(self, text: str) -> str:
        """Everything that comes, up to what holds this text."""
        return "\n".join(self._until(text))

    def receive(self) -> str | None:
        """The next message; None when none comes."""
        event = self._next(PATIENCE)
        return event.data if isinstance(event, TextMessage) else None

    def say(self, text: str, *attached: bytes) -> None:
        """Sends these very words, and what they name."""
        for message in (TextMessage(data=text), *(BytesMessage(data=each) for each in attached)):
            self._socket.sendall(self._wire.send(message))

    def _up_to_a_word(self) -> list[str]:
        """What comes before a word that is remembered, and with it, but not that alone."""
        self.word = uuid4().hex
        self.tell(f"{COPIED}.remember", {"what": self.word})
        *before, last = self._until(self.word)
        return before if _told(last) == _remembered(self.word) else [*before, last]

    def _until(self, text: str) -> list[str]:
        answers: list[str] = []
        while not answers or text not in answers[-1]:
            answer = self.receive()
            assert answer is not None, f"{text!r} did not come, but {answers}"
            answers.append(answer)
        return answers

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


def _told(message: str) -> Any:
    """What an update holds."""
    update = json.loads(message.partition(",")[2])[1]
    return {name: value for name, value in update.items() if value}


def _remembered(word: str) -> dict[str, Any]:
    """What comes of remembering alone."""
    return {"delta": {COPIED: {"what_rx_state_": word}}}
