"""`moonshot credential`: for a clinic that is there, and in nobody's name but the operator's."""

import base64
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from psycopg import Connection

from models.identifier import uuid7
from models.permission import Role
from services.identity.token import read_token
from tests.conftest import Clock
from tests.ground import APP, OWNER, SUPERUSER, WORKER, Database
from tests.moonshot_cli.installations import Installation
from tests.personas import MASTER_KEY, REQUEST, Clinic

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Run:
    roles = {"DATABASE_URL": APP, "DATABASE_WORKER_URL": WORKER, "DATABASE_OWNER_URL": OWNER}
    urls = {name: database.url(role) for name, role in roles.items()}
    key = base64.urlsafe_b64encode(MASTER_KEY).decode()
    installation = Installation.at(tmp_path / "data")
    return lambda *arguments: installation.run(
        "credential", *(str(a) for a in arguments), **urls, MOONSHOT_MASTER_KEY=key
    )


@pytest.mark.parametrize("role", Role)
def test_a_credential_is_minted_for_who_holds_the_role(
    run: Run, clinic: Clinic, connect: Callable[[str], Connection[Any]], role: Role
):
    result = run(clinic.tenant_id, "--role", role, "--json")
    said = json.loads(result.stdout)
    assert said["tenant_id"] == str(clinic.tenant_id)
    token = read_token(said["token"])
    assert token is not None
    with connect(APP) as app, app.transaction():
        cursor = app.execute(REQUEST, [token.hash])
        names = [column.name for column in cursor.description or ()]
        [row] = cursor.fetchall()
    who = dict(zip(names, row, strict=True))
    person = next(p for p in clinic.people if p.role is role)
    if role is Role.PROVIDER:
        assert who["user_id"] in {clinic.owner.user_id, clinic.provider.user_id}
    else:
        assert who["user_id"] == person.user_id
    assert (who["role"], who["read_only"]) == (role, False)


def test_its_life_is_in_days_and_it_may_be_read_only(
    run: Run, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    said = json.loads(
        run(
            clinic.tenant_id, "--role", "nurse", "--json", "--read-only", "--expires-days", 2
        ).stdout
    )
    left = datetime.fromisoformat(said["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=1, hours=23) < left <= timedelta(days=2)
    row = connect(OWNER).execute(
        "SELECT read_only FROM app.mcp_credentials WHERE tenant_id = %s AND last_four = %s",
        [clinic.tenant_id, said["token"][-4:]],
    )
    assert row.fetchone() == (True,)
    assert run(clinic.tenant_id, "--role", "nurse", "--expires-days", 366).exit_code == 2


def test_it_is_shown_in_words_with_the_endpoint(run: Run, clinic: Clinic):
    said = run(clinic.owner.email.upper(), "--role", "biller").stdout
    assert f"{clinic.tenant_id}  {clinic.name}" in said
    assert "/api/mcp/v1" in said
    assert "mcl_test_" in said
    assert "biller, until" in said
    assert "shown this once" in said


@pytest.mark.promise("10.events.operator")
def test_the_clinic_can_see_that_the_operator_minted_it(
    run: Run, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    events = "SELECT id, kind, actor FROM app.security_events WHERE tenant_id = %s"
    owner = connect(OWNER)
    before = set(owner.execute(events, [clinic.tenant_id]).fetchall())
    run(clinic.tenant_id, "--role", "nurse")
    added = set(owner.execute(events, [clinic.tenant_id]).fetchall()) - before
    actors = {kind: actor for _, kind, actor in added}
    assert actors.keys() == {"operator_session", "credential_minted", "signed_out"}
    session = actors["operator_session"].removeprefix("o:")
    assert actors["credential_minted"] == f"s:{session}"
    superuser = connect(SUPERUSER)
    ended = "SELECT revoked_at IS NOT NULL FROM identity.sessions WHERE session_id = %s"
    assert superuser.execute(ended, [session]).fetchone() == (True,)


def test_what_cannot_be_minted_is_a_message(
    run: Run,
    clinic: Clinic,
    production: Clinic,
    clock: Clock,
    connect: Callable[[str], Connection[Any]],
):
    def refused(named: object, role: str = "nurse") -> str:
        result = run(named, "--role", role)
        assert result.exit_code == 1
        assert "mcl_" not in result.output
        return result.stderr

    assert "Name it by its id" in refused(uuid7())
    assert "Name it by its id" in refused("nobody@clinic.example")
    assert "in production mint their own" in refused(production.tenant_id)
    connect(OWNER).execute(
        "UPDATE app.staff SET active = false WHERE tenant_id = %s AND user_id = %s",
        [clinic.tenant_id, clinic.nurse.user_id],
    )
    assert "holds the role nurse" in refused(clinic.tenant_id)
    clock.move(timedelta(days=31))
    assert "has run out" in refused(clinic.tenant_id)


def open_another(owner: Connection[Any], email: str) -> UUID:
    other = uuid7()
    owner.execute(
        "SELECT app.operator_open_sandbox(%s, 'X', 'L', %s, E'Second\\n\\x1b[1m', 'UTC', %s, %s)",
        [email, other, uuid7(), os.urandom(32)],
    )
    return other


def test_it_is_said_to_end_with_its_sandbox(
    run: Run, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    ends = connect(OWNER).execute(
        "UPDATE app.tenants SET sandbox_expires_at = app.now() + interval '3 days' "
        "WHERE tenant_id = %s RETURNING sandbox_expires_at",
        [clinic.tenant_id],
    )
    [(until,)] = ends.fetchall()
    long = ("--role", "nurse", "--expires-days", 365)
    said = json.loads(run(clinic.tenant_id, *long, "--json").stdout)
    assert datetime.fromisoformat(said["expires_at"]) == until
    assert f"nurse, until {until.astimezone(UTC).date()}\n" in run(clinic.tenant_id, *long).stdout


def test_an_address_finds_the_clinic_that_has_not_ended(
    run: Run, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    owner = connect(OWNER)
    other = open_another(owner, clinic.owner.email)
    for ended, there in ((clinic.tenant_id, other), (other, None)):
        owner.execute(
            "UPDATE app.tenants SET sandbox_expires_at = app.now() WHERE tenant_id = %s", [ended]
        )
        result = run(clinic.owner.email, "--role", "owner", "--json")
        assert result.exit_code == (0 if there else 1)
        assert (str(there) if there else "works in 2 clinics") in result.output


def test_an_address_in_two_clinics_lists_them(
    run: Run, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    other = open_another(connect(OWNER), clinic.owner.email)
    result = run(clinic.owner.email, "--role", "owner")
    assert result.exit_code == 1
    assert "works in 2 clinics" in result.stderr
    assert f"  {clinic.tenant_id}  {clinic.name}\n" in result.stderr
    assert f"  {other}  Second[1m\n" in result.stderr
