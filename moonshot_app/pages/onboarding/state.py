"""How far a clinic has come, as its page shows it."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import reflex as rx

from models.vocabulary import CredentialKind
from moonshot_app import clients, way_back
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.failure import said_of
from moonshot_app.components.lists import FAILED, LOADING
from moonshot_app.guard import SIGNED_IN, needs
from moonshot_app.installation import installation
from moonshot_app.kept import Kept
from moonshot_app.pages.admin.call_row import row_of
from moonshot_app.session import signed_in
from moonshot_app.tab_socket import is_open
from moonshot_app.tool_titles import reach, role_title
from services.errors import NotAuthenticated, Unavailable
from services.identity import accounts, credentials
from services.onboarding import progress
from services.onboarding.progress import FirstCall
from services.record import log

CONNECT, WAITING, ARRIVED = "connect", "waiting", "arrived"
"""The part of the way that is shown."""
_LIFE: Final = timedelta(days=30)
_SOON, _LATER = 1, 5
"""Seconds between two looks, in the first minutes and after them."""
_FIRST_LOOKS: Final = 300


class Onboarding(Kept):
    """How far this clinic has come. A token is shown until the page is left or loaded anew."""

    phase: str = LOADING
    said: str = ""
    endpoint: str = ""
    loopback: bool = False
    role: str = ""
    reaches: str = ""
    token: str = ""
    by_another: bool = False
    """Whether a call came through another connection while this one's token is shown."""
    lines: dict[str, str] = {}
    working: bool = False
    wrong: str = ""
    ready_said: str = ""
    ready_at: str = ""
    connected: bool = False
    drafted: bool = False
    connected_said: str = ""
    connected_at: str = ""
    waited: str = ""
    refused: str = ""
    call: dict[str, str] = {}
    _watch: str = ""
    _back: bool = False
    """Whether the person went back to connecting, and is not to be led on from there."""
    _opened: datetime | None = None
    _made: UUID | None = None
    """The connection whose token is shown."""

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> AsyncGenerator[None]:
        """Begin with what the database says."""
        settings = installation().settings
        self.endpoint = settings.endpoint
        self.loopback = settings.on_loopback
        self.working = False
        came_back = await self._has_come_back()
        if not came_back:
            self.phase, self.token, self.wrong, self.call = LOADING, "", "", {}
            self.by_another, self._made, self._back = False, None, False
            self.lines = clients.lines(self.endpoint)
            yield
        try:
            await self._begin()
            await self._look()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            if not came_back:
                self.phase, self.said = FAILED, said_of(error)
            return
        if not came_back and not self.call:
            self.phase = WAITING if self.connected else CONNECT

    @rx.event
    @needs(SIGNED_IN)
    async def go(self, phase: str) -> None:
        """Turn to connecting, or to waiting for the call."""
        if self.phase != ARRIVED and (phase == CONNECT or (phase == WAITING and self.connected)):
            self.phase, self._back = phase, phase == CONNECT

    @rx.event
    @needs(SIGNED_IN)
    async def connect(self) -> AsyncGenerator[None]:
        """Make a credential, as provider if this person is one; a second click makes no second."""
        if self.token:
            return
        self.working, self.wrong = True, ""
        yield
        try:
            async with signed_in(self) as clinic:
                me = await accounts.who(clinic)
                minted = await credentials.mint(
                    clinic, role=me.usual_role, name="My first connection", life=_LIFE
                )
            self.token, self.connected, self._made = minted.token.text, True, minted.id
            self.lines = clients.lines(self.endpoint, self.token)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        self.working = False

    @rx.event(background=True)
    @needs(SIGNED_IN)
    async def watch(self) -> AsyncGenerator[Any]:
        """Look for the first answered call while the page is there; the newest looks alone."""
        mine = uuid4().hex
        async with self:
            self._watch = mine
        for look in itertools.count():
            async with self:
                here = is_open(self) and await self._is_at("/onboarding")
                if self._watch != mine or not here or self.phase == ARRIVED:
                    return
                try:
                    await self._look(present=False)
                except Unavailable:
                    pass  # The next look may find the database again.
                except NotAuthenticated:
                    yield rx.redirect(way_back.sign_in("/onboarding/"))
                    return
            await asyncio.sleep(_SOON if look < _FIRST_LOOKS else _LATER)

    async def _begin(self) -> None:
        """What does not change while the page waits."""
        async with signed_in(self) as clinic:
            me = await accounts.who(clinic)
            ready = await progress.ready(clinic)
            times = ClinicTime(clinic.principal)
        role = me.usual_role
        self.role = role_title(role).lower()
        self.reaches = reach(role)
        with_patients = f", with {ready.patients:,} patients" if ready.patients else ""
        self.ready_said = f"{'Sandbox' if me.sandbox_expires_at else 'Clinic'} ready{with_patients}"
        self.ready_at = times.second(ready.at)
        self._opened = ready.at

    async def _look(self, *, present: bool = True) -> None:
        async with signed_in(self, present=present) as clinic:
            principal = await clinic.begin()
            connected = await progress.connected(clinic)
            first = await progress.first_answered_call(clinic)
            latest = [] if first else (await log.calls(clinic, log.Filters(), limit=1)).rows
            self.drafted = first is not None and await progress.drafted(clinic)
        times = ClinicTime(principal)
        self.connected = connected is not None
        if connected is not None:
            who, role = connected.colleague or "You", role_title(connected.role).lower()
            self.connected_said = f"{who} made a connection, as {role}"
            self.connected_at = times.second(connected.at)
            self.waited = _minutes(principal.now - connected.at)
        self.refused = row_of(latest[0], times).told if latest else ""
        signed_in_now = connected is not None and connected.kind == CredentialKind.OAUTH
        if self.phase == CONNECT and signed_in_now and not (self.token or self._back):
            self.phase = WAITING
        self.by_another = bool(self.token) and first is not None
        if first is None or (self._keeps_its_token() and first.credential_id != self._made):
            return
        self._show(first, times)

    def _keeps_its_token(self) -> bool:
        """It is shown this once: a call through another connection must not take it away."""
        return self.phase == CONNECT and bool(self.token)

    def _show(self, first: FirstCall, times: ClinicTime) -> None:
        client = " ".join(filter(None, (first.client_name, first.client_version)))
        self.call = {
            "tool": first.tool_name,
            "when": times.second(first.at),
            "took": f"{first.latency_ms} ms",
            "size": f"{first.response_bytes:,} bytes",
            "client": client or "A client that does not say its name",
            "connection": first.credential or "",
            "since": _minutes(first.at - (self._opened or first.at)),
        }
        self.token, self.lines = "", {}
        self.phase = ARRIVED


def _minutes(passed: timedelta) -> str:
    """1:21, or days where it was long."""
    seconds = max(0, int(passed.total_seconds()))
    if passed >= timedelta(days=1):
        return f"{passed.days} day{'s' * (passed.days > 1)}"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes}:{seconds:02}"
