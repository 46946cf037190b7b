"""Whose assistants have read untrusted text, and until when that counts (SPEC 7, rule 1)."""

from datetime import datetime
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


def record(clinic: ClinicSession, *, audit_id: UUID, tool_name: str) -> None:
    """Queue the taint of this credential: it is written with the commit, or no text leaves."""
    clinic.queue(_RECORD, id=uuid7(), audit_id=audit_id, tool_name=tool_name)


async def until(clinic: ClinicSession) -> datetime | None:
    """When the last taint of any of this person's credentials here ends; None without one."""
    principal = await clinic.begin()
    rows = await clinic.rows(_UNTIL, user_id=principal.user_id, now=principal.now)
    return rows[0][0] if rows else None
