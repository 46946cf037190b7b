"""A service refuses by itself who may not ask, and knows the rows of no other clinic.

Doors check as well; nothing here relies on that.
"""

import pkgutil
from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from inspect import iscoroutinefunction, signature
from typing import Any

import pytest
from psycopg import Connection

from models.base import uuid7
from models.permission import GRANTS, Role
from services import clinical, followup, practice
from services.clinical import lab_protocol_rows
from services.database import opening
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.errors import NotFound, NotPermitted
from tests import factories
from tests.ground import OWNER
from tests.personas import Clinic
from tests.services.asked import EVERY, OF_A_PATIENT

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def panels(clinic: Clinic, connect: Callable[[str], Connection[Any]]) -> None:
    """What can be asked for by its name."""
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, *lab_protocol_rows.rows(clinic.tenant_id))


@pytest.mark.promise("4.crossing.services")
def test_every_service_function_that_reads_rows_is_asked_here():
    found: set[str] = set()
    for package in (clinical, practice, followup):
        for module in pkgutil.iter_modules(package.__path__):
            of = import_module(f"{package.__name__}.{module.name}")
            for name, function in vars(of).items():
                own = getattr(function, "__module__", None) == of.__name__
                if own and iscoroutinefunction(function) and not name.startswith("_"):
                    first = next(iter(signature(function, eval_str=True).parameters.values()))
                    assert first.annotation is ClinicSession
                    found.add(f"{module.name}.{name}")
    assert found - {"patients.require_patient"} == EVERY.keys()


@pytest.mark.promise("3.check.one-check")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", EVERY)
async def test_a_role_that_may_not_ask_is_refused(
    pool: Pool, clinic: Clinic, name: str, role: Role
):
    permission, question = EVERY[name]
    person = getattr(clinic, role)
    async with clinic_transaction(pool, opening.request(person.token_hash)) as session:
        if permission in GRANTS[role]:
            with pytest.raises(NotFound) if name in OF_A_PATIENT else nullcontext():
                await question(session, uuid7())
        else:
            with pytest.raises(NotPermitted):
                await question(session, uuid7())


@pytest.mark.promise("4.crossing.services")
@pytest.mark.parametrize("name", EVERY)
async def test_rows_of_another_clinic_do_not_exist(
    pool: Pool,
    clinic: Clinic,
    other_clinic: Clinic,
    connect: Callable[[str], Connection[Any]],
    name: str,
):
    owner = connect(OWNER)
    theirs = factories.patient(other_clinic.tenant_id)
    with owner.transaction():
        factories.save(owner, theirs, factories.lab_result(theirs))
    _, question = EVERY[name]
    async with clinic_transaction(pool, opening.request(clinic.owner.token_hash)) as session:
        if name in OF_A_PATIENT:
            with pytest.raises(NotFound, match="no such patient in this clinic"):
                await question(session, theirs.id)
        else:
            assert list((await question(session, theirs.id)).rows) == []
