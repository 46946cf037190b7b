"""Who may send which event: nobody any, unless it is declared (default deny).

Every public method of a state can be called by name over the websocket, by anyone. So each event
names the permission it needs, and this looks before the event runs.
"""

import inspect
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast, get_type_hints

import msgspec
import reflex as rx
from reflex.app import App
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, OnLoadInternalState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY
from reflex_base.utils.format import format_event_handler

from models.permission import Permission
from moonshot_app import way_back
from moonshot_app.installation import installation
from moonshot_app.session import session_of
from services.database import opening
from services.database.session import clinic_transaction
from services.errors import AccessRefused, NotAuthenticated, Unavailable
from services.principal import Principal

ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed in"
Need = Permission | str

_MARK: Final = "__needs__"
_OF_THE_FRAMEWORK: Final = frozenset(
    {
        "State.hydrate_and_load",
        "OnLoadInternalState.on_load_internal",
        "OnLoadInternalState.set_is_hydrated",
    }
)
"""What a page sends by itself to begin. Not among them: what would set any variable."""

_CONNECTS: Final = format_event_handler(rx.State.event_handlers["hydrate_and_load"])
_LOADS: Final = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])

_FORM: Final = dict[str, str]

F = TypeVar("F", bound=Callable[..., Any])


def needs(need: Need) -> Callable[[F], F]:
    """Declare who may send an event: a permission, SIGNED_IN, or ANYONE."""

    def mark(handler: F) -> F:
        setattr(handler, _MARK, need)
        return handler

    return mark


class Tab(rx.State):
    """What is known of a tab itself. One of another session begins with nothing."""

    _session: bytes | None = None
    _came_back: bool = False
    _path: str = ""
    """Of the page that is there now: a task of a page knows only the one it began on."""


class Guard(Middleware):
    """Lets an event pass only if it is declared, well typed, and its sender may send it."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """None lets it pass; an update is the answer instead."""
        del app
        session = session_of(state.router.headers.cookie) or b""
        await _bind(state, session)
        handler = _handler(event.name)
        need = _need(handler)
        if need is None or not _well_typed(handler, event.payload) or _sets(event):
            return StateUpdate()
        if need == ANYONE:
            await _begin(state, event, session)
            return None
        principal = await _principal(session)
        if principal is None:
            # With it goes what the page still holds: one could go back to it.
            return StateUpdate(delta=await _emptied(state), events=_to(_sign_in(state)))
        if need == SIGNED_IN or principal.may(cast("Permission", need)):
            return None
        return StateUpdate(events=_to("/not-allowed/"))


async def _bind(state: BaseState, session: bytes) -> None:
    tab = await state.get_state(Tab)
    if tab._session not in {None, session}:  # noqa: SLF001 -- a state's own backend variable
        _forget(state)
    tab._session = session  # noqa: SLF001


async def _begin(state: BaseState, event: Event, session: bytes) -> None:
    """A page begins: with nothing, if its session has ended."""
    tab = await state.get_state(Tab)
    if event.name in {_CONNECTS, _LOADS}:
        tab._path = state.router.url.path  # noqa: SLF001 -- a state's own backend variable
    if event.name == _LOADS and EventContext.get().parent_txid is None:
        tab._came_back = False  # noqa: SLF001 -- a state's own backend variable
    if event.name == _CONNECTS:
        # Reflex's own script sends these the first time only.
        tab._came_back = not event.payload.get("hashes")  # noqa: SLF001
        if session and not await _is_known(session):
            _forget(state)


async def _is_known(session: bytes) -> bool:
    """Whether someone is signed in; as long as nobody can be asked, there is nothing to show."""
    try:
        return await _principal(session) is not None
    except Unavailable:
        return False


def _forget(state: BaseState) -> BaseState:
    root = state._get_root_state()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
    root.reset()
    return root


async def _emptied(state: BaseState) -> Any:
    root = _forget(state)
    delta = await root._get_resolved_delta()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
    root._clean()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
    return delta


async def _principal(session: bytes) -> Principal | None:
    if not session:
        return None
    try:
        async with clinic_transaction(installation().pool, opening.session(session)) as clinic:
            return await clinic.begin()
    except (NotAuthenticated, AccessRefused):
        return None


def _handler(name: str) -> Callable[..., Any] | None:
    registered = RegistrationContext.get().event_handlers.get(name)
    return None if registered is None else cast("Callable[..., Any]", registered.handler.fn)


def _need(handler: Callable[..., Any] | None) -> Need | None:
    if handler is None:
        return None
    if handler.__module__.split(".")[0] == "reflex":
        return ANYONE if handler.__qualname__ in _OF_THE_FRAMEWORK else None
    return getattr(handler, _MARK, None)


def _sets(event: Event) -> bool:
    """Whether a page would fill variables from its storage: no page of ours stores any."""
    return event.name == _CONNECTS and bool(event.payload.get("vars"))


def _well_typed(handler: Callable[..., Any] | None, payload: dict[str, Any]) -> bool:
    """Whether what came is what the event takes: Reflex itself does not look."""
    if handler is None:
        return False
    hints = get_type_hints(handler)
    _, *parameters = inspect.signature(handler).parameters.values()
    needed = {one.name for one in parameters if one.default is inspect.Parameter.empty}
    if not needed <= set(payload) <= {one.name for one in parameters}:
        return False
    try:
        for name, value in payload.items():
            _convert(value, hints.get(name, str))
    except (msgspec.ValidationError, TypeError):
        return False
    return True


def _convert(value: Any, hint: Any) -> None:
    """Raise if it is something else. A form comes as its fields in their order."""
    if hint == _FORM and isinstance(value, dict) and FORM_DATA_ENTRIES_KEY in value:
        msgspec.convert(value, dict[str, list[tuple[str, str]]], strict=True)
    else:
        msgspec.convert(value, hint, strict=True)


def _sign_in(state: BaseState) -> str:
    url = state.router.url
    return way_back.sign_in(f"{url.path}?{url.query}" if url.query else url.path)


def _to(path: str) -> list[Event]:
    # Without the event's own data: the headers in it would tell scripts the cookie.
    return Event.from_event_type(rx.redirect(path))
