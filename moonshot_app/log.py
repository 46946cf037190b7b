"""What may not reach the log: cookies, what people typed, the text of errors."""

import logging
from typing import Final
from uuid import UUID

from models.identifier import uuid7

_LOG = logging.getLogger(__name__)
_TELL: Final = ("reflex", "reflex_base", "socketio", "engineio", "asyncio")
"""Log what they were sent: whole events with the Cookie header, values, names of tabs' states."""

_THEIR_OWN: Final = ("engineio.server", "socketio.server")
"""Log through handlers that they make themselves."""


class _PlaceOnly(logging.Filter):
    """Leaves of a record of others where it comes from, and of an error its kind."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] in _TELL:
            record.msg, record.args = f"said something in {record.module}:{record.lineno}", ()
        if record.exc_info and record.exc_info[1] is not None:
            bare = _bare(record.exc_info[1])
            record.exc_info, record.exc_text = (type(bare), bare, bare.__traceback__), None
        return True


def quiet() -> None:
    """Keep the framework from logging what it was sent: once there are handlers."""
    for each in (*logging.getLogger().handlers, *map(logging.getLogger, _THEIR_OWN)):
        each.addFilter(_PlaceOnly())
    # The address of a websocket holds the name of its tab's state.
    for name in ("httpx", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)


def page_failed(exception: Exception) -> None:
    """A page reports a fault: what it says may hold what it showed."""
    del exception
    _LOG.warning("a page reported a fault of its own")


def incident(exception: Exception) -> UUID:
    """Log a fault by its place alone, for its text may tell; give the number to say aloud."""
    number = uuid7()
    _LOG.error("incident %s", number, exc_info=_bare(exception))
    return number


def _bare(exception: BaseException) -> RuntimeError:
    return RuntimeError(type(exception).__name__).with_traceback(exception.__traceback__)
