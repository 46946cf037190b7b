"""Credentials of AI clients: minted by a person for oneself, rotated, revoked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.identifier import uuid7
from models.permission import Role
from models.vocabulary import CredentialKind
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import InvalidInput, NotFound, NotPermitted
from services.identity.token import Token, new_token

LONGEST = timedelta(days=365)
LONGEST_GRACE = timedelta(hours=24)

_MINT = statement(
    "SELECT app.mint_credential(:id, :hash, :role, :kind, :name, :prefix, :last_four, "
    ":read_only, :tools, :expires_at)"
)
_ROTATE = statement(
    "SELECT app.rotate_credential(:old, :id, :hash, :last_four, make_interval(secs => :grace))"
)
_OWN = statement(
    "SELECT 1 FROM mcp_credentials WHERE id = :id AND user_id = :user_id "
    "AND revoked_at IS NULL AND expires_at > :now"
)
_REVOKE = statement("SELECT app.revoke_credential(:id)")


@dataclass(frozen=True, slots=True)
class Minted:
    """A new credential, with the one sight of its token."""

    id: UUID
    token: Token
    role: Role
    expires_at: datetime


async def mint(
    clinic: ClinicSession,
    *,
    role: Role,
    name: str,
    life: timedelta = LONGEST,
    kind: CredentialKind = CredentialKind.TOKEN,
    read_only: bool = False,
    tools: Collection[str] | None = None,
) -> Minted:
    """Make a credential for the person who is signed in, in one of the person's own roles.

    Raises NotPermitted for a role that the person does not hold, InvalidInput for a life of
    more than 365 days, AccessRefused where a production clinic may not be connected now.
    """
    principal = await clinic.begin()
    if role not in principal.roles:
        raise NotPermitted(f"You do not hold the role {role}.")
    if not timedelta(0) < life <= LONGEST:
        raise InvalidInput({"life": "must be more than 0 and at most 365 days"})
    token = new_token(principal.tier)
    minted = Minted(uuid7(), token, role, principal.now + life)
    await clinic.rows(
        _MINT,
        id=minted.id,
        hash=token.hash,
        role=role,
        kind=kind,
        name=name,
        prefix=token.prefix,
        last_four=token.last_four,
        read_only=read_only,
        tools=None if tools is None else sorted(tools),
        expires_at=minted.expires_at,
    )
    return minted


async def rotate(clinic: ClinicSession, credential_id: UUID, *, grace: timedelta) -> Token:
    """Replace a credential of one's own; the old one lives on for `grace`, 0 to 24 hours.

    Raises NotFound when one has no such credential that is still alive, InvalidInput.
    """
    principal = await clinic.begin()
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise InvalidInput({"grace": "must be 0 to 24 hours"})
    whose = {"user_id": principal.user_id, "now": principal.now}
    if not await clinic.rows(_OWN, id=credential_id, **whose):
        raise NotFound("You have no such live credential in this clinic.")
    token = new_token(principal.tier)
    await clinic.rows(
        _ROTATE,
        old=credential_id,
        id=uuid7(),
        hash=token.hash,
        last_four=token.last_four,
        grace=grace.total_seconds(),
    )
    return token


async def revoke(clinic: ClinicSession, credential_id: UUID) -> None:
    """End a credential: one's own, or anyone's with `manage_ai`. It counts from the next call.

    Raises NotFound when there is no such credential that is still alive.
    """
    ((revoked,),) = await clinic.rows(_REVOKE, id=credential_id)
    if not revoked:
        raise NotFound("No such live credential in this clinic.")
