"""The body of a request, read whole, unless it is too large or too slow."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

BODY_SECONDS: Final = 10.0
"""How long a body may take to arrive."""


class TooLarge(Exception):
    """More bytes than are taken."""


class TooSlow(Exception):
    """It took too long to arrive."""


async def read_body(
    length: str | None, receive: Callable[[], Awaitable[MutableMapping[str, Any]]], *, largest: int
) -> bytes | None:
    """The body of at most so many bytes, or None when the client went away.

    `length` is what the Content-Length header says. Raises TooLarge, if need be before the first
    byte has come, and TooSlow.
    """
    if length is not None and not (length.isdecimal() and int(length) <= largest):
        raise TooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                part = await receive()
                if part["type"] == "http.disconnect":
                    return None
                body += part.get("body", b"")
                if len(body) > largest:
                    raise TooLarge
                if not part.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise TooSlow from None
