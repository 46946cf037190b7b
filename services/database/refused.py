"""What the database would not take, said by table and rule: never by value."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg import errors

_OTHERS_FIRST = (errors.DeadlockDetected, errors.SerializationFailure)
_ABOUT_ROWS = ("22", "23", "53", "54")
"""Classes of SQLSTATE: a value, a constraint, no room, a limit. All else is a fault of ours."""


class RowRefused(Exception):
    """A row does not fit its table, or another transaction was in the way."""


@contextmanager
def refusals_explained() -> Generator[None]:
    """Raise RowRefused for what the database refuses in the block; its own words hold values."""
    try:
        yield
    except _OTHERS_FIRST:
        raise RowRefused("another change to the same rows was going on. Run it again.") from None
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate[:2] not in _ABOUT_ROWS:
            raise
        rule = error.diag.constraint_name or error.diag.column_name or error.sqlstate
        table = error.diag.table_name or "a table"
        raise RowRefused(f"the database refused a row of {table} ({rule}).") from None
