"""/admin/ai-drafts: what assistants proposed, to be signed or rejected one after the other."""

import dataclasses
from collections.abc import AsyncGenerator

import reflex as rx

from models.permission import Permission
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.failure import said_of
from moonshot_app.components.icon import icon
from moonshot_app.components.lists import (
    FAILED,
    LOADING,
    READY,
    head,
    key_hints,
    list_box,
    message,
    not_read,
)
from moonshot_app.guard import needs
from moonshot_app.page import clinic_page
from moonshot_app.pages.drafts import words
from moonshot_app.session import signed_in
from services.drafts import queue
from services.drafts.queue import Counts, Queued, Which

ROWS = 25
_COLUMNS = ("Draft", "Patient", "-Begins with", "-State", ">Since")
_TABS = (
    (Which.ALL, "Everyone’s"),
    (Which.MINE, "Mine"),
    (Which.HELD, "Held"),
    (Which.SIGNED, "Signed"),
    (Which.REJECTED, "Rejected"),
)
_NOTHING = {
    Which.ALL: "No draft waits",
    Which.MINE: "None of yours waits",
    Which.HELD: "Nothing is held",
    Which.SIGNED: "Nothing was signed yet",
    Which.REJECTED: "Nothing was rejected yet",
}
_WHAT = {
    Which.ALL: "Ask your assistant for one: “draft a visit note for my last patient”.",
    Which.MINE: "Ask your assistant for one: “draft a visit note for my last patient”.",
    Which.HELD: (
        "A proposal is held when your assistant had read text that a patient wrote. You would "
        "then see it here beside that text."
    ),
    Which.SIGNED: "A draft that was signed is listed here, and stands in the chart or is sent.",
    Which.REJECTED: "A draft that was rejected is listed here, with the reason.",
}


@dataclasses.dataclass(frozen=True)
class DraftRow:
    """What one row shows."""

    address: str
    kind: str
    by: str
    patient: str
    begins: str
    state: str
    tone: str
    """The badge's class."""
    since: str
    waits: bool


class Inbox(rx.State):
    """One page of a part of the queue."""

    phase: str = LOADING
    said: str = ""
    which: str = Which.ALL.value
    rows: list[DraftRow] = []
    counts: dict[str, str] = {}
    following: str = ""
    before: list[str] = []
    working: bool = False
    nothing: str = ""
    what: str = ""
    done: str = ""
    """What was done last, until another page is opened."""
    told: bool = True
    _cursor: str = ""

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def load(self) -> None:
        """Read the part that the address names."""
        arrive(self)
        asked = self.router.url.query_parameters.get("which", "")
        self.which = asked if asked in set(Which) else Which.ALL.value
        self._cursor, self.before = "", []
        await self._read()

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def go_on(self) -> AsyncGenerator[None]:
        """The next page."""
        if self.following:
            self.before = [*self.before, self._cursor]
            self._cursor, self.working = self.following, True
            yield
            await self._read()

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def go_back(self) -> AsyncGenerator[None]:
        """The page before."""
        if self.before:
            *self.before, self._cursor = self.before
            self.working = True
            yield
            await self._read()

    async def _read(self) -> None:
        which = Which(self.which)
        try:
            async with signed_in(self) as clinic:
                found = await queue.drafts(clinic, which, limit=ROWS, cursor=self._cursor or None)
                counts = await queue.counts(clinic)
                times = ClinicTime(clinic.principal)
                following = found.next_cursor
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.phase, self.said = FAILED, said_of(error)
            self._cursor, self.before = "", []
            return
        finally:
            self.working = False
        self.rows = [_row_of(row, which, times) for row in found.rows]
        self.counts = _counted(counts)
        self.nothing, self.what = _NOTHING[which], _WHAT[which]
        self.following, self.phase = following or "", READY


def tell(inbox: Inbox, done: str) -> None:
    """Say on the next page that is opened what was done on this one."""
    inbox.done, inbox.told = done, False


def arrive(inbox: Inbox) -> None:
    """A page is opened: what was told before is told no more."""
    inbox.done, inbox.told = ("" if inbox.told else inbox.done), True


def _counted(counts: Counts) -> dict[str, str]:
    named = {Which.MINE: counts.mine, Which.ALL: counts.everyone, Which.HELD: counts.held}
    return {which.value: str(count) for which, count in named.items() if count}


def _row_of(row: Queued, which: Which, times: ClinicTime) -> DraftRow:
    state, tone = _state(row, which, times)
    return DraftRow(
        address=f"{words.ADDRESS}{row.id}/",
        kind=words.kind(row.kind, row.channel),
        by=f"{row.proposer}, {row.connection}",
        patient=f"{row.given_name} {row.family_name}",
        begins=row.begins,
        state=state,
        tone=f"badge {tone}".strip(),
        since=words.waited(row.decided_at or row.created_at, times),
        waits=which in {Which.MINE, Which.ALL, Which.HELD},
    )


def _state(row: Queued, which: Which, times: ClinicTime) -> tuple[str, str]:
    if row.decided_at is not None:
        return f"By {row.decider}", "badge--ok" if which is Which.SIGNED else ""
    if which is Which.HELD:
        return "Held, look first", "badge--warn"
    if row.connection_revoked:
        return "Connection revoked since", "badge--danger"
    if times.until(row.expires_at) == "tomorrow" or "today" in times.until(row.expires_at):
        return f"Expires {times.until(row.expires_at)}", "badge--warn"
    return ("Edited", "badge--accent") if row.edited else ("Waits", "")


@clinic_page("/admin/ai-drafts", title="Drafts", on_load=[Inbox.load])
def drafts() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Sign or reject drafts"),
                rx.el.p(
                    "What assistants proposed. Nothing here has reached a chart or a patient "
                    "before it is signed."
                ),
            ),
            class_name="page-head",
        ),
        rx.cond(
            Inbox.done != "",
            rx.el.div(
                icon("check"), rx.el.p(Inbox.done), class_name="callout callout--ok", role="status"
            ),
        ),
        rx.el.nav(
            *(_tab(which, label) for which, label in _TABS),
            class_name="tabs",
            aria_label="Which drafts",
        ),
        list_box(
            Inbox.phase,
            Inbox.rows,
            columns=_COLUMNS,
            table=_table(),
            nothing=message(Inbox.nothing, Inbox.what),
            failed=not_read(
                Inbox.said,
                rx.el.button("Try again", type="button", class_name="button", on_click=Inbox.load),
            ),
        ),
        key_hints(Inbox.phase, ("j k", "next, previous row"), ("Enter", "open")),
        id="main",
        class_name="page stack",
    )


def _tab(which: Which, label: str) -> rx.Component:
    counts = rx.Var.create(Inbox.counts)
    count = rx.el.span(f" {Inbox.counts[which.value]}", class_name="count")
    inside = (label, rx.cond(counts.contains(which.value), count))
    to = f"/admin/ai-drafts/?which={which.value}"
    return rx.cond(
        Inbox.which == which.value,
        rx.el.a(*inside, href=to, aria_current="page"),
        rx.el.a(*inside, href=to),
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(head(_COLUMNS), rx.el.tbody(rx.foreach(Inbox.rows, _row)), class_name="table"),
        rx.el.div(
            rx.el.span(rx.cond(Inbox.following != "", "There are more", "That is all")),
            rx.el.nav(
                rx.el.button(
                    "Previous",
                    type="button",
                    class_name="button button--small",
                    disabled=rx.Var.create(Inbox.before).to(list).length() == 0,
                    on_click=Inbox.go_back,
                ),
                rx.el.button(
                    "Next",
                    type="button",
                    class_name="button button--small",
                    disabled=Inbox.following == "",
                    on_click=Inbox.go_on,
                ),
                class_name="row",
                aria_label="Pages of the list",
            ),
            class_name="table-foot",
        ),
        class_name="table-box",
    )


def _row(row: DraftRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.a(row.kind, href=row.address, class_name="opens strong"), rx.el.small(row.by)
        ),
        rx.el.td(row.patient),
        rx.el.td(rx.el.span(row.begins, class_name="soft two-lines"), class_name="not-phone"),
        rx.el.td(rx.el.span(row.state, class_name=row.tone), class_name="not-phone"),
        rx.el.td(row.since, class_name="num nowrap"),
        class_name=rx.cond(row.waits, "is-waiting", ""),
    )
