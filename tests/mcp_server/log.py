"""The audit log of a clinic, as the database holds it."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from services.keys import KeyRing
from tests.personas import MASTER_KEY, Clinic


class Recorded(NamedTuple):
    """A row, as far as tests look at it."""

    tool_name: str
    status: str
    reason: str | None
    args_redacted: dict[str, Any]
    patient_refs: list[UUID]
    response_bytes: int
    latency_ms: int
    user_id: UUID
    credential_id: UUID
    role: str
    request_id: str | None
    client_name: str | None
    client_version: str | None
    protocol_version: str | None
    ip: str | None


@dataclass(frozen=True)
class AuditLog:
    """Reads with a connection that may read all."""

    admin: Connection[Any]

    def rows(self, clinic: Clinic, *, after: int = 0) -> list[Recorded]:
        """In the order in which they were written, without the first so many."""
        cursor = self.admin.cursor(row_factory=dict_row)
        found = cursor.execute(
            "SELECT * FROM app.mcp_audit_log WHERE tenant_id = %s "
            "ORDER BY created_at, id OFFSET %s",
            [clinic.tenant_id, after],
        )
        return [Recorded(**{name: row[name] for name in Recorded._fields}) for row in found]

    def only(self, clinic: Clinic) -> Recorded:
        (row,) = self.rows(clinic)
        return row

    def count(self, clinic: Clinic) -> int:
        counting = "SELECT count(*) FROM app.mcp_audit_log WHERE tenant_id = %s"
        ((count,),) = self.admin.execute(counting, [clinic.tenant_id])
        return count

    def key(self, clinic: Clinic) -> bytes:
        """The clinic's own key, opened by the master key of the test runs."""
        ((key_id, wrapped),) = self.admin.execute(
            "SELECT id, wrapped FROM app.tenant_keys WHERE tenant_id = %s", [clinic.tenant_id]
        )
        return KeyRing(MASTER_KEY).open(wrapped, tenant_id=clinic.tenant_id, key_id=key_id)
