"""Two clinics side by side, and someone inside each who wants to see the other."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from tests.factories import finances, lab_result, patient, save
from tests.ground import APP, OWNER, WORKER, Database
from tests.models.intruder import Intruder, Target
from tests.personas import SESSION, open_sandbox

Connect = Callable[[str], Connection[Any]]


@pytest.fixture(scope="session")
def targets(database: Database) -> tuple[Target, Target]:
    """Made once a worker: attacks leave nothing behind that others would see."""
    return _target(database), _target(database)


def _target(database: Database) -> Target:
    with database.connect(APP) as app, database.connect(OWNER) as owner:
        clinic = open_sandbox(app, owner)
        patients = [patient(clinic.tenant_id) for _ in range(3)]
        results = [lab_result(p) for p in patients for _ in range(5)]
        bills = [finances(p, clinic.owner.user_id) for p in patients]
        with app.transaction():
            app.execute(SESSION, [clinic.owner.session_hash])
            save(app, *patients, *results, *(row for bill in bills for row in bill))
        return Target(clinic, tuple(p.id for p in patients), bills[0][0].id, patients[0].mrn)


@pytest.fixture
def a(targets: tuple[Target, Target]) -> Target:
    """The clinic that the intruder has a place in."""
    return targets[0]


@pytest.fixture
def b(targets: tuple[Target, Target]) -> Target:
    """The clinic that the intruder wants to see."""
    return targets[1]


@pytest.fixture
def intruder(connect: Connect) -> Intruder:
    return Intruder(connect(APP))


@pytest.fixture
def accomplice(connect: Connect) -> Intruder:
    """On another connection of the same role."""
    return Intruder(connect(APP))


@pytest.fixture
def worker(connect: Connect) -> Intruder:
    return Intruder(connect(WORKER))


@pytest.fixture
def owner(connect: Connect) -> Intruder:
    """With the migrations' login; used to look, and to try what even it may not."""
    return Intruder(connect(OWNER))
