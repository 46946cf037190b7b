"""A tab's websocket: which state it may name, and what it may say.

A tab names its state itself, and whoever knows the name could have it. So the state's real name is
made of that name and of the session: with another cookie, or none, it is another state.
"""

import hashlib
import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
import reflex as rx
from reflex_base.registry import RegistrationContext

from moonshot_app.asgi import Receive, Scope
from moonshot_app.session import session_of

_NAME: Final = "token"
_SAID: Final = re.compile(
    r'[1235]|4[01]/_event,.*|42/_event,\["(event|client_error)",.*', re.DOTALL
)
"""Pulses, beginning, ending, and an event. By any other name a page could tell Reflex that it has
just connected, with a Cookie header and an address of its own making."""
_EVENT: Final = '42/_event,["event",'
_NO_TEXT: Final = re.compile(r"(?<!\\)(\\\\)*\\u(0000|d[89a-f])", re.IGNORECASE)
"""What neither a page nor the database can hold: U+0000, and half of a character."""


class _Event(msgspec.Struct):
    name: str
    payload: dict[str, Any] = {}


_DECODE: Final = msgspec.json.Decoder(tuple[str, _Event]).decode


def of_its_session(scope: Scope) -> Scope:
    """The request of a tab's websocket, with the state's real name in it."""
    headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
    session = session_of(headers.get("cookie", "")) or b""
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    tab = next((value for name, value in asked if name == _NAME), "")
    named = [(name, value) for name, value in asked if name != _NAME]
    real = hashlib.sha256(session + tab.encode()).hexdigest()
    return {**scope, "query_string": urlencode([*named, (_NAME, real)]).encode()}


def is_open(state: rx.State) -> bool:
    """Whether the page of this state is still connected."""
    namespace = RegistrationContext.get().app.event_namespace
    return namespace is not None and state.router.session.client_token in namespace.token_to_sid


def sifted(receive: Receive) -> Receive:
    """What a page says; anything else is not heard."""

    async def next_heard() -> Any:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive" or _may_say(message.get("text") or ""):
                return message

    return next_heard


def _may_say(text: str) -> bool:
    if _SAID.fullmatch(text) is None or _NO_TEXT.search(text) is not None:
        return False
    return not text.startswith(_EVENT) or _names_an_event(text)


def _names_an_event(text: str) -> bool:
    """Whether it is an event that there is; what it carries, the guard looks at."""
    try:
        _, event = _DECODE(text.partition(",")[2])
    except (msgspec.MsgspecError, RecursionError):
        return False
    return event.name in RegistrationContext.get().event_handlers
