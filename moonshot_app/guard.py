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
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from models.permission import Permission
from moonshot_app.installation import installation
from moonshot_app.session import session_of
from services.database import opening
from services.database.session import clinic_transaction
from services.errors import AccessRefused, NotAuthenticated
from services.principal import Principal

ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed in"
Need = Permission | str

_MARK: Final = "__needs__"
_OF_THE_FRAMEWORK: Final = frozenset(
    {
        "State.hydrate",
        "State.hydrate_and_load",
        "State.set_is_hydrated",
        "OnLoadInternalState.on_load_internal",
        "OnLoadInternalState.set_is_hydrated",
        "UpdateVarsInternalState.update_vars_internal",
    }
)
"""What a page sends by itself to begin. Not among them: setvar, which would set any variable."""

F = TypeVar("F", bound=Callable[..., Any])


def needs(need: Need) -> Callable[[F], F]:
    """Declare who may send an event: a permission, SIGNED_IN, or ANYONE."""

    def mark(handler: F) -> F:
        setattr(handler, _MARK, need)
        return handler

    return mark


class Bound(rx.State):
    """The session that a tab's state belongs to. A tab of another session begins with nothing."""

    _session: bytes = b""


class Guard(Middleware):
    """Lets an event pass only if it is declared, well typed, and its sender may send it."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """None lets it pass; an update is the answer instead."""
        del app
        session = session_of(state.router.headers.cookie) or b""
        bound = await state.get_state(Bound)
        if bound._session != session:  # noqa: SLF001 -- a state's own backend variable
            if bound._session:  # noqa: SLF001
                state._get_root_state().reset()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
            bound._session = session  # noqa: SLF001
        handler = _handler(event.name)
        need = _need(handler)
        if need == ANYONE:
            return None
        if need is None or not _well_typed(handler, event.payload):
            return StateUpdate()
        principal = await _principal(session)
        if principal is None:
            return _go("/sign-in/")
        if need == SIGNED_IN or principal.may(cast("Permission", need)):
            return None
        return _go("/not-allowed/")


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


def _well_typed(handler: Callable[..., Any] | None, payload: dict[str, Any]) -> bool:
    """Whether what came is what the event takes: Reflex itself does not look."""
    if handler is None:
        return False
    hints = get_type_hints(handler)
    names = list(inspect.signature(handler).parameters)[1:]
    if not set(payload) <= set(names):
        return False
    try:
        for name, value in payload.items():
            msgspec.convert(value, hints.get(name, str), strict=True)
    except (msgspec.ValidationError, TypeError):
        return False
    return True


def _go(path: str) -> StateUpdate:
    # Without the event's own data: the headers in it would tell scripts the cookie.
    return StateUpdate(events=Event.from_event_type(rx.redirect(path)))
