"""What AI cost, in integer nano-dollars (SPEC 11). Append-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint

from models.base import (
    READ_AND_APPEND,
    ClinicRow,
    clinic_table,
    index,
    integer64,
    policy_now,
)


class UsageEvent(ClinicRow, table=True):
    """One metered use of one model."""

    __tablename__ = "usage_events"
    __table_args__ = clinic_table(
        CheckConstraint("cost_nano_dollars >= 0", name="cost_not_negative"),
        index("created_at"),
        index("user_id", "created_at"),
        grants=READ_AND_APPEND,
        append_only=True,
    )

    user_id: UUID
    audit_id: UUID
    model: str
    tokens_in: int
    tokens_out: int
    cost_nano_dollars: int = integer64()
    created_at: datetime = policy_now()
