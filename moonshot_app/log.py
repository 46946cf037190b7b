"""What may not reach the log: cookies, what people typed, the text of errors."""

import logging
from typing import Final
from uuid import UUID

from models.identifier import uuid7

_LOG = logging.getLogger(__name__)
_TELLS: Final = "reflex_base.event.processor.event_processor"
"""Logs whole events, with the Cookie header, when it does not know their name."""


class _NameOnly(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = "an event was not taken", ()
        record.exc_info = None
        return True


def quiet() -> None:
    """Keep the framework from logging what it was sent."""
    logging.getLogger(_TELLS).addFilter(_NameOnly())
    # The address of a websocket holds the name of its tab's state.
    for name in ("httpx", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)


def incident(exception: Exception) -> UUID:
    """Log a fault by its place alone, for its text may tell; give the number to say aloud."""
    number = uuid7()
    bare = RuntimeError(type(exception).__name__).with_traceback(exception.__traceback__)
    _LOG.error("incident %s", number, exc_info=bare)
    return number
