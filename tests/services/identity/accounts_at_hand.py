"""Accounts with a password and an empty sandbox: signing in needs no synthetic clinic."""

from dataclasses import dataclass, replace
from uuid import UUID

from models.identifier import uuid7
from services.database import opening
from services.database.opening import SignUp
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.identity import password as passwords
from services.identity.accounts import new_session_key
from services.identity.password import Hashed

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Account:
    """Somebody who signed up."""

    user_id: UUID
    tenant_id: UUID
    email: str


async def sign_up(pool: Pool, hashed: Hashed | None = None) -> Account:
    key, kept = new_session_key(), hashed or await passwords.hashed(PASSWORD)
    new = SignUp(
        user_id=uuid7(),
        email=f"{uuid7()}@clinic.example",
        name="Ada Example",
        licence="L",
        tenant_id=uuid7(),
        clinic="Example Clinic",
        time_zone="America/Chicago",
        session_id=key.session_id,
        session_hash=key.hash,
    )
    begin = opening.sign_up(replace(new, password_salt=kept.salt, password_hash=kept.hash))
    async with clinic_transaction(pool, begin) as clinic:
        await clinic.begin()
    return Account(new.user_id, new.tenant_id, new.email)
