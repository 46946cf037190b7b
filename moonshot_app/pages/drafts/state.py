"""One draft: what it says, what was changed, and what is being done with it."""

from collections.abc import AsyncGenerator
from typing import Final
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from models.permission import Permission
from models.vocabulary import ChartPart, DraftKind, DraftStatus, HeldStatus
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.failure import said_of
from moonshot_app.components.lists import FAILED, LOADING, READY
from moonshot_app.guard import needs
from moonshot_app.installation import installation
from moonshot_app.kept import Kept
from moonshot_app.pages.drafts import rows, words
from moonshot_app.pages.drafts.facts import Facts, facts_of
from moonshot_app.pages.drafts.inbox import Inbox, arrive, tell
from moonshot_app.pages.drafts.rows import Part, PassageRow, Piece, ShareRow
from moonshot_app.session import session_of, signed_in
from moonshot_app.tool_titles import TOOL_TITLES
from services.database.session import ClinicSession
from services.drafts import held, proposals, queue, review
from services.drafts.held import Held
from services.drafts.kinds import KINDS
from services.drafts.review import Draft
from services.errors import Conflict, NotAuthenticated, NotFound, ProofNeeded
from services.identity import accounts, proof
from services.record.chart_access import record_opening

MISSING = "missing"
_LONGEST: Final = 10
"""Digits of a version."""


class Review(Kept):
    """The draft that the address names; a held one as well."""

    phase: str = LOADING
    said: str = ""
    wrong: str = ""
    working: bool = False
    draft_id: str = ""
    version: int = 0
    sha256: str = ""
    is_held: bool = False
    is_open: bool = False
    title: str = ""
    lead: str = ""
    outcome: str = ""
    """What became of it, if it is decided or over."""
    revoked: str = ""
    chart: str = ""
    parts: list[Part] = []
    facts: list[Facts] = []
    read: str = ""
    """What the assistant had read of the patient."""
    may_sign: bool = False
    needs_proof: bool = False
    signer: str = ""
    follows: str = ""
    """What a signature brings about."""
    following: str = ""
    editing: str = ""
    saved: str = ""
    unsaved: str = ""
    taken: bool = False
    """Whether somebody else changed it while it was edited here."""
    rejecting: bool = False
    proposal: list[Piece] = []
    passages: list[PassageRow] = []
    apart: list[PassageRow] = []
    """Of which the proposal has nothing."""
    shares: list[ShareRow] = []

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def load(self) -> AsyncGenerator[None]:
        """Read what the address names; a page that came back goes on with what it shows."""
        if await self._has_come_back():
            return
        self.reset()
        arrive(await self.get_state(Inbox))
        yield
        try:
            asked = UUID(self.router.url.path.rstrip("/").rpartition("/")[2])
        except ValueError:
            self.phase = MISSING
            return
        await self._read(asked)

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def read_again(self, draft_id: str) -> None:
        """Show it as it stands now."""
        if (asked := _id(draft_id)) is not None:
            self.editing, self.unsaved, self.taken, self.wrong = "", "", False, ""
            await self._read(asked)

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def edit(self, key: str) -> None:
        """Open one part to be edited; no part ends it."""
        if key in {"", *words.PARTS}:
            self.editing, self.unsaved, self.taken = key, "", False

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def save(self, key: str, text: str, draft_id: str, version: int) -> None:
        """Keep what is typed. The page says which version it shows: a new server knows none."""
        if (asked := _id(draft_id)) is None or key not in words.PARTS:
            return
        known = self.version if self.draft_id == draft_id else version
        try:
            async with signed_in(self) as clinic:
                found = await review.draft(clinic, asked)
                changed = {**found.payload, key: text}
                self.version = await review.edit(clinic, asked, known, changed)
                times = ClinicTime(clinic.principal)
        except Conflict as conflict:
            self.unsaved, self.taken = str(conflict), True
            return
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.unsaved = said_of(error)
            return
        self.draft_id, self.unsaved, self.taken = draft_id, "", False
        self.saved = f"Saved {times.clock(clinic.principal.now)}"
        self.parts = rows.parts_of(found._replace(payload=changed))

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def save_over(self, key: str, text: str, draft_id: str) -> None:
        """Keep what is typed here in place of what somebody else has made of it."""
        if (asked := _id(draft_id)) is None:
            return
        await self._read(asked)
        await self._save_at_once(key, text, draft_id)

    async def _save_at_once(self, key: str, text: str, draft_id: str) -> None:
        await Review.save.fn(self, key, text, draft_id, self.version)  # pyright: ignore[reportFunctionMemberAccess] -- an event of Reflex

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def ask_why(self) -> None:
        """Ask for the reason before it is rejected."""
        self.rejecting, self.wrong = True, ""

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def leave(self) -> None:
        """Reject nothing."""
        self.rejecting = False

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def sign(self, form: dict[str, str]) -> AsyncGenerator[EventSpec | None]:
        """Sign what this page shows, a held one with its release; then go on to the next."""
        self.working, self.wrong = True, ""
        yield None
        done: UUID | None = None
        following: UUID | None = None
        try:
            if form.get("password"):
                session = session_of(self.router.headers.cookie) or b""
                await proof.prove(installation().pool, session, form["password"])
            async with signed_in(self) as clinic:
                done = await self._sign(clinic, form)
                following = await queue.next_after(clinic, done)
        except ProofNeeded as needed:
            self.needs_proof, self.wrong = True, str(needed)
        except NotAuthenticated as wrong:
            self.needs_proof, self.wrong = True, str(wrong)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        self.working = False
        if done is not None and not self.wrong:
            yield await self._go_on("Signed: " + form.get("title", ""), following)

    async def _sign(self, clinic: ClinicSession, form: dict[str, str]) -> UUID:
        asked, version = _of(form)
        if form.get("held") == "yes":
            return await held.release_and_sign(clinic, asked, form.get("sha256", ""))
        await review.sign(clinic, asked, version)
        return asked

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def reject(self, form: dict[str, str]) -> AsyncGenerator[EventSpec | None]:
        """Take it out of the queue, with a reason; then go on to the next."""
        self.working, self.wrong = True, ""
        yield None
        following: UUID | None = None
        try:
            asked, version = _of(form)
            async with signed_in(self) as clinic:
                await review.reject(clinic, asked, version, form.get("reason", ""))
                following = await queue.next_after(clinic, asked)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        self.working = False
        if not self.wrong:
            yield await self._go_on("Rejected: " + form.get("title", ""), following)

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def release(self, draft_id: str, sha256: str) -> AsyncGenerator[EventSpec | None]:
        """Let it into the queue, where who may signs it."""
        self.working, self.wrong = True, ""
        yield None
        released: UUID | None = None
        if (asked := _id(draft_id)) is not None:
            try:
                async with signed_in(self) as clinic:
                    released = await proposals.release(clinic, asked, sha256)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
                self.wrong = said_of(error)
        self.working = False
        if released is not None:
            yield rx.redirect(f"{words.ADDRESS}{released}/")

    @rx.event
    @needs(Permission.DRAFT_MESSAGES)
    async def discard(self, draft_id: str) -> AsyncGenerator[EventSpec | None]:
        """Throw a held proposal away."""
        self.working, self.wrong = True, ""
        yield None
        done = False
        if (asked := _id(draft_id)) is not None:
            try:
                async with signed_in(self) as clinic:
                    await proposals.discard(clinic, asked)
                done = True
            except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
                self.wrong = said_of(error)
        self.working = False
        if done:
            yield await self._go_on("The held proposal is discarded.", None)

    async def _go_on(self, done: str, following: UUID | None) -> EventSpec:
        tell(await self.get_state(Inbox), done)
        return rx.redirect(f"{words.ADDRESS}{following}/" if following else words.ADDRESS)

    async def _read(self, asked: UUID) -> None:
        try:
            async with signed_in(self) as clinic:
                await clinic.begin()
                try:
                    await self._show(clinic, await review.draft(clinic, asked))
                except NotFound:
                    await self._show_held(clinic, await held.held(clinic, asked))
                me = await accounts.who(clinic)
                self.needs_proof = await proof.until(clinic) is None
        except NotFound:
            self.reset()
            self.phase = MISSING
            return
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.reset()
            self.phase, self.said = FAILED, said_of(error)
            return
        self.signer = f"{me.name}, {me.letters}" if me.letters else me.name
        self.draft_id, self.phase = str(asked), READY

    async def _show(self, clinic: ClinicSession, draft: Draft) -> None:
        principal = clinic.principal
        times = ClinicTime(principal)
        self._head(clinic, draft)
        self.is_held, self.is_open = False, draft.is_open(principal.now)
        self.version = draft.version
        self.parts = rows.parts_of(draft)
        self.lead = (
            f"{draft.proposer} proposed it through {draft.connection} "
            f"{times.minute(draft.created_at)}. It expires {times.until(draft.expires_at)}."
        )
        self.outcome = _outcome(draft, times)
        self.facts = await facts_of(clinic, draft, times)
        read = await review.sources(clinic, draft.source_audit_ids)
        titles = {tool.name: tool.title for tool in TOOL_TITLES}
        self.read = ", ".join(
            f"{titles.get(each.tool_name, each.tool_name)} {times.second(each.at)}" for each in read
        )
        following = await queue.next_after(clinic, draft.id)
        self.following = f"{words.ADDRESS}{following}/" if following else ""

    async def _show_held(self, clinic: ClinicSession, found: Held) -> None:
        times = ClinicTime(clinic.principal)
        self._head(clinic, found)
        self.title = f"Held: {self.title[0].lower()}{self.title[1:]}"
        self.is_held, self.sha256 = True, found.payload_sha256
        self.is_open = found.status == HeldStatus.HELD and found.expires_at > clinic.principal.now
        self.lead = (
            f"{found.connection} read text that patients or other outsiders wrote, then proposed "
            f"this {times.minute(found.created_at)}. So it did not go to the queue. Look at both, "
            "then decide."
        )
        self.outcome = "" if self.is_open else f"It was {found.status} and waits no more."
        self.following = f"{words.ADDRESS}{found.draft_id}/" if found.draft_id else ""
        given_out = await held.passages(clinic, found.taint_ids)
        for patient_id in {passage.patient_id for passage in given_out}:
            record_opening(clinic, patient_id, ChartPart.NOTES)
        others = {
            f"{passage.given_name} {passage.family_name}"
            for passage in given_out
            if passage.patient_id != found.patient_id
        }
        text = rows.in_force(found.payload)
        self.proposal, told, self.shares = rows.beside(text, given_out, sorted(others), times)
        self.passages = [passage for passage in told if passage.shares]
        self.apart = [passage for passage in told if not passage.shares]

    def _head(self, clinic: ClinicSession, found: Draft | Held) -> None:
        kind = DraftKind(found.kind)
        channel = found.payload.get("channel")
        name = f"{found.given_name} {found.family_name}"
        joint = "for" if kind is DraftKind.CHART_NOTE else "to"
        record_opening(clinic, found.patient_id, ChartPart.RECORD)
        self.title = f"{words.kind(found.kind, channel)} {joint} {name}"
        self.chart = f"/patients/{found.patient_id}/"
        self.may_sign = clinic.principal.may(KINDS[kind].signing)
        self.follows = {
            None: f"Signing adds this note to {name}’s chart",
            "sms": f"Signing queues this SMS to {name}; sending it is being built",
        }.get(channel, f"Signing puts this message into {name}’s portal")
        if (since := found.connection_revoked_at) is not None:
            day = ClinicTime(clinic.principal).day(since)
            self.revoked = f"The connection {found.connection} was revoked {day}."


def _outcome(draft: Draft, times: ClinicTime) -> str:
    if draft.decided_at is not None:
        verb = "Signed" if draft.status == DraftStatus.SIGNED else "Rejected"
        why = f": {draft.reject_reason}" if draft.reject_reason else "."
        return f"{verb} by {draft.decider}, {times.minute(draft.decided_at)}{why}"
    if not draft.is_open(times.principal.now):
        return "It has waited for 14 days and is over. Have it proposed anew."
    return ""


def _of(form: dict[str, str]) -> tuple[UUID, int]:
    """Which draft a page showed, in which version. Raises NotFound where no page sends that."""
    asked, version = _id(form.get("draft_id", "")), form.get("version", "")
    if asked is None or not (version.isascii() and version.isdecimal() and len(version) < _LONGEST):
        raise NotFound("There is no such draft in this clinic.")
    return asked, int(version)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
