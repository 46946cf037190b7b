"""Everything that is not exactly as said, found by asking the catalogue. Default deny."""

from typing import Any

from psycopg import Connection

from services.database import catalogue
from tests.models.catalogue import functions, grants, keys, relations, surroundings

_PARTS = (relations, keys, grants, functions, surroundings, catalogue)
"""The last is the product's own: what `moonshot doctor` looks at."""


def examine(db: Connection[Any]) -> list[str]:
    """Looks at the database in the transaction that has begun, as a superuser."""
    # So that every name in an expression is printed with its schema.
    db.execute("SET LOCAL search_path = pg_catalog")
    return sorted(f"{place}: {what}" for part in _PARTS for place, what in part.findings(db))
