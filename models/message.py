"""What comes in and what goes out: inbox, intake forms, portal and phone messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint

from models.base import (
    READ_AND_APPEND,
    ChartRow,
    ClinicRow,
    belongs_to,
    belongs_to_staff,
    chart_table,
    clinic_table,
    document,
    index,
    instant,
    one_of,
    policy_now,
    unique,
)
from models.vocabulary import Channel, DeliveryStatus, InboxKind


class InboxItem(ChartRow, table=True):
    """A message from a patient, a lab result to call about, or a task."""

    __tablename__ = "inbox_items"
    __table_args__ = chart_table(
        belongs_to("lab_result_id", "lab_results"),
        belongs_to_staff("assigned_to"),
        one_of("kind", InboxKind),
        one_of("channel", Channel),
        index("answered_at", "id"),
        index("patient_id", "received_at"),
    )

    kind: str
    channel: str | None = None
    subject: str | None = None
    body: str
    lab_result_id: UUID | None = None
    assigned_to: UUID | None = None
    received_at: datetime = instant()
    due_at: datetime | None = instant(default=None)
    read_at: datetime | None = instant(default=None)
    answered_at: datetime | None = instant(default=None)


class PortalMessage(ChartRow, table=True):
    """A signed message in the patient's portal. Written once."""

    __tablename__ = "portal_messages"
    __table_args__ = chart_table(
        belongs_to_staff("signer_id"),
        belongs_to("in_reply_to", "inbox_items"),
        unique("pending_action_id"),
        index("patient_id", "sent_at"),
        grants=READ_AND_APPEND,
    )

    body: str
    signer_id: UUID
    in_reply_to: UUID | None = None
    pending_action_id: UUID | None = None
    sent_at: datetime = instant()


class SpruceOutbound(ChartRow, table=True):
    """A signed message on its way to a phone, and how far it has come."""

    __tablename__ = "spruce_outbound"
    __table_args__ = chart_table(
        belongs_to_staff("signer_id"),
        one_of("status", DeliveryStatus),
        unique("pending_action_id"),
        unique("idempotency_key"),
        index("status", "queued_at"),
        index("patient_id", "queued_at"),
    )

    to_phone: str
    body: str
    signer_id: UUID
    pending_action_id: UUID | None = None
    idempotency_key: UUID
    status: str
    attempts: int = 0
    carrier_message_id: str | None = None
    failure: str | None = None
    queued_at: datetime = policy_now()
    sent_at: datetime | None = instant(default=None)


class IntakeForm(ChartRow, table=True):
    """Answers as the patient wrote them: a list of {question, answer}."""

    __tablename__ = "intake_forms"
    __table_args__ = chart_table(
        index("patient_id", "submitted_at"),
        CheckConstraint("jsonb_typeof(answers) = 'array'", name="answers_list"),
    )

    name: str
    answers: list[dict[str, Any]] = document()
    submitted_at: datetime = instant()


class QuietHours(ClinicRow, table=True):
    """When the clinic sends nothing to a phone: minutes after local midnight, may pass it."""

    __tablename__ = "quiet_hours"
    __table_args__ = clinic_table(unique("channel"), one_of("channel", Channel))

    channel: str
    from_minute: int
    to_minute: int
