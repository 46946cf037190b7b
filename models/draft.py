"""What an assistant proposed: waiting for a signature, or held because of what it had read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.base import (
    ClinicRow,
    belongs_to,
    belongs_to_staff,
    clinic_table,
    document,
    ids,
    index,
    instant,
    one_of,
    policy_now,
    unique,
)
from models.vocabulary import DraftKind, DraftStatus, HeldStatus


class PendingAction(ClinicRow, table=True):
    """A proposal in the queue. `payload` is the text in force, `proposed` the model's own."""

    __tablename__ = "pending_actions"
    __table_args__ = clinic_table(
        belongs_to("patient_id", "patients"),
        belongs_to("encounter_id", "encounters"),
        belongs_to_staff("proposed_by"),
        belongs_to_staff("decided_by"),
        belongs_to("credential_id", "mcp_credentials"),
        belongs_to("held_proposal_id", "held_proposals"),
        one_of("kind", DraftKind),
        one_of("status", DraftStatus),
        unique("credential_id", "client_request_id"),
        unique("held_proposal_id"),
        index("status", "created_at"),
        index("patient_id"),
        grants=("SELECT, UPDATE (payload, version, status, decided_by, decided_at, reject_reason)"),
    )

    kind: str
    status: str
    patient_id: UUID
    encounter_id: UUID | None = None
    proposed: dict[str, Any] = document()
    proposed_sha256: str
    payload: dict[str, Any] = document()
    version: int = 1
    proposed_by: UUID
    credential_id: UUID
    client_request_id: str | None = None
    source_audit_ids: list[UUID] = ids()
    held_proposal_id: UUID | None = None
    created_at: datetime = policy_now()
    expires_at: datetime = instant()
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None)
    reject_reason: str | None = None


class HeldProposal(ClinicRow, table=True):
    """A write that came after untrusted text: inert until its holder releases this one payload."""

    __tablename__ = "held_proposals"
    __table_args__ = clinic_table(
        belongs_to("patient_id", "patients"),
        belongs_to_staff("proposed_by"),
        belongs_to("credential_id", "mcp_credentials"),
        one_of("kind", DraftKind),
        one_of("status", HeldStatus),
        belongs_to("encounter_id", "encounters"),
        index("credential_id", "client_request_id"),
        index("proposed_by", "status"),
        grants="SELECT",
    )

    kind: str
    status: str
    patient_id: UUID
    encounter_id: UUID | None = None
    payload: dict[str, Any] = document()
    payload_sha256: str
    proposed_by: UUID
    credential_id: UUID
    client_request_id: str | None = None
    source_audit_ids: list[UUID] = ids()
    taint_ids: list[UUID] = ids()
    created_at: datetime = policy_now()
    expires_at: datetime = instant()
    decided_at: datetime | None = instant(default=None)


class McpTaint(ClinicRow, table=True):
    """Untrusted text that left: until cleared, or its window ends, writes are held."""

    __tablename__ = "mcp_taints"
    __table_args__ = clinic_table(
        belongs_to_staff("user_id"),
        belongs_to("credential_id", "mcp_credentials"),
        index("credential_id"),
        index("user_id", "tainted_at"),
        grants="SELECT",
    )

    user_id: UUID
    credential_id: UUID
    audit_id: UUID
    tool_name: str
    tainted_at: datetime = policy_now()
    cleared_at: datetime | None = instant(default=None)
