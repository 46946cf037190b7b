"""The sandbox that a fresh installation makes for itself, so that there is something to ask."""

import asyncio
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from models.permission import Role
from moonshot_cli import data_folder
from services.database import opening, operator
from services.database.operator import Clinic
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import ClinicError
from services.identity.token import read_token
from services.settings import Settings

OWNER = "owner@clinic.example"
CLINIC = "Cedar Lane Clinic"
ROLE = Role.PROVIDER


class FirstCredential(msgspec.Struct):
    """Kept in MOONSHOT_DATA, readable by its owner alone: it opens synthetic patients only."""

    tenant_id: str
    token: str
    expires_on: date


def first_credential(settings: Settings) -> tuple[FirstCredential | None, Sequence[Clinic]]:
    """The credential to try an installation with, else the clinics that one may be minted for.

    A sandbox is made only where there is no clinic at all: after a restore, or where someone
    made clinics of his own, another one would look like theirs and be empty of them.
    """
    return asyncio.run(_first_credential(settings))


async def _first_credential(settings: Settings) -> tuple[FirstCredential | None, Sequence[Clinic]]:
    file = settings.data / "first-sandbox.json"
    kept = _kept(file)
    if kept is not None and await _works(settings, kept):
        return kept, ()
    if there := await _clinics(settings):
        return None, there
    made = await _make(settings)
    data_folder.write_privately(file, json.dumps(msgspec.to_builtins(made)))
    return made, ()


async def _make(settings: Settings) -> FirstCredential:
    from services.onboarding.sandbox import NewSandbox, make_sandbox  # noqa: PLC0415 -- once in an installation's life

    new = NewSandbox(OWNER, "Alex Morgan", CLINIC, "America/New_York")
    sandbox, (minted,) = await make_sandbox(settings, new, [ROLE])
    return FirstCredential(str(sandbox.tenant_id), minted.token.text, minted.expires_at.date())


def _kept(file: Path) -> FirstCredential | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=FirstCredential)
    except (OSError, msgspec.MsgspecError):
        return None


async def _works(settings: Settings, kept: FirstCredential) -> bool:
    token = read_token(kept.token)
    if token is None:
        return False
    pool = Pool(settings.url_of("DATABASE_URL"), size=1)
    try:
        async with clinic_transaction(pool, opening.request(token.hash)) as clinic:
            await clinic.begin()
    except ClinicError:
        return False
    finally:
        await pool.close()
    return True


async def _clinics(settings: Settings) -> list[Clinic]:
    owner = Pool(settings.url_of("DATABASE_OWNER_URL"), size=1)
    try:
        return await operator.clinics(owner)
    finally:
        await owner.close()
