"""What a client asks for, and what a grant may do: two words."""

from typing import Final

OURS: Final = "clinic:"
READ: Final = "clinic:read"
PROPOSE: Final = "clinic:propose"
"""Propose chart notes and messages, which a person signs or not."""
SUPPORTED: Final = (READ, PROPOSE)
ALL: Final = " ".join(SUPPORTED)


def of_grant(*, read_only: bool) -> str:
    """What is told to the client that it was granted."""
    return READ if read_only else ALL
