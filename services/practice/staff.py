"""Who sees patients at the clinic."""

from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.database.session import ClinicSession
from services.database.statement import statement

_SEEING = statement(
    """
SELECT s.user_id, s.display_name || coalesce(', ' || s.credentials, '')
  FROM staff s
 WHERE s.active AND s.roles && ARRAY['provider', 'nurse']
   AND position(lower(:name) IN lower(s.display_name)) > 0
 ORDER BY s.display_name, s.user_id LIMIT :limit
"""
)


class StaffMember(NamedTuple):
    """Somebody who has, or may have, visits."""

    user_id: UUID
    name: str


async def seeing_patients(clinic: ClinicSession, name: str, *, limit: int) -> list[StaffMember]:
    """Providers and nurses who work here and whose name holds this, by name.

    Raises NotPermitted.
    """
    clinic.require(Permission.VIEW_SCHEDULE)
    rows = await clinic.rows(_SEEING, name=name, limit=limit)
    return [StaffMember._make(row) for row in rows]
