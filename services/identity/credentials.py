"""Credentials of AI clients: minted by a person for oneself, listed, rotated, revoked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from models.identifier import uuid7
from models.permission import Permission, Role
from models.vocabulary import CredentialKind, CredentialStatus
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import InvalidInput, NotFound, NotPermitted
from services.identity.token import Token, new_token
from services.principal import Principal

LONGEST = timedelta(days=365)
LONGEST_GRACE = timedelta(hours=24)
LONGEST_NAME = 60
MOST_LISTED = 500

_MINT = statement(
    "SELECT app.mint_credential(:id, :hash, :role, :kind, :name, :prefix, :last_four, "
    ":read_only, :tools, :expires_at)"
)
_ROTATE = statement(
    "SELECT app.rotate_credential(:old, :id, :hash, :last_four, make_interval(secs => :grace))"
)
_OWN = statement(
    "SELECT role FROM mcp_credentials WHERE id = :id AND user_id = :user_id "
    "AND revoked_at IS NULL AND expires_at > :now"
)
_REVOKE = statement("SELECT app.revoke_credential(:id)")
_LIST = statement(
    """
SELECT c.id, c.user_id, s.display_name, c.name, c.role, c.kind, c.prefix, c.last_four, c.read_only,
       c.tools, c.created_at, c.expires_at, c.revoked_at, c.last_used_at,
       CASE WHEN c.revoked_at IS NOT NULL THEN 'revoked'
            WHEN c.expires_at <= :now THEN 'expired'
            WHEN NOT s.active OR c.role <> ALL (s.roles) THEN 'withdrawn'
            WHEN n.id IS NOT NULL THEN 'replaced'
            ELSE 'active' END
  FROM mcp_credentials c
  JOIN staff s ON s.tenant_id = c.tenant_id AND s.user_id = c.user_id
  LEFT JOIN LATERAL (SELECT r.id FROM mcp_credentials r
                      WHERE r.tenant_id = c.tenant_id AND r.user_id = c.user_id
                        AND r.rotated_from = c.id LIMIT 1) n ON true
 WHERE CAST(:of AS uuid) IS NULL OR c.user_id = :of
 ORDER BY c.revoked_at IS NOT NULL OR c.expires_at <= :now, c.created_at DESC, c.id DESC
 LIMIT :most
"""
)


@dataclass(frozen=True, slots=True)
class Minted:
    """A new credential, with the one sight of its token."""

    id: UUID
    token: Token
    role: Role
    expires_at: datetime


class Credential(NamedTuple):
    """A credential as a page lists it; times are UTC."""

    id: UUID
    holder_id: UUID
    holder: str
    name: str
    role: Role
    kind: CredentialKind
    prefix: str
    last_four: str
    read_only: bool
    tools: list[str] | None
    """The only ones it may call, or None for all of its role."""
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the hour."""
    status: CredentialStatus


async def mine(clinic: ClinicSession, *, everyone: bool = False) -> list[Credential]:
    """One's own credentials, or everyone's: those that live first, the newest first, at most 500.

    Raises NotPermitted for everyone's without `manage_ai`.
    """
    if everyone:
        clinic.require(Permission.MANAGE_AI)
    principal = await clinic.begin()
    of = None if everyone else principal.user_id
    rows = await clinic.rows(_LIST, now=principal.now, of=of, most=MOST_LISTED)
    return [
        Credential._make(
            (*row[:4], Role(row[4]), CredentialKind(row[5]), *row[6:14], CredentialStatus(row[14]))
        )
        for row in rows
    ]


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
    more than 365 days, a name that cannot be shown and no tool at all, AccessRefused where a
    production clinic may not be connected now.
    """
    principal = await clinic.begin()
    _require_role(principal, role)
    problems: dict[str, str] = {}
    if not timedelta(0) < life <= LONGEST:
        problems["life"] = "must be more than 0 and at most 365 days"
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        problems["name"] = f"must be one line of 1 to {LONGEST_NAME} characters"
    if tools is not None and not tools:
        problems["tools"] = "must be one at least"
    if problems:
        raise InvalidInput(problems)
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

    Raises NotFound when one has no such credential that is still alive, NotPermitted when one no
    longer holds its role, InvalidInput, AccessRefused as `mint` does.
    """
    principal = await clinic.begin()
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise InvalidInput({"grace": "must be 0 to 24 hours"})
    whose = {"user_id": principal.user_id, "now": principal.now}
    own = await clinic.rows(_OWN, id=credential_id, **whose)
    if not own:
        raise NotFound("You have no such live credential in this clinic.")
    _require_role(principal, own[0][0])
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


def _require_role(principal: Principal, role: str) -> None:
    if role not in principal.roles:
        raise NotPermitted(f"You do not hold the role {role}.")
