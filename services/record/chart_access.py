"""Who saw a patient's record, by which way: in the web app, or through an assistant."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.identifier import uuid7
from models.permission import Permission
from models.vocabulary import ChartPart
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import InvalidInput, NotFound
from services.paging import Listing, Page

LARGEST_PAGE = 200

_OPENED = statement(
    "INSERT INTO chart_access_log (tenant_id, id, user_id, actor, patient_id, part) "
    "VALUES (app.tenant(), :id, app.user_id(), app.actor(), :patient_id, :part)"
)
_PATIENT = statement("SELECT 1 FROM patients WHERE id = :patient_id")
_SEEN = statement(
    """
SELECT seen.id, seen.at, seen.way, seen.user_id, s.display_name, seen.what, seen.status,
       c.name, seen.client_name
  FROM ((SELECT a.tenant_id, a.id, a.created_at AS at, 'web' AS way, a.user_id, a.part AS what,
                'ok' AS status, NULL::uuid AS credential_id, NULL AS client_name
           FROM chart_access_log a WHERE a.patient_id = :patient_id AND a.id < :before
          ORDER BY a.id DESC LIMIT :limit)
        UNION ALL
        (SELECT l.tenant_id, l.id, l.created_at, 'assistant', l.user_id, l.tool_name,
                l.status, l.credential_id, l.client_name
           FROM mcp_audit_log l
          WHERE CAST(:patient_id AS uuid) = ANY (l.patient_refs) AND l.id < :before
          ORDER BY l.id DESC LIMIT :limit)) seen
  LEFT JOIN staff s ON s.tenant_id = seen.tenant_id AND s.user_id = seen.user_id
  LEFT JOIN mcp_credentials c ON c.tenant_id = seen.tenant_id AND c.id = seen.credential_id
 ORDER BY seen.id DESC LIMIT :limit
"""
)
_LAST = UUID(int=(1 << 128) - 1)


class Access(NamedTuple):
    """Someone saw something of a patient; the time is UTC."""

    id: UUID
    at: datetime
    way: str
    """`web` or `assistant`."""
    user_id: UUID
    person: str | None
    what: str
    """The part of the chart, or the tool."""
    status: str
    """Of a call: one that failed showed nothing."""
    credential: str | None
    client_name: str | None


def record_opening(clinic: ClinicSession, patient_id: UUID, part: ChartPart) -> None:
    """Queue the row of an opening: it is written with the commit, or nothing may be shown.

    Raises NotPermitted without `view_patients`: at once, or before the first row is handed out.
    """
    clinic.require(Permission.VIEW_PATIENTS)
    clinic.queue(_OPENED, id=uuid7(), patient_id=patient_id, part=part)


async def of_patient(
    clinic: ClinicSession, patient_id: UUID, *, limit: int = 50, cursor: str | None = None
) -> Page[Access]:
    """Who saw this patient, the newest first. Also calls that failed, which say so.

    Raises NotPermitted without `view_audit`, NotFound, InvalidInput for a limit over 200 and for
    the cursor.
    """
    clinic.require(Permission.VIEW_AUDIT)
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput({"limit": f"must be 1 to {LARGEST_PAGE}"})
    listing = Listing(clinic, "accesses", patient_id)
    before = listing.place(cursor, UUID, _LAST)
    asked = {"patient_id": patient_id, "before": before, "limit": limit + 1}
    patients, rows = await clinic.ask((_PATIENT, asked), (_SEEN, asked))
    if not patients:
        raise NotFound("There is no such patient in this clinic.")
    return listing.page([Access._make(row) for row in rows], limit, lambda access: access.id)
