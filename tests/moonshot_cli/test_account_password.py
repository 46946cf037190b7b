"""`moonshot account password`: a way in for who has none, and out for who should have none."""

import base64
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import pytest
from click.testing import Result

from models.identifier import uuid7
from moonshot_cli.commands import account
from services.database import opening
from services.database.opening import Opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import NotAuthenticated
from services.identity import accounts
from services.settings import PROJECT
from tests.ground import APP, OWNER, WORKER, Database
from tests.moonshot_cli.installations import Installation
from tests.personas import MASTER_KEY, Clinic

NEW = "a new and long password"
Run = Callable[..., Result]


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    roles = {"DATABASE_URL": APP, "DATABASE_WORKER_URL": WORKER, "DATABASE_OWNER_URL": OWNER}
    found = Installation.at(tmp_path / "data")
    found.environment |= {name: database.url(role) for name, role in roles.items()}
    key = base64.urlsafe_b64encode(MASTER_KEY).decode()
    found.environment["MOONSHOT_MASTER_KEY"] = key
    return found


@pytest.fixture
def run(installation: Installation) -> Run:
    return lambda email, said: installation.run("account", "password", email, stdin=said)


def signs_in(database: Database, email: str) -> bool:
    """Whether the new password opens a session."""

    async def sign_in() -> bool:
        pool = Pool(database.url(APP), size=1)
        async with AsyncExitStack() as ends:
            ends.push_async_callback(pool.close)
            try:
                await accounts.sign_in(pool, email=email, password=NEW)
            except NotAuthenticated:
                return False
        return True

    return anyio.run(sign_in)


def begins(database: Database, begin: Opening) -> bool:
    """Whether a session or a credential is one."""

    async def is_one() -> bool:
        pool = Pool(database.url(APP), size=1)
        async with AsyncExitStack() as ends:
            ends.push_async_callback(pool.close)
            try:
                async with clinic_transaction(pool, begin) as begun:
                    await begun.begin()
            except NotAuthenticated:
                return False
        return True

    return anyio.run(is_one)


def test_who_had_no_password_signs_in_with_the_new_one(
    run: Run, clinic: Clinic, database: Database
):
    email = clinic.owner.email
    assert not signs_in(database, email)
    done = run(email.upper(), f"{NEW}\nand another line\n")
    assert done.exit_code == 0, done.output
    assert "/sign-in/" in done.stdout
    assert NEW not in done.output
    assert signs_in(database, email)


def test_sessions_under_the_old_one_end_and_credentials_go_on(
    run: Run, clinic: Clinic, database: Database
):
    assert run(clinic.nurse.email, NEW).exit_code == 0
    assert not begins(database, opening.session(clinic.nurse.session_hash))
    assert begins(database, opening.session(clinic.owner.session_hash))
    assert begins(database, opening.request(clinic.nurse.token_hash))


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_that_cannot_be_taken_changes_nothing(
    run: Run, clinic: Clinic, database: Database, password: str
):
    done = run(clinic.owner.email, password)
    assert done.exit_code == 1
    assert "must be 12 to 200 characters" in done.stderr
    assert begins(database, opening.session(clinic.owner.session_hash))


def test_nobody_s_password_is_set(run: Run):
    done = run(f"{uuid7()}@nobody.example", NEW)
    assert done.exit_code == 1
    assert "No user has this e-mail address." in done.stderr


def test_on_a_terminal_it_is_asked_for_twice_and_not_shown(
    installation: Installation, clinic: Clinic, database: Database
):
    ours, theirs = pty.openpty()
    email = clinic.owner.email
    process = subprocess.Popen(
        [sys.executable, "-m", "moonshot_cli", "account", "password", email],
        cwd=PROJECT,
        env=installation.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    for prompt in (b"New password", b"Once more"):
        while prompt not in said or not said.endswith(b": "):
            said += os.read(ours, 1024)
        os.write(ours, f"{NEW}\n".encode())
    while b"/sign-in/" not in said:
        said += os.read(ours, 1024)
    assert process.wait(30) == 0
    os.close(ours)
    assert NEW.encode() not in said
    assert signs_in(database, email)


def test_what_it_does_is_told(installation: Installation):
    told = installation.succeed("account", "password", "--help")
    assert "is signed out" in " ".join(told.split())
    assert "12 to 200" in told
    assert "password" in installation.succeed("account", "--help")
    assert account.command.name == "account"
