"""Sign-up at a browser: account, sandbox and session in one step, or nothing."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection, sql

from models.base import ClinicRow, uuid7
from models.permission import Role
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.database.statement import statement
from services.errors import EmailTaken, InvalidInput, NotAuthenticated
from services.identity import accounts
from services.keys import KeyRing
from services.onboarding import sandbox
from services.onboarding import sign_up as signing_up
from services.onboarding.sign_up import sign_up
from tests.conftest import Clock
from tests.ground import SUPERUSER
from tests.personas import MASTER_KEY

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
KEYS = KeyRing(MASTER_KEY)


def typed(**over: str) -> dict[str, str]:
    given = {
        "name": "Ada Example",
        "email": f"{uuid7()}@clinic.example",
        "password": PASSWORD,
        "clinic": "Example Clinic",
        "time_zone": "America/Chicago",
    }
    return given | over


@pytest.mark.promise(
    "2.sandbox.synthetic",
    "3.people.owner-and-provider",
    "13.accounts.one-form",
    "14.sandbox.thirty-six",
)
async def test_one_form_makes_account_sandbox_and_session(pool: Pool):
    form = typed(name=" Ada Example ")
    signed = await sign_up(pool, KEYS, **form)
    begin = opening.session(accounts.session_hash(signed.token))
    async with clinic_transaction(pool, begin) as clinic:
        me = await accounts.who(clinic)
        ((patients, staff, keys),) = await clinic.rows(
            statement(
                "SELECT (SELECT count(*) FROM patients), (SELECT count(*) FROM staff), "
                "(SELECT count(*) FROM tenant_keys)"
            )
        )
    assert (patients, staff, keys) == (36, 7, 1)
    assert (me.name, me.email, me.clinic) == ("Ada Example", form["email"], "Example Clinic")
    assert me.roles == (Role.OWNER, Role.PROVIDER)
    assert me.time_zone == "America/Chicago"
    assert (me.user_id, me.tenant_id) == (signed.user_id, signed.tenant_id)
    again = await accounts.sign_in(pool, email=form["email"], password=PASSWORD)
    assert again.tenant_id == signed.tenant_id
    assert abs(again.expires_at - signed.expires_at).total_seconds() < 60
    with pytest.raises(EmailTaken):
        await sign_up(pool, KEYS, **form | {"email": form["email"].upper()})


KEYS_OF_A_CLINIC = """
SELECT c.table_name FROM information_schema.columns c JOIN information_schema.columns t
       USING (table_schema, table_name)
 WHERE table_schema = 'app' AND (c.column_name, c.data_type) = ('id', 'uuid')
   AND t.column_name = 'tenant_id'
"""


@pytest.mark.promise("4.tables.uuid7")
async def test_what_is_made_is_named_by_uuids_that_sort_by_time(
    pool: Pool, connect: Callable[[str], Connection[Any]]
):
    signed = await sign_up(pool, KEYS, **typed())
    admin = connect(SUPERUSER)
    made = {"users": [signed.user_id], "tenants": [signed.tenant_id]}
    for (table,) in admin.execute(KEYS_OF_A_CLINIC).fetchall():
        ids = sql.SQL("SELECT id FROM app.{} WHERE tenant_id = %s").format(sql.Identifier(table))
        made[table] = [id_ for (id_,) in admin.execute(ids, [signed.tenant_id])]
    assert len([table for table, ids in made.items() if ids]) > 25
    assert {id_.version for ids in made.values() for id_ in ids} == {7}


async def test_the_session_of_sign_up_lasts_as_long_as_any(pool: Pool, clock: Clock):
    signed = await sign_up(pool, KEYS, **typed())
    begin = opening.session(accounts.session_hash(signed.token))
    for _ in range(12):
        clock.move(accounts.SESSION_IDLE - timedelta(minutes=1))
        async with clinic_transaction(pool, begin) as clinic:
            await clinic.begin()
    clock.move(timedelta(minutes=11))
    async with clinic_transaction(pool, begin) as clinic:
        left = signed.expires_at - (await clinic.begin()).now
    assert timedelta(0) < left < timedelta(minutes=1)
    clock.move(timedelta(minutes=1))
    with pytest.raises(NotAuthenticated):
        async with clinic_transaction(pool, begin) as clinic:
            await clinic.begin()


async def test_rows_are_made_beside_the_loop_that_answers_others(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    made_in: list[int] = []
    generate = sandbox.synthetic_clinic.generate

    def noted(**given: Any) -> list[ClinicRow]:
        made_in.append(threading.get_ident())
        return generate(**given)

    monkeypatch.setattr(sandbox.synthetic_clinic, "generate", noted)
    await sign_up(pool, KEYS, **typed())
    assert len(made_in) == 1
    assert made_in != [threading.get_ident()]


@pytest.mark.promise("13.accounts.one-form")
async def test_what_fails_half_way_leaves_nothing(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, connect: Callable[[str], Connection[Any]]
):
    async def fails(*_: object) -> None:
        raise RuntimeError("half way")

    form = typed()
    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="half way"):
        patched.setattr(signing_up, "fill", fails)
        await sign_up(pool, KEYS, **form)
    found = connect(SUPERUSER).execute(
        "SELECT FROM identity.users WHERE email = %s", [form["email"]]
    )
    assert found.fetchall() == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "  ", "must not be blank"),
        ("name", "x" * 101, "at most 100"),
        ("name", "Ada\nExample", "one line"),
        ("clinic", "", "must not be blank"),
        ("clinic", "a\0b", "one line"),
        ("email", "ada", "e-mail address"),
        ("email", "ada@clinic", "e-mail address"),
        ("email", "a da@clinic.example", "e-mail address"),
        ("email", f"{'x' * 250}@clinic.example", "e-mail address"),
        ("email", "ada\ud800@clinic.example", "e-mail address"),
        ("time_zone", "Mars/Olympus", "IANA time zone"),
        ("time_zone", "", "IANA time zone"),
        ("time_zone", "../../etc/passwd", "IANA time zone"),
        ("time_zone", "x" * 200, "IANA time zone"),
        ("password", "too short", "12 to 200"),
        ("password", "x" * 201, "12 to 200"),
        ("password", "example clinic", "something other"),
    ],
)
async def test_what_is_wrong_is_told_by_field(pool: Pool, field: str, value: str, said: str):
    with pytest.raises(InvalidInput) as refusal:
        await sign_up(pool, KEYS, **typed(**{field: value}))
    assert refusal.value.problems.keys() == {field}
    assert said in refusal.value.problems[field]


async def test_all_that_is_wrong_is_told_at_once(pool: Pool):
    with pytest.raises(InvalidInput) as refusal:
        await sign_up(pool, KEYS, name="", email="", password="", clinic="", time_zone="")
    assert refusal.value.problems.keys() == {"name", "email", "password", "clinic", "time_zone"}
