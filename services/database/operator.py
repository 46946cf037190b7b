"""What only the operator may ask of the database, through moonshot_owner. Each leaves an event."""

import hashlib
import os
from dataclasses import dataclass
from uuid import UUID

from models.identifier import uuid7
from services.database.pool import Pool
from services.database.session import without_context
from services.database.statement import statement
from services.errors import NotAuthenticated, NotFound

_OPEN_SANDBOX = statement(
    "SELECT app.operator_open_sandbox(:email, :name, :licence, :tenant_id, :clinic, :time_zone, "
    ":session_id, :session_hash)"
)
_SESSION = statement(
    "SELECT app.operator_session(:tenant_id, :user_id, :session_id, :session_hash)"
)
_JOB = statement("SELECT app.operator_job(:tenant_id, :job_id, :kind, NULL)")


@dataclass(frozen=True, slots=True)
class SessionKey:
    """A session's id, and SHA-256 of a value that nobody keeps: it opens what this process does."""

    session_id: UUID
    hash: bytes


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
    try:
        ((user_id,),) = await without_context(
            owner,
            _OPEN_SANDBOX,
            email=email,
            name=name,
            licence=licence,
            tenant_id=tenant_id,
            clinic=clinic,
            time_zone=time_zone,
            session_id=key.session_id,
            session_hash=key.hash,
        )
    except NotAuthenticated:
        raise NotFound("No user has this e-mail address.") from None
    return user_id


async def sign_in_as(owner: Pool, tenant_id: UUID, user_id: UUID) -> SessionKey:
    """A session of ten minutes in the place of a person of a sandbox; NotFound outside of one."""
    key = new_session_key()
    try:
        await without_context(
            owner,
            _SESSION,
            tenant_id=tenant_id,
            user_id=user_id,
            session_id=key.session_id,
            session_hash=key.hash,
        )
    except NotAuthenticated:
        raise NotFound("There is no such person in a sandbox.") from None
    return key


async def enqueue(owner: Pool, tenant_id: UUID, kind: str) -> UUID:
    """A job in the name of the clinic's owner; give its id. NotFound for an unknown clinic."""
    job_id = uuid7()
    try:
        await without_context(owner, _JOB, tenant_id=tenant_id, job_id=job_id, kind=kind)
    except NotAuthenticated:
        raise NotFound("There is no such clinic in this installation.") from None
    return job_id
