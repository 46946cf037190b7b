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
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False

    @asynccontextmanager
    async def wire(self) -> AsyncGenerator[Wire]:
        """Lend a connection that is idle; take it back only if it still is.

        Raises Unavailable when none comes free within five seconds, or none can be opened.
        """
        wire = await self._take()
        try:
            yield wire
        finally:
            self._give_back(wire)

    async def check(self) -> None:
        """Raise Unavailable unless the database answers."""
        async with self.wire() as wire:
            await wire.exchange(())

    async def close(self) -> None:
        """Close what is free now, and the rest as it comes back."""
        self._closed = True
        self._close_free()

    async def _take(self) -> Wire:
        while not self._free and not self._places:
            await self._wait_for_place()
        while self._free:
            wire = self._free.pop()
            if wire.idle:
                return wire
            wire.close()
            self._places += 1
        self._places -= 1
        try:
            return await Wire.connect(self._url)
        except BaseException:
            self._places += 1
            self._wake_one()
            raise

    async def _wait_for_place(self) -> None:
        loop = asyncio.get_running_loop()
        place: asyncio.Future[None] = loop.create_future()
        self._waiting.append(place)
        # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that meets the answer.
        patience = loop.call_later(_WAIT_SECONDS, _turn_away, place)
        try:
            await place
        except BaseException:
            if place.done() and not place.cancelled() and place.exception() is None:
                self._wake_one()
            raise
        finally:
            patience.cancel()

    def _give_back(self, wire: Wire) -> None:
        if wire.outdated:
            # The schema has changed, for the statements of the others as well.
            self._close_free()
        if wire.idle and not self._closed:
            self._free.append(wire)
        else:
            wire.close()
            self._places += 1
        self._wake_one()

    def _close_free(self) -> None:
        while self._free:
            self._free.pop().close()
            self._places += 1

    def _wake_one(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return


def _turn_away(place: asyncio.Future[None]) -> None:
    if not place.done():
        place.set_exception(Unavailable("All connections to the database are busy."))
