"""One connection to PostgreSQL, always in libpq's pipeline mode: many statements, one round trip.

This is the only file that touches libpq. A connection that failed in flight is never used again.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

from services.database.statement import Statement
from services.errors import Unavailable

_LOG = logging.getLogger(__name__)

Ask = tuple[Statement, Sequence[bytes | None]]
Rows = list[tuple[Any, ...]]

_CONNECT_SECONDS = 5
_NETWORK: dict[str, Any] = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""After half a minute of silence from the other side's network, a connection is broken."""
_OPTIONS = (
    "-c timezone=UTC -c client_encoding=UTF8 -c intervalstyle=postgres"
    " -c plan_cache_mode=force_generic_plan"
)
"""A statement is planned once, and that plan serves any value.

PostgreSQL's own choice would be to plan it anew for the values of each of the first five calls.
Here that costs time and gives worse plans: the clinic comes from a function, so no value says how
many rows it has, and one end of a range alone is taken for a large part of the table.
"""
_BINARY = pq.Format.BINARY
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED)
_COPY = (pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_BOTH)
_OUTDATED = ("0A000", "26000", "42P05")
"""A prepared statement no longer fits its table, is gone, or is not the one we prepared."""


class Wire:
    """A connection. `exchange` is its one verb; cancelled, it ends the connection."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._socket = self._pg.socket
        # SQL's PREPARE shares our names: injected SQL that knew one could make it mean another.
        self._mark = os.urandom(8).hex().encode()
        self._loads = Transformer(connection)
        self._prepared: set[bytes] = set()
        self._answer: asyncio.Future[None] | None = None
        self._results: list[Any] = []
        self._loop = asyncio.get_running_loop()
        self._pg.enter_pipeline_mode()
        self._watch()
        self.outdated = False
        """Whether its prepared statements may no longer fit the schema; then it is not idle."""

    @classmethod
    async def connect(cls, url: str) -> "Wire":
        """Log in; Unavailable when the server cannot be reached within five seconds."""
        try:
            connection = await psycopg.AsyncConnection.connect(
                url, autocommit=True, options=_OPTIONS, **_NETWORK
            )
        except psycopg.OperationalError as error:
            _LOG.warning("The database cannot be reached: %s", error)
            raise Unavailable("The database cannot be reached. Try again in a moment.") from error
        return cls(connection)

    @property
    def idle(self) -> bool:
        """Whether it may be handed on: nothing in flight, alive, in no transaction."""
        return (
            self._answer is None
            and not self.outdated
            and self._pg.status == pq.ConnStatus.OK
            and self._pg.transaction_status == pq.TransactionStatus.IDLE
        )

    @property
    def nothing_to_commit(self) -> bool:
        """Whether the transaction failed or was ended: COMMIT would say so in a notice alone."""
        return self._pg.transaction_status in (
            pq.TransactionStatus.INERROR,
            pq.TransactionStatus.IDLE,
        )

    async def exchange(self, asks: Sequence[Ask]) -> list[Rows]:
        """Send all at once; give each one's rows.

        After an error, the rest is not run. Raises psycopg.Error as the server said it, or
        Unavailable when the connection broke.
        """
        if self._answer is not None or self._pg.status != pq.ConnStatus.OK:
            raise Unavailable("The connection to the database is broken. Try again in a moment.")
        self._answer = answer = self._loop.create_future()
        self._results = []
        try:
            prepares = self._send(asks)
            if self._pg.flush():
                self._loop.add_writer(self._socket, self._writable)
            await answer
        except psycopg.Error:
            self.close()
            raise Unavailable(
                "The connection to the database broke. Try again in a moment."
            ) from None
        except BaseException:
            self.close()
            raise
        return self._rows(self._results, prepares)

    def close(self) -> None:
        """End the connection at once, whatever is in flight."""
        # libpq closes the socket of a broken connection by itself: we go by the number it had.
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket = -1
        self._pg.finish()

    def _send(self, asks: Sequence[Ask]) -> list[bytes | None]:
        """Queue them; give, for each result to come, the name it prepares or None."""
        new: set[bytes] = set()
        prepares: list[bytes | None] = []
        for statement, values in asks:
            name = statement.name + self._mark
            if name not in self._prepared and name not in new:
                self._pg.send_prepare(name, statement.sql)
                new.add(name)
                prepares.append(name)
            self._pg.send_query_prepared(name, values, result_format=_BINARY)
            prepares.append(None)
        self._pg.pipeline_sync()
        return prepares

    def _writable(self) -> None:
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._fail(error)

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            self._collect()
        except psycopg.Error as error:
            self._fail(error)
        if self._answer is not None:
            self._loop.call_soon(self._watch)

    def _watch(self) -> None:
        """Listen on: uvloop stops for good at an error, with the end of it still to be read."""
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.add_reader(self._socket, self._readable)

    def _collect(self) -> None:
        """Take what has arrived; None stands between the results of two statements."""
        pg, between = self._pg, False
        while self._answer is not None and not pg.is_busy():
            result = pg.get_result()
            if result is None:
                if between:
                    return
                between = True
                continue
            between = False
            if result.status in _COPY:
                raise psycopg.NotSupportedError("COPY cannot be spoken here.")
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                answer, self._answer = self._answer, None
                if not answer.done():
                    answer.set_result(None)
            else:
                self._results.append(result)

    def _fail(self, error: psycopg.Error) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _rows(self, results: list[Any], prepares: list[bytes | None]) -> list[Rows]:
        rows: list[Rows] = []
        failed = None
        for result, name in zip(results, prepares, strict=True):
            if result.status in _FAILED:
                failed = failed or result
            elif name is not None:
                self._prepared.add(name)
            elif result.status == pq.ExecStatus.TUPLES_OK:
                self._loads.set_pgresult(result)
                rows.append(self._loads.load_rows(0, result.ntuples, tuple))
            else:
                rows.append([()] * (result.command_tuples or 0))
        if failed is not None:
            raise self._error(failed)
        return rows

    def _error(self, result: Any) -> psycopg.Error:
        error = psycopg.errors.error_from_result(result)
        self.outdated = self.outdated or error.sqlstate in _OUTDATED
        return error
