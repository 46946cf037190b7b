"""Named points at which a test may end the process, to see what a crash there leaves behind.

Nothing can be armed from outside: only code in this process can set `reached`.
"""

from collections.abc import Callable


def _nothing(_: str) -> None:
    pass


reached: Callable[[str], None] = _nothing
"""Called with the name of a point that was reached."""


def reach(name: str) -> None:
    """Say that the process is here."""
    reached(name)
