"""How far a clinic has come: filled, connected, and answered a first call."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.vocabulary import CallStatus
from services.database.session import ClinicSession
from services.database.statement import statement
from services.record.log import own_only

_FIRST = statement(
    """
SELECT l.id, l.created_at, l.tool_name, l.latency_ms, l.response_bytes, l.client_name,
       l.client_version, s.display_name, c.name, l.credential_id
  FROM mcp_audit_log l
  LEFT JOIN staff s ON s.tenant_id = l.tenant_id AND s.user_id = l.user_id
  LEFT JOIN mcp_credentials c ON c.tenant_id = l.tenant_id AND c.id = l.credential_id
 WHERE l.status = :ok AND (CAST(:own AS uuid) IS NULL OR l.user_id = :own)
 ORDER BY l.id LIMIT 1
"""
)
_CONNECTED = statement(
    """
SELECT c.created_at, c.role, c.kind, CASE WHEN c.user_id = :me THEN NULL ELSE s.display_name END
  FROM mcp_credentials c
  LEFT JOIN staff s ON s.tenant_id = c.tenant_id AND s.user_id = c.user_id
 WHERE c.revoked_at IS NULL AND c.expires_at > :now
   AND (CAST(:own AS uuid) IS NULL OR c.user_id = :own)
 ORDER BY c.created_at DESC, c.id LIMIT 1
"""
)
_READY = statement(
    "SELECT created_at, (SELECT count(*) FROM patients) FROM tenants WHERE tenant_id = :clinic"
)


_DRAFTED = statement(
    "SELECT EXISTS (SELECT FROM pending_actions) "
    "OR EXISTS (SELECT FROM held_proposals h WHERE h.proposed_by = :me)"
)


class FirstCall(NamedTuple):
    """The first call that an assistant was answered; the time is UTC."""

    id: UUID
    at: datetime
    tool_name: str
    latency_ms: int
    response_bytes: int
    client_name: str | None
    client_version: str | None
    person: str | None
    credential: str | None
    credential_id: UUID


class Connected(NamedTuple):
    """The newest connection that works; the time is UTC."""

    at: datetime
    role: str
    kind: str
    colleague: str | None
    """Who made it, if someone else did."""


class Ready(NamedTuple):
    """The clinic as it was filled: when (UTC), and how many patients this person may see in it."""

    at: datetime
    patients: int


async def ready(clinic: ClinicSession) -> Ready:
    """The beginning: the clinic is there."""
    principal = await clinic.begin()
    return Ready._make((await clinic.rows(_READY, clinic=principal.tenant_id))[0])


async def first_answered_call(clinic: ClinicSession) -> FirstCall | None:
    """The clinic's first call of a tool that was answered, or None while it waits.

    Who may not see others' calls (`view_audit`) waits for one's own.
    """
    own = (await own_only(clinic)).get("own")
    rows = await clinic.rows(_FIRST, ok=CallStatus.OK, own=own)
    return FirstCall._make(rows[0]) if rows else None


async def connected(clinic: ClinicSession) -> Connected | None:
    """The connection whose call is waited for, of those whose calls count; None before that."""
    own = (await own_only(clinic)).get("own")
    me = clinic.principal
    rows = await clinic.rows(_CONNECTED, own=own, me=me.user_id, now=me.now)
    return Connected._make(rows[0]) if rows else None


async def drafted(clinic: ClinicSession) -> bool:
    """Whether an assistant has proposed anything yet: to the clinic, or held for this person."""
    principal = await clinic.begin()
    return (await clinic.rows(_DRAFTED, me=principal.user_id))[0][0]
