"""What a connection may do, told to who holds it."""

from datetime import datetime
from typing import NamedTuple

from services.database.opening import REQUESTS_A_MINUTE
from services.database.session import ClinicSession
from services.database.statement import statement

_CONNECTION = statement(
    """
SELECT t.name, s.display_name, s.credentials, t.sandbox_expires_at, c.name, c.expires_at,
       c.read_only, coalesce((SELECT r.requests FROM mcp_request_rates r
         WHERE r.tenant_id = c.tenant_id AND r.id = c.id
           AND r.minute = date_trunc('minute', app.now())), 0)
  FROM mcp_credentials c
  JOIN tenants t ON t.tenant_id = c.tenant_id
  JOIN staff s ON s.tenant_id = c.tenant_id AND s.user_id = c.user_id
 WHERE c.id = :credential_id
"""
)


class Connection(NamedTuple):
    """A credential with its clinic and its person; times are UTC."""

    clinic: str
    person: str
    letters: str | None
    sandbox_expires_at: datetime | None
    name: str
    expires_at: datetime
    read_only: bool
    requests: int
    """Of this minute, the present one included."""

    @property
    def requests_left(self) -> int:
        """In this minute."""
        return max(0, REQUESTS_A_MINUTE - self.requests)


async def own(clinic: ClinicSession) -> Connection:
    """The connection through which this call came."""
    principal = await clinic.begin()
    (row,) = await clinic.rows(_CONNECTION, credential_id=principal.actor_id)
    return Connection._make(row)
