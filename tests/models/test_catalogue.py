"""The catalogue holds what the models and the short lists say, and nothing else.

Each deliberate fault below is told; so a database of which nothing is told has none of them.
"""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from tests.ground import SUPERUSER
from tests.models.catalogue.examination import examine
from tests.models.faults import access, tables
from tests.models.faults.fault import Fault


@pytest.fixture
def db(connect: Callable[[str], Connection[Any]]) -> Connection[Any]:
    return connect(SUPERUSER)


@pytest.mark.promise(
    "4.roles.no-power",
    "4.roles.own-nothing",
    "4.roles.auth-cannot-enter",
    "4.tables.tenant-or-listed",
    "4.tables.clinic-first",
    "4.tables.forced",
    "4.tables.catalogue",
    "4.tables.no-sequence",
    "4.identity.listed-functions",
    "10.log.insert-and-select",
)
def test_the_database_is_exactly_as_said(db: Connection[Any]):
    with db.transaction():
        found = examine(db)
    assert not found, "\n".join(found)


@pytest.mark.promise(
    "4.roles.no-power",
    "4.tables.tenant-or-listed",
    "4.tables.clinic-first",
    "4.tables.forced",
    "4.tables.catalogue",
    "4.tables.no-sequence",
)
@pytest.mark.parametrize("fault", [*tables.ALL, *access.ALL], ids=lambda f: f.name)
def test_a_fault_is_told(db: Connection[Any], fault: Fault):
    with db.transaction(force_rollback=True):
        db.execute(fault.done)
        found = examine(db)
    assert any(fault.told in finding for finding in found), "\n".join(found) or "nothing is told"
