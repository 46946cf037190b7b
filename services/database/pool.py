"""The connections of one process: last in, first out, replaced when one breaks."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from services.database.wire import Wire
from services.errors import Unavailable

_WAIT_SECONDS = 5.0


class Pool:
    """At most `size` connections, opened when first needed."""

    def __init__(self, url: str, *, size: int) -> None:
        self._url = url
        self._free: list[Wire] = []
        self._places = size
        self._waiting: deque[asyncio.Future[Wire | None]] = deque()
        self._closed = False

    @asynccontextmanager
    async def wire(self) -> AsyncGenerator[Wire]:
        """Lend a connection that is idle; take it back only if it still is.

        Raises Unavailable when none comes free within five seconds, or none can be opened.
        """
        wire = await self.take()
        try:
            yield wire
        finally:
            self.give_back(wire)

    async def check(self) -> None:
        """Raise Unavailable unless the database answers."""
        async with self.wire() as wire:
            await wire.exchange(())

    async def close(self) -> None:
        """Close what is free now, and the rest as it comes back."""
        self._closed = True
        self._close_free()

    async def take(self) -> Wire:
        """Lend a connection as `wire` does, for whoever gives it back whatever happens."""
        wire = await self._next()
        if wire is not None:
            if wire.idle:
                return wire
            wire.close()
        try:
            return await Wire.connect(self._url)
        except BaseException:
            self._places += 1
            self._serve_waiting()
            raise

    def give_back(self, wire: Wire) -> None:
        """Take a connection back: into the pool if it is idle, else it is closed."""
        if wire.outdated:
            # The schema has changed, for the statements of the others as well.
            self._close_free()
        if wire.idle and not self._closed:
            self._free.append(wire)
        else:
            wire.close()
            self._places += 1
        self._serve_waiting()

    async def _next(self) -> Wire | None:
        """A free connection, or None: a place to open one. Who waits is served first."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Wire | None] = loop.create_future()
        self._waiting.append(turn)
        self._serve_waiting()
        if turn.done():
            return turn.result()
        # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that meets the answer.
        patience = loop.call_later(_WAIT_SECONDS, _turn_away, turn)
        try:
            return await turn
        except BaseException:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._hand_back(turn.result())
            raise
        finally:
            patience.cancel()

    def _serve_waiting(self) -> None:
        while self._waiting and (self._free or self._places):
            turn = self._waiting.popleft()
            if turn.done():
                continue
            if self._free:
                turn.set_result(self._free.pop())
            else:
                self._places -= 1
                turn.set_result(None)

    def _hand_back(self, unused: Wire | None) -> None:
        if unused is None:
            self._places += 1
            self._serve_waiting()
        else:
            self.give_back(unused)

    def _close_free(self) -> None:
        while self._free:
            self._free.pop().close()
            self._places += 1


def _turn_away(turn: asyncio.Future[Wire | None]) -> None:
    if not turn.done():
        turn.set_exception(
            Unavailable("All connections to the database are busy. Try again in a moment.")
        )
