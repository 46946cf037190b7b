"""ClinicSession: one transaction under a verified context, the only way to a clinic's rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from models.permission import Permission
from services.database.opening import REQUESTS_A_MINUTE, Grant, Opening
from services.database.pool import Pool
from services.database.statement import Statement
from services.database.wire import Ask, Rows, Wire
from services.errors import (
    AccessRefused,
    EmailTaken,
    NotAuthenticated,
    RateLimited,
    Unavailable,
)
from services.principal import Principal

if TYPE_CHECKING:
    from models.base import ClinicRow
    from services.database import bulk

_BEGIN: Ask = (Statement(b"BEGIN"), ())
_COMMIT: Ask = (Statement(b"COMMIT"), ())
_COMMIT_AND_BEGIN: Ask = (Statement(b"COMMIT AND CHAIN"), ())
_ROLLBACK: Ask = (Statement(b"ROLLBACK"), ())
_CLEAN: tuple[Ask, ...] = (
    (Statement(b"CLOSE ALL"), ()),
    (Statement(b"RESET ALL"), ()),
    (Statement(b"UNLISTEN *"), ()),
)
"""Behind every end: what an injected statement left in the session must not meet the next call."""

Check = Callable[[Principal, Grant], None]
"""Raises unless this person may do what is being done."""

_TOO_SLOW = ("57014", "55P03", "25P03")
"""Statement timeout, lock timeout, idle transaction ended."""


class ClinicSession:
    """A transaction of one clinic. It begins with its first question, in the same round trip."""

    def __init__(self, wire: Wire, opening: Opening) -> None:
        self._wire = wire
        self._opening = opening
        self._begun: tuple[Principal, Grant] | None = None
        self._checks: list[Check] = []
        self._queued: list[Ask] = []

    @property
    def principal(self) -> Principal:
        """Who acts; RuntimeError before the first question was answered."""
        return self._facts[0]

    @property
    def grant(self) -> Grant:
        """What the credential narrows; RuntimeError before the first question was answered."""
        return self._facts[1]

    @property
    def _facts(self) -> tuple[Principal, Grant]:
        if self._begun is None:
            raise RuntimeError("The transaction has not begun: ask something first.")
        return self._begun

    def require(self, permission: Permission) -> None:
        """Refuse unless the role grants it: at once, or before the first row is handed out."""
        self.check(lambda principal, _: principal.require(permission))

    def check(self, check: Check) -> None:
        """Let a check refuse: at once, or before the first row is handed out."""
        if self._begun is None:
            self._checks.append(check)
        else:
            check(*self._begun)

    async def begin(self) -> Principal:
        """Begin without a question, where the answer depends on who asks."""
        if self._begun is None:
            await self._exchange(())
        return self.principal

    async def rows(self, statement: Statement, **values: Any) -> Rows:
        """Ask one question."""
        return (await self.ask((statement, values)))[0]

    async def ask(self, *questions: tuple[Statement, dict[str, Any]]) -> list[Rows]:
        """Ask several questions in one round trip."""
        return await self._exchange([(s, s.values(values)) for s, values in questions])

    def queue(self, statement: Statement, **values: Any) -> None:
        """Send a change with the next round trip, at the latest with the commit."""
        self._queued.append((statement, statement.values(values)))

    async def insert(self, rows: "Iterable[ClinicRow]") -> int:
        """Insert rows, tables in the order of their first row; give how many."""
        from services.database import bulk  # noqa: PLC0415 -- SQLAlchemy is half of a start

        asks = bulk.inserts(rows)
        return sum(len(r) for r in await self._exchange(asks)) if asks else 0

    async def upsert(
        self, rows: "Sequence[ClinicRow]", keep: frozenset[str] = frozenset()
    ) -> "bulk.Upserted":
        """Insert rows of one table or change those that differ, by key; count both."""
        from services.database import bulk  # noqa: PLC0415 -- as above

        return bulk.Upserted.of(await self._exchange([bulk.upsert(rows, keep)]) if rows else [[]])

    async def _exchange(self, asks: Sequence[Ask]) -> list[Rows]:
        queued, self._queued = self._queued, []
        if self._begun is not None:
            return (await self._send(*queued, *asks))[len(queued) :]
        opening = self._opening
        counted = () if opening.counted is None else (opening.counted, _COMMIT_AND_BEGIN)
        before = (_BEGIN, *counted, opening.begin, *queued)
        rows = await self._send(*before, *asks)
        self._begun = opening.read(rows[len(counted) + 1][0])
        for check in self._checks:
            check(*self._begun)
        return rows[len(before) :]

    async def _send(self, *asks: Ask) -> list[Rows]:
        try:
            return await self._wire.exchange(asks)
        except psycopg.Error as error:
            raise _clinic_error(error) from error

    async def commit(self) -> None:
        """Send what is queued and make it last; raise, having changed nothing, if that fails."""
        if self._begun is None:
            if not self._queued:
                return
            await self._exchange(())
        if self._wire.nothing_to_commit:
            raise RuntimeError("The transaction failed or was ended: there is nothing to commit.")
        queued, self._queued = self._queued, []
        await self._send(*queued, _COMMIT, *_CLEAN)

    async def rollback(self) -> None:
        """Undo everything."""
        await _undo(self._wire)


class clinic_transaction:  # noqa: N801 -- used as a function: `async with clinic_transaction(…)`
    """Lend a session; commit behind it, or undo everything if it raised."""

    __slots__ = ("_opening", "_pool", "_session", "_wire")

    def __init__(self, pool: Pool, opening: Opening) -> None:
        self._pool = pool
        self._opening = opening

    async def __aenter__(self) -> ClinicSession:
        self._wire = await self._pool.take()
        self._session = ClinicSession(self._wire, self._opening)
        return self._session

    async def __aexit__(self, raised: type[BaseException] | None, *_: object) -> None:
        try:
            if raised is None:
                await self._commit()
            else:
                await self._session.rollback()
        finally:
            self._pool.give_back(self._wire)

    async def _commit(self) -> None:
        try:
            await self._session.commit()
        except BaseException:
            await self._session.rollback()
            raise


async def _undo(wire: Wire) -> None:
    """Roll back. Whatever fails here breaks the connection, which undoes everything too."""
    try:
        await wire.exchange((_ROLLBACK, *_CLEAN))
    except (psycopg.Error, Unavailable):
        wire.close()


def _clinic_error(error: psycopg.Error) -> Exception:
    if error.sqlstate == "28000":
        return NotAuthenticated("The credential is unknown, expired or revoked.")
    if error.sqlstate == "MC403":
        return AccessRefused(error.diag.message_primary or "")
    if error.sqlstate == "MC429":
        refused, seconds = (error.diag.message_primary or "").split()
        return RateLimited(limit=REQUESTS_A_MINUTE, refused=int(refused), retry_after=int(seconds))
    if error.diag.constraint_name == "uq_users_email":
        return EmailTaken("This e-mail address has an account already.")
    if error.sqlstate in _TOO_SLOW:
        return Unavailable(
            "The database did not answer in time; nothing was done. Try again in a moment."
        )
    return error


async def without_context(pool: Pool, function: Statement, **values: Any) -> Rows:
    """Call one of the functions that say who it is (sign-in, refusals): tables show no row here."""
    async with pool.wire() as wire:
        try:
            ask = (function, function.values(values))
            rows = await wire.exchange((_BEGIN, ask, _COMMIT, *_CLEAN))
        except psycopg.Error as error:
            await _undo(wire)
            raise _clinic_error(error) from error
        return rows[1]
