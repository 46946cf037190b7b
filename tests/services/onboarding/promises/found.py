"""What a promise finds: its examples. Finding nothing breaks it."""

from collections.abc import Sequence

Found = Sequence[object]


def at_least(count: int, found: Found) -> Found:
    """The examples, where there are enough of them."""
    return found if len(found) >= count else ()
