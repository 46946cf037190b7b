"""The append-only logs: calls of assistants, and what happened to the keys of the house."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field

from models.base import (
    READ_AND_APPEND,
    ClinicRow,
    clinic_table,
    document,
    ids,
    index,
    instant,
    integer64,
    one_of,
    words,
)
from models.vocabulary import CallStatus, ChartPart


def _written_at() -> Any:
    return instant(sa_column_kwargs={"server_default": text("clock_timestamp()")}, default=None)


class McpAuditLog(ClinicRow, table=True):
    """One row for one call, whatever became of it (SPEC 10). No foreign keys: it outlives all.

    Its ids sort by time, so its key is also the index of its time.
    """

    __tablename__ = "mcp_audit_log"
    __table_args__ = clinic_table(
        one_of("status", CallStatus),
        index("credential_id", "id"),
        grants=READ_AND_APPEND,
        append_only=True,
    )

    user_id: UUID
    credential_id: UUID
    role: str
    tool_name: str
    args_redacted: dict[str, Any] = document()
    patient_refs: list[UUID] = ids()
    response_bytes: int
    latency_ms: int
    status: str
    reason: str | None = None
    signals: list[str] = words(sa_column_kwargs={"server_default": "{}"})
    request_id: str | None = None
    client_name: str | None = None
    client_version: str | None = None
    protocol_version: str | None = None
    ip: str | None = None
    tokens_in: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    tokens_out: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    cost_nano_dollars: int = integer64(default=0, sa_column_kwargs={"server_default": "0"})
    created_at: datetime = _written_at()


class ChartAccessLog(ClinicRow, table=True):
    """One row for one part of a patient's record that a person opened in the web app (SPEC 10)."""

    __tablename__ = "chart_access_log"
    __table_args__ = clinic_table(
        one_of("part", ChartPart),
        index("patient_id", "id"),
        grants=READ_AND_APPEND,
        append_only=True,
    )

    user_id: UUID
    actor: str
    """As in a security event."""
    patient_id: UUID
    part: str
    created_at: datetime = _written_at()


class SecurityEvent(ClinicRow, table=True):
    """A step in the life of a credential, a session, a person's rights or an agreement."""

    __tablename__ = "security_events"
    __table_args__ = clinic_table(index("created_at"), grants=READ_AND_APPEND, append_only=True)

    kind: str
    user_id: UUID
    """Who did it."""
    actor: str
    """By which way: `c:` credential, `s:` session, `j:` job, `o:` operator, and its id."""
    subject_id: UUID | None = None
    detail: dict[str, Any] = document(sa_column_kwargs={"server_default": "{}"})
    ip: str | None = None
    created_at: datetime = _written_at()
