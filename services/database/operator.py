"""What only the operator may ask, through moonshot_owner. Each change leaves an event."""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.identifier import uuid7
from models.permission import Role
from services.database.pool import Pool
from services.database.session import without_context
from services.database.statement import Statement, statement
from services.database.wire import Rows
from services.errors import NotAuthenticated, NotFound

_OPEN_SANDBOX = statement(
    "SELECT app.operator_open_sandbox(:email, :name, :licence, :tenant_id, :clinic, :time_zone, "
    ":session_id, :session_hash)"
)
_SESSION = statement(
    "SELECT app.operator_session(:tenant_id, :user_id, :session_id, :session_hash)"
)
_SET_PASSWORD = statement("SELECT app.operator_set_password(:email, :salt, :hash, :by)")
_JOB = statement("SELECT app.operator_job(:tenant_id, :job_id, :kind, NULL)")
_CLINICS = statement(
    "SELECT tenant_id, name, tier, "
    "closed_at IS NOT NULL OR coalesce(sandbox_expires_at <= app.now(), false), sandbox_expires_at "
    "FROM app.tenants ORDER BY created_at, tenant_id"
)
_CLINICS_OF = statement("SELECT app.operator_clinics(:email)")
_HOLDER = statement(
    "SELECT user_id FROM app.staff WHERE tenant_id = :tenant_id AND active AND :role = ANY (roles) "
    "ORDER BY created_at, user_id LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class SessionKey:
    """A session's id, and SHA-256 of a value that nobody keeps: it opens what this process does."""

    session_id: UUID
    hash: bytes


class Clinic(NamedTuple):
    """What the operator sees of a clinic."""

    tenant_id: UUID
    name: str
    tier: str
    ended: bool
    """Closed, or a sandbox that has run out."""
    sandbox_until: datetime | None = None


def new_session_key() -> SessionKey:
    """For a session that ends with the command that asked for it."""
    return SessionKey(uuid7(), hashlib.sha256(os.urandom(32)).digest())


async def open_sandbox(
    owner: Pool,
    *,
    email: str,
    name: str,
    licence: str,
    tenant_id: UUID,
    clinic: str,
    time_zone: str,
    key: SessionKey,
) -> UUID:
    """Add a sandbox for a user who is known already; give the user's id.

    Raises NotFound when no user has this e-mail.
    """
    missing = "No user has this e-mail address."
    ((user_id,),) = await _ask(
        owner,
        _OPEN_SANDBOX,
        missing,
        email=email,
        name=name,
        licence=licence,
        tenant_id=tenant_id,
        clinic=clinic,
        time_zone=time_zone,
        session_id=key.session_id,
        session_hash=key.hash,
    )
    return user_id


async def sign_in_as(owner: Pool, tenant_id: UUID, user_id: UUID) -> SessionKey:
    """A session of ten minutes in the place of a person of a sandbox; NotFound outside of one."""
    key, missing = new_session_key(), "There is no such person in a sandbox."
    who = {"tenant_id": tenant_id, "user_id": user_id}
    await _ask(owner, _SESSION, missing, **who, session_id=key.session_id, session_hash=key.hash)
    return key


async def set_password(owner: Pool, *, email: str, salt: str, hashed: bytes) -> None:
    """Give a person another password, which ends all sessions; NotFound for nobody."""
    missing = "No user has this e-mail address."
    await _ask(owner, _SET_PASSWORD, missing, email=email, salt=salt, hash=hashed, by=uuid7())


async def enqueue(owner: Pool, tenant_id: UUID, kind: str) -> UUID:
    """A job in the name of the clinic's owner; give its id. NotFound for an unknown clinic."""
    job_id, missing = uuid7(), "There is no such clinic in this installation."
    await _ask(owner, _JOB, missing, tenant_id=tenant_id, job_id=job_id, kind=kind)
    return job_id


async def clinics(owner: Pool) -> list[Clinic]:
    """All clinics of this installation, the oldest first."""
    rows = await without_context(owner, _CLINICS)
    return [Clinic(id_, _printable(name), *rest) for id_, name, *rest in rows]


def _printable(name: str) -> str:
    # It is shown on a terminal, beside commands that are copied from there.
    return "".join(letter for letter in name if letter.isprintable())


async def clinic(owner: Pool, named: str) -> Clinic:
    """The clinic with this id, or the one in which the person with this e-mail address works.

    Of a person's clinics those that have ended count only where there is no other. Raises NotFound
    for none, and for several, which it lists.
    """
    there = {clinic.tenant_id: clinic for clinic in await clinics(owner)}
    if "@" in named:
        every = [there[id_] for (id_,) in await without_context(owner, _CLINICS_OF, email=named)]
        found = [clinic for clinic in every if not clinic.ended] or every
    else:
        found = [clinic for id_, clinic in there.items() if str(id_) == named.lower()]
    if len(found) > 1:
        which = "\n".join(f"  {clinic.tenant_id}  {clinic.name}" for clinic in found)
        raise NotFound(f"{named} works in {len(found)} clinics. Name one by its id:\n{which}")
    if not found:
        raise NotFound(
            "There is no such clinic in this installation. Name it by its id, which `moonshot "
            "sandbox` and `moonshot up` print, or by the e-mail address of who works there."
        )
    return found[0]


async def holder(owner: Pool, tenant_id: UUID, role: Role) -> UUID:
    """Who holds the role in the clinic, the longest if several; NotFound for nobody."""
    rows = await without_context(owner, _HOLDER, tenant_id=tenant_id, role=role)
    if not rows:
        raise NotFound(f"Nobody in this clinic holds the role {role}.")
    return rows[0][0]


async def _ask(owner: Pool, function: Statement, missing: str, **values: Any) -> Rows:
    """Calls a function of the operator; NotFound, with these words, where it knows nobody."""
    try:
        return await without_context(owner, function, **values)
    except NotAuthenticated:
        raise NotFound(missing) from None
