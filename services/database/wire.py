"""One connection to PostgreSQL, always in libpq's pipeline mode: many statements, one round trip.

This is the only file that touches libpq. A connection that failed in flight is never used again.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

from services.database.statement import Statement
from services.errors import Unavailable

Ask = tuple[Statement, Sequence[bytes | None]]
Rows = list[tuple[Any, ...]]

_CONNECT_SECONDS = 5
_OPTIONS = "-c timezone=UTC -c client_encoding=UTF8 -c intervalstyle=postgres"
_BINARY = pq.Format.BINARY
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED)


class Wire:
    """A connection. `exchange` is its one verb; whoever cancels it must throw the wire away."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._loads = Transformer(connection)
        self._prepared: set[bytes] = set()
        self._answer: asyncio.Future[None] | None = None
        self._results: list[list[Any]] = []
        self._awaited = 0
        self._loop = asyncio.get_running_loop()
        self._pg.enter_pipeline_mode()
        self._loop.add_reader(self._pg.socket, self._readable)

    @classmethod
    async def connect(cls, url: str) -> "Wire":
        """Log in; Unavailable when the server cannot be reached within five seconds."""
        try:
            connection = await psycopg.AsyncConnection.connect(
                url, autocommit=True, connect_timeout=_CONNECT_SECONDS, options=_OPTIONS
            )
        except psycopg.OperationalError as error:
            raise Unavailable("The database cannot be reached.") from error
        return cls(connection)

    @property
    def idle(self) -> bool:
        """Whether it may be handed on: nothing in flight, alive, in no transaction."""
        return (
            self._answer is None
            and self._pg.status == pq.ConnStatus.OK
            and self._pg.transaction_status == pq.TransactionStatus.IDLE
        )

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, failed or not."""
        return self._pg.transaction_status in (
            pq.TransactionStatus.INTRANS,
            pq.TransactionStatus.INERROR,
        )

    async def exchange(self, *batches: Sequence[Ask]) -> list[list[Rows]]:
        """Send all batches at once; give each one's rows. Raise the first batch's error, if any.

        A batch stands or falls as a whole: after an error, the rest of it is not run. The batches
        after it are run nevertheless. Raises psycopg.Error as the server said it, or Unavailable
        when the connection broke.
        """
        if self._answer is not None or self._pg.status != pq.ConnStatus.OK:
            raise Unavailable("The connection to the database is broken.")
        names = [self._send(batch) for batch in batches]
        self._results, self._awaited = [[]], len(batches)
        self._answer = answer = self._loop.create_future()
        await self._flush()
        await answer
        return [self._rows(r, new) for r, new in zip(self._results, names, strict=False)]

    def close(self) -> None:
        """End the connection at once, whatever is in flight."""
        if self._pg.status == pq.ConnStatus.OK:
            self._loop.remove_reader(self._pg.socket)
            self._loop.remove_writer(self._pg.socket)
        self._pg.finish()

    def _send(self, batch: Sequence[Ask]) -> list[bytes | None]:
        """Queue a batch; give, for each result to come, the name it prepares or None."""
        results: list[bytes | None] = []
        new: set[bytes] = set()
        for statement, values in batch:
            name = statement.name
            if name not in self._prepared and name not in new:
                self._pg.send_prepare(name, statement.sql)
                new.add(name)
                results.append(name)
            self._pg.send_query_prepared(name, values, result_format=_BINARY)
            results.append(None)
        self._pg.pipeline_sync()
        return results

    async def _flush(self) -> None:
        while self._pg.flush():
            writable = self._loop.create_future()
            self._loop.add_writer(self._pg.socket, _settle, writable)
            try:
                await writable
            finally:
                self._loop.remove_writer(self._pg.socket)

    def _readable(self) -> None:
        pg = self._pg
        try:
            pg.consume_input()
            between = False
            while self._awaited and not pg.is_busy():
                result = pg.get_result()
                if result is None:
                    if between:
                        return
                    between = True
                    continue
                between = False
                if result.status == pq.ExecStatus.PIPELINE_SYNC:
                    self._awaited -= 1
                    if self._awaited:
                        self._results.append([])
                else:
                    self._results[-1].append(result)
            if not self._awaited:
                self._settle_answer(None)
        except psycopg.Error:
            self._loop.remove_reader(pg.socket)
            self._settle_answer(Unavailable("The connection to the database broke."))

    def _settle_answer(self, error: Exception | None) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)

    def _rows(self, results: list[Any], prepares: list[bytes | None]) -> list[Rows]:
        rows: list[Rows] = []
        for result, prepared in zip(results, prepares, strict=False):
            if result.status in _FAILED:
                raise psycopg.errors.error_from_result(result)
            if prepared is not None:
                self._prepared.add(prepared)
            elif result.status == pq.ExecStatus.TUPLES_OK:
                self._loads.set_pgresult(result)
                rows.append(self._loads.load_rows(0, result.ntuples, tuple))
            else:
                rows.append([()] * (result.command_tuples or 0))
        return rows


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
