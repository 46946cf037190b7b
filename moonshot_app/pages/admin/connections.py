"""Which assistants may read the clinic: the rows, and what is being asked about one of them."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import UUID

import reflex as rx

from models.permission import Permission
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.failure import said_of
from moonshot_app.components.lists import FAILED, LOADING, READY
from moonshot_app.components.secret import Secret, reveal
from moonshot_app.guard import SIGNED_IN, needs
from moonshot_app.kept import has_come_back
from moonshot_app.pages.admin.connection_row import ConnectionRow, row_of
from moonshot_app.session import signed_in
from services.drafts import proposals
from services.identity import credentials
from services.safety import taint

REVOKE, ROTATE, ANEW = "revoke", "rotate", "anew"


class Connections(rx.State):
    """The rows, and what is being asked about one of them."""

    phase: str = LOADING
    said: str = ""
    wrong: str = ""
    done: str = ""
    rows: list[ConnectionRow] = []
    whose: str = "mine"
    manages: bool = False
    asked: str = ""
    """The row about which there is a question."""
    deed: str = ""
    """REVOKE, ROTATE or ANEW."""
    working: bool = False

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> None:
        """Read the list that the address names."""
        self.whose = self.router.url.query_parameters.get("whose", "mine")
        if not await has_come_back(self):
            self.asked, self.wrong, self.done = "", "", ""
        await self._read()

    async def _read(self) -> None:
        try:
            async with signed_in(self) as clinic:
                principal = await clinic.begin()
                manages = principal.may(Permission.MANAGE_AI)
                everyone = manages and self.whose == "everyone"
                found = await credentials.mine(clinic, everyone=everyone)
                tainted = await taint.tainted(clinic)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.phase, self.said = FAILED, said_of(error)
            return
        times = ClinicTime(principal)
        self.rows = [row_of(each, times, tainted=each.id in tainted) for each in found]
        self.whose = "everyone" if everyone else "mine"
        self.manages, self.phase = manages, READY

    @rx.event
    @needs(SIGNED_IN)
    async def ask(self, deed: str, credential_id: str) -> None:
        """Ask before it is done, below the row."""
        # Not looked for among the rows: a server that was started anew may not have read them.
        if deed in {REVOKE, ROTATE, ANEW} and _is_id(credential_id):
            self.deed, self.asked, self.wrong = deed, credential_id, ""

    @rx.event
    @needs(SIGNED_IN)
    async def leave(self) -> None:
        """Ask no more."""
        self.asked, self.wrong = "", ""

    @rx.event
    @needs(SIGNED_IN)
    async def revoke(self) -> AsyncGenerator[None]:
        """End the credential that was asked about."""
        if not self.asked:
            return
        self.working, self.wrong = True, ""
        yield
        name = self._name()
        try:
            async with signed_in(self) as clinic:
                await credentials.revoke(clinic, UUID(self.asked))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        else:
            self.asked = ""
            self.done = f"{name} is revoked. Its next call is refused."
            await self._read()
        self.working = False

    @rx.event
    @needs(SIGNED_IN)
    async def begin_anew(self) -> AsyncGenerator[None]:
        """Say that a new conversation has begun with the connection that was asked about."""
        if not self.asked:
            return
        self.working, self.wrong = True, ""
        yield
        name = self._name()
        try:
            async with signed_in(self) as clinic:
                await proposals.begin_conversation(clinic, UUID(self.asked))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        else:
            self.asked = ""
            self.done = f"What {name} had read counts no more. Go on in a new chat."
            await self._read()
        self.working = False

    @rx.event
    @needs(SIGNED_IN)
    async def rotate(self, form: dict[str, str]) -> AsyncGenerator[None]:
        """Replace the token of the credential that was asked about; show the new one once."""
        if not self.asked:
            return
        self.working, self.wrong = True, ""
        yield
        hours = {"0": 0, "1": 1, "24": 24}.get(form.get("grace", ""), 0)
        name = self._name()
        try:
            async with signed_in(self) as clinic:
                grace = timedelta(hours=hours)
                token = await credentials.rotate(clinic, UUID(self.asked), grace=grace)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        else:
            self.asked = ""
            ends = {0: "has stopped", 1: "stops in 1 hour"}.get(hours, f"stops in {hours} hours")
            self.done = f"{name} has a new token. The old one {ends}."
            facts = [("Name", name), ("Old token", ends.capitalize())]
            reveal(await self.get_state(Secret), token, facts)
            await self._read()
        self.working = False

    def _name(self) -> str:
        return next((row.name for row in self.rows if row.id == self.asked), "The connection")


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
