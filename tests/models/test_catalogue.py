"""The catalogue holds what the models and the short lists say, and nothing else."""

from collections.abc import Callable
from typing import Any

from psycopg import Connection

from tests.ground import SUPERUSER
from tests.models.catalogue.examination import examine


def test_the_database_is_exactly_as_said(connect: Callable[[str], Connection[Any]]):
    with (db := connect(SUPERUSER)).transaction():
        found = examine(db)
    assert not found, "\n".join(found)
