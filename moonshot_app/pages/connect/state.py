"""What a client asks of who is signed in, and the answer."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, Final

import reflex as rx

from models.permission import Role
from moonshot_app.components.failure import said_of
from moonshot_app.components.lists import FAILED, LOADING, READY
from moonshot_app.guard import SIGNED_IN, needs
from moonshot_app.installation import installation
from moonshot_app.kept import Kept
from moonshot_app.session import signed_in
from moonshot_app.tool_titles import reach, role_title
from services.errors import InvalidInput, NotFound
from services.identity import accounts
from services.identity.oauth import consent

GONE, SENT = "gone", "sent"
LIVES: Final = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "365 days")]
ALL, READING = "all", "reading"


class Consent(Kept):
    """One question, by the key in the address."""

    phase: str = LOADING
    said: str = ""
    client: str = ""
    place: str = ""
    described_at: str = ""
    clinic: str = ""
    person: str = ""
    roles: list[tuple[str, str]] = []
    role: str = ""
    reaches: str = ""
    reads_only: bool = False
    wrong: str = ""
    working: bool = False
    allowed: bool = False

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> None:
        """Ask what is asked."""
        self.working = False
        came_back = await self._has_come_back()
        if not came_back:
            self.phase, self.wrong, self.allowed = LOADING, "", False
        try:
            async with signed_in(self) as clinic:
                me = await accounts.who(clinic)
                asking = await consent.asking(clinic, self._key())
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            if not came_back:
                self.phase = GONE if isinstance(error, NotFound) else FAILED
                self.said = said_of(error)
            return
        self.roles = [(role.value, role_title(role)) for role in me.roles]
        self.reads_only = asking.reads_only
        if came_back:
            return
        self.client, self.place = asking.name, asking.place
        self.described_at = asking.described_at
        self.clinic, self.person = me.clinic, me.name
        self._choose(me.usual_role)
        self.phase = READY

    @rx.event
    @needs(SIGNED_IN)
    async def choose(self, role: str) -> None:
        """Show what this role may do."""
        if role in set(Role):
            self._choose(Role(role))

    @rx.event
    @needs(SIGNED_IN)
    async def allow(self, form: dict[str, str]) -> AsyncGenerator[Any]:
        """Say yes, and go back to the client."""
        self.working, self.wrong = True, ""
        yield
        try:
            to = await self._allow(form)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong, self.working = said_of(error), False
            return
        self.phase, self.allowed, self.working = SENT, True, False
        yield rx.redirect(to)

    @rx.event
    @needs(SIGNED_IN)
    async def deny(self) -> AsyncGenerator[Any]:
        """Say no, and go back to the client."""
        try:
            async with signed_in(self) as clinic:
                to = await consent.deny(clinic, installation().settings, self._key())
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
            return
        self.phase, self.allowed = SENT, False
        yield rx.redirect(to)

    async def _allow(self, form: dict[str, str]) -> str:
        days = form.get("life", "")
        if days not in dict(LIVES):
            raise InvalidInput({"life": "must be one of those that are offered"})
        if form.get("role") not in set(Role):
            raise InvalidInput({"role": "must be one of yours"})
        async with signed_in(self) as clinic:
            return await consent.allow(
                clinic,
                installation().settings,
                self._key(),
                role=Role(form["role"]),
                read_only=form.get("reach") == READING,
                life=timedelta(days=int(days)),
            )

    def _key(self) -> str:
        return str(self.router.url.query_parameters.get("ask", ""))

    def _choose(self, role: Role) -> None:
        self.role, self.reaches = role.value, reach(role)
