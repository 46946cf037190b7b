"""Whose assistants have read untrusted text, and until when that counts (SPEC 7, rule 1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.identifier import uuid7
from services.database.session import ClinicSession
from services.database.statement import statement

_RECORD = statement("SELECT app.record_taint(:id, :audit_id, :tool_name)")
_UNTIL = statement(
    """
SELECT max(m.tainted_at) + make_interval(hours => t.taint_window_hours)
  FROM tenants t JOIN mcp_taints m ON m.tenant_id = t.tenant_id
 WHERE m.user_id = :user_id AND m.cleared_at IS NULL
   AND m.tainted_at > CAST(:now AS timestamptz) - make_interval(hours => t.taint_window_hours)
 GROUP BY t.taint_window_hours
"""
)


_CREDENTIALS = statement(
    """
SELECT DISTINCT m.credential_id FROM tenants t JOIN mcp_taints m ON m.tenant_id = t.tenant_id
 WHERE m.user_id = :user_id AND m.cleared_at IS NULL
   AND m.tainted_at > CAST(:now AS timestamptz) - make_interval(hours => t.taint_window_hours)
"""
)
_SOURCES = statement(
    """
SELECT m.tool_name, m.tainted_at FROM mcp_taints m
 WHERE m.id = ANY (CAST(:ids AS uuid[])) ORDER BY m.tainted_at, m.id
"""
)


class Source(NamedTuple):
    """An answer with untrusted text; the time is UTC."""

    tool_name: str
    at: datetime


def record(clinic: ClinicSession, *, audit_id: UUID, tool_name: str) -> None:
    """Queue the taint of this credential: it is written with the commit, or no text leaves."""
    clinic.queue(_RECORD, id=uuid7(), audit_id=audit_id, tool_name=tool_name)


async def until(clinic: ClinicSession) -> datetime | None:
    """When the last taint of any of this person's credentials here ends; None without one."""
    principal = await clinic.begin()
    rows = await clinic.rows(_UNTIL, user_id=principal.user_id, now=principal.now)
    return rows[0][0] if rows else None


async def sources(clinic: ClinicSession, taint_ids: Sequence[UUID]) -> list[Source]:
    """Which answers they were, the first one first."""
    return [Source._make(row) for row in await clinic.rows(_SOURCES, ids=list(taint_ids))]


async def tainted(clinic: ClinicSession) -> set[UUID]:
    """Which of one's own credentials have given out untrusted text that counts now."""
    principal = await clinic.begin()
    rows = await clinic.rows(_CREDENTIALS, user_id=principal.user_id, now=principal.now)
    return {credential_id for (credential_id,) in rows}
