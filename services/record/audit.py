"""One row for one call, whatever becomes of it (SPEC 10)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.identifier import uuid7
from models.vocabulary import CallStatus
from services.database.pool import Pool
from services.database.session import ClinicSession, without_context
from services.database.statement import statement

_INSERT = statement(
    "INSERT INTO mcp_audit_log (tenant_id, id, user_id, credential_id, role, tool_name, "
    "args_redacted, patient_refs, response_bytes, latency_ms, status, reason, request_id, "
    "client_name, client_version, protocol_version, ip, signals) "
    "VALUES (:tenant_id, :id, :user_id, "
    ":credential_id, :role, :tool_name, :args_redacted, :patient_refs, :response_bytes, "
    ":latency_ms, :status, :reason, :request_id, :client_name, :client_version, "
    ":protocol_version, :ip, :signals)"
)
_REFUSED = statement(
    "SELECT app.record_refused_call(:token_hash, :id, :tool_name, :status, :reason, :request_id, "
    ":client_name, :client_version, :protocol_version, :ip, :latency_ms)"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of a call before anything is asked: by which client, from where, when."""

    request_id: str | None = None
    client_name: str | None = None
    client_version: str | None = None
    protocol_version: str | None = None
    ip: str | None = None
    began: float = field(default_factory=time.perf_counter)

    @property
    def latency_ms(self) -> int:
        """Milliseconds since it began."""
        return int((time.perf_counter() - self.began) * 1000)


def record_call(
    clinic: ClinicSession,
    caller: Caller,
    *,
    tool_name: str,
    args_redacted: dict[str, Any],
    patient_refs: Sequence[UUID] = (),
    response_bytes: int = 0,
    status: CallStatus = CallStatus.OK,
    reason: str | None = None,
    signals: Sequence[str] = (),
) -> UUID:
    """Queue the row of a call: it is written with the commit, or there is no answer."""
    principal, row_id = clinic.principal, uuid7()
    clinic.queue(
        _INSERT,
        tenant_id=principal.tenant_id,
        id=row_id,
        user_id=principal.user_id,
        credential_id=principal.actor_id,
        role=principal.roles[0],
        tool_name=tool_name,
        args_redacted=args_redacted,
        patient_refs=list(patient_refs),
        response_bytes=response_bytes,
        latency_ms=caller.latency_ms,
        status=status,
        reason=reason,
        request_id=caller.request_id,
        client_name=caller.client_name,
        client_version=caller.client_version,
        protocol_version=caller.protocol_version,
        ip=caller.ip,
        signals=list(signals),
    )
    return row_id


async def record_refused(
    pool: Pool,
    token_hash: bytes,
    caller: Caller,
    *,
    tool_name: str,
    status: CallStatus,
    reason: str,
) -> None:
    """Write the row of a call that was refused before it could begin.

    An unknown credential leaves none: there is no clinic whose log it could stand in.
    """
    await without_context(
        pool,
        _REFUSED,
        token_hash=token_hash,
        id=uuid7(),
        tool_name=tool_name,
        status=status,
        reason=reason,
        request_id=caller.request_id,
        client_name=caller.client_name,
        client_version=caller.client_version,
        protocol_version=caller.protocol_version,
        ip=caller.ip,
        latency_ms=caller.latency_ms,
    )
