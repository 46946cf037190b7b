"""One call from start to finish, in the order in which it happens: of a tool, or of what else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import msgspec

from mcp_server.arguments import WrongArguments, parse
from mcp_server.budget import BYTES_A_TOKEN, LARGEST_ANSWER, USUAL_ANSWER
from mcp_server.incident import log_incident
from mcp_server.question import Question, Result, Unknown
from mcp_server.tool import Held, Tool
from models.vocabulary import CallStatus
from services import failpoint
from services.database import opening
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.errors import (
    AccessRefused,
    ClinicError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RateLimited,
    Unavailable,
)
from services.identity.token import Token
from services.keys import KeyRing
from services.record.audit import Caller, record_call, record_refused
from services.safety import redaction, taint
from services.safety.signals import signals_in
from services.safety.untrusted import Wrapping

_ENCODE = msgspec.json.Encoder().encode
_MEASURE = msgspec.json.Encoder(enc_hook=str).encode
"""Also of strings that are still to be marked."""
_LONGEST_NAME = 100


class CallFailed(Exception):
    """The call was refused or went wrong, and is on record; the text is for the model."""


class CallRefused(CallFailed):
    """Other arguments would mend it."""


class CallBlocked(CallFailed):
    """A proposal is held because of what was read before; on `page` its holder decides."""

    def __init__(self, text: str, page: str) -> None:
        super().__init__(text)
        self.page = page


class Unreadable(Exception):
    """What was sent for a call cannot be read as one, and is on record."""

    reason = "unreadable"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and its JSON."""

    answer: Result
    body: bytes


@dataclass(frozen=True, slots=True)
class Calls:
    """Answers calls: with these tools, from this database, recording under these keys."""

    tools: dict[str, Tool]
    pool: Pool
    keys: KeyRing
    origin: str
    """Where the pages are."""

    def link(self, path: str) -> str:
        """The address of a page."""
        return self.origin + path

    async def ask(
        self,
        token: Token,
        caller: Caller,
        question: Question | None,
        given: Any,
        *,
        name: Any,
        unknown: type[Unknown],
    ) -> Answered:
        """Give the answer to a question, which is on record by then.

        Raises CallFailed for what the model or person can mend, `unknown` where there is none of
        that name for this caller, and for the edge to say: BeyondGrant, NotAuthenticated,
        AccessRefused, RateLimited, Unavailable.
        """
        call = Call(self, token, caller, str(name), question, unknown=unknown)
        try:
            return await call.run(given)
        except (NotAuthenticated, AccessRefused, RateLimited) as refusal:
            await call.record_refusal(refusal)
            raise
        except CallBlocked:
            raise
        except Exception as error:
            raise await call.record_failure(error) from error

    async def record_unreadable(self, token: Token, caller: Caller) -> None:
        """Put on record a call that was refused before its tool was named.

        Raises NotAuthenticated, AccessRefused, RateLimited, Unavailable.
        """
        await Call(self, token, caller, None, None).record_failure(Unreadable())


class Call:
    """One call while it runs."""

    def __init__(
        self,
        calls: Calls,
        token: Token,
        caller: Caller,
        name: str | None,
        question: Question | None,
        *,
        unknown: type[Unknown] = Unknown,
    ) -> None:
        """`name` is None for a call that cannot be read."""
        self._calls = calls
        self._token = token
        self._caller = caller
        self._name = name and name[:_LONGEST_NAME]
        self._question = question
        self._unknown = unknown
        self._counted = False
        self._limited = False
        self._arguments: dict[str, Any] = {}
        self._harmless: frozenset[str] = frozenset()
        self._named: list[UUID] = []

    async def run(self, given: Any) -> Answered:
        """Ask, answer, record, commit: one transaction, in which the context is signed."""
        question = self._question
        if question is None:
            raise self._unknown
        self._read(question, given)
        self._counted = True
        begin = opening.request(self._token.hash, counted=True)
        async with clinic_transaction(self._calls.pool, begin) as clinic:
            clinic.check(question.allow)
            try:
                answered = await self._answer(question, clinic)
            except Held as held:
                answered = CallBlocked(str(held), held.page)
                self._record(
                    clinic, CallStatus.BLOCKED_INJECTION, self._named, reason="untrusted_text_read"
                )
            failpoint.reach("call.recorded")
        failpoint.reach("call.committed")
        if isinstance(answered, CallBlocked):
            raise answered
        return answered

    async def _answer(self, question: Question, clinic: ClinicSession) -> Answered:
        """Ask and answer; the row of the call, and the taint if it gives one, are queued."""
        answer, body, wrapping = await self._ask(question, clinic)
        failpoint.reach("call.answered")
        patients = self._named
        if question.patients_in is not None:
            patients = list(dict.fromkeys([*patients, *question.patients_in(answer)]))
        row_id = self._record(
            clinic,
            CallStatus.OK,
            patients,
            response_bytes=len(body),
            signals=signals_in(wrapping.texts),
        )
        if wrapping.sources:
            taint.record(clinic, audit_id=row_id, tool_name=question.recorded_as)
        return Answered(answer, body)

    async def _ask(
        self, question: Question, clinic: ClinicSession
    ) -> tuple[Result, bytes, Wrapping]:
        """The answer, marked, and its JSON. If that is too long, fewer rows are asked for.

        More than usual is given to who says how much, and where one row alone is more.
        """
        arguments = self._arguments
        given = {"link": self._calls.link} if question.links else {}
        while True:
            answer = await question.function(clinic, **arguments, **given)
            limit = arguments.get("limit", 1)
            most = LARGEST_ANSWER if self._limited or limit == 1 else USUAL_ANSWER
            size, wrapping = len(_MEASURE(answer)), Wrapping()
            if size <= most or limit == 1:
                if question.mark is not None:
                    question.mark(answer, wrapping)
                body = _ENCODE(answer)
                size = len(body)
                if size <= most:
                    return answer, body, wrapping
            if limit == 1:
                raise InvalidInput({"answer": _too_long(size)})
            fewer = min(limit * most // size, limit - 1)
            arguments = {**arguments, "limit": max(1, fewer)}

    async def record_refusal(self, refusal: ClinicError) -> None:
        """Put a refused call on record; of one minute's refusals by rate, the first."""
        limited = isinstance(refusal, RateLimited)
        if isinstance(refusal, RateLimited) and refusal.refused > 1:
            return
        await record_refused(
            self._calls.pool,
            self._token.hash,
            self._caller,
            tool_name=self._name_on_record(),
            status=CallStatus.RATE_LIMITED if limited else CallStatus.ERROR,
            reason=refusal.reason,
        )

    async def record_failure(self, error: Exception) -> Exception:
        """Put a failed call on record in a transaction of its own; give what to say of it."""
        said = self._said(error)
        begin = opening.request(self._token.hash, counted=not self._counted)
        try:
            async with clinic_transaction(self._calls.pool, begin) as clinic:
                await clinic.begin()
                said = self._as_far_as_allowed(clinic, said)
                refusal = said if isinstance(said, Unknown) else error
                reason = getattr(refusal, "reason", None) or type(error).__name__
                self._record(clinic, CallStatus.ERROR, self._named, reason=reason)
        except (NotAuthenticated, AccessRefused, RateLimited) as refusal:
            await self.record_refusal(refusal)
            raise
        return said

    def _said(self, error: Exception) -> Exception:
        """What is told: a safe message, or the number under which the fault is logged."""
        match error:
            case Unknown() | NotPermitted():
                return self._unknown()
            case Unreadable():
                return error
            case InvalidInput() | NotFound():
                return CallRefused(str(error))
            case ClinicError():
                return CallFailed(str(error))
            case _:
                incident = log_incident(error)
                return CallFailed(
                    f"This is a fault of the server, not of the call. Nothing was changed. "
                    f"It is on record as incident {incident}; the operator can look it up."
                )

    def _read(self, question: Question, given: Any) -> None:
        """Take the arguments; of wrong ones the record has their text, hidden."""
        try:
            self._arguments = parse(question.parameters, given)
            asked = cast("dict[str, object]", given or {})
            self._limited = asked.get("limit") is not None
            self._harmless = question.harmless
        except WrongArguments as wrong:
            self._arguments = {**_as_text(question, given), **wrong.right}
            self._harmless = question.harmless & wrong.right.keys()
            raise
        finally:
            named = [self._arguments.get(name) for name in question.named_patients]
            self._named = [patient for patient in named if isinstance(patient, UUID)]

    def _as_far_as_allowed(self, clinic: ClinicSession, said: Exception) -> Exception:
        """What another role may ask is unknown, also when its arguments are wrong."""
        if self._question is not None:
            try:
                self._question.allow(clinic.principal, clinic.grant)
            except Unknown as unknown:
                return unknown
        return said

    def _name_on_record(self, key: bytes | None = None) -> str:
        """What it is called; of an unknown one nothing but a hash, where there is a key for it."""
        if self._name is None:
            return Unreadable.reason
        if self._question is not None:
            return self._question.recorded_as
        return f"unknown:{redaction.keyed(self._name, key)['h']}" if key else "unknown"

    def _record(
        self,
        clinic: ClinicSession,
        status: CallStatus,
        patients: list[UUID],
        *,
        response_bytes: int = 0,
        reason: str | None = None,
        signals: Sequence[str] = (),
    ) -> UUID:
        grant, principal = clinic.grant, clinic.principal
        if grant.wrapped_key is None or grant.key_id is None:
            raise Unavailable("This clinic has no key for its audit log.")
        key = self._calls.keys.open(
            grant.wrapped_key, tenant_id=principal.tenant_id, key_id=grant.key_id
        )
        return record_call(
            clinic,
            self._caller,
            tool_name=self._name_on_record(key),
            args_redacted=redaction.redact(self._arguments, self._harmless, key),
            patient_refs=patients,
            response_bytes=response_bytes,
            status=status,
            reason=reason,
            signals=signals,
        )


def _as_text(question: Question, given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    raw = cast("dict[str, object]", given)
    named = ((p.name, raw.get(p.name)) for p in question.parameters)
    return {name: str(value) for name, value in named if value is not None}


def _too_long(size: int) -> str:
    tokens, most = size // BYTES_A_TOKEN, LARGEST_ANSWER // BYTES_A_TOKEN
    return (
        f"would take about {tokens} tokens of at most {most}, and cannot be cut further; ask for "
        "shorter dates, for one patient, or read it in the web app"
    )
