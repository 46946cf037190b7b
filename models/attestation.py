"""Agreements that a clinic signed in the browser (SPEC 9). Written once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint

from models.base import (
    READ_AND_APPEND,
    ClinicRow,
    clinic_table,
    document,
    index,
    instant,
    one_of,
)
from models.vocabulary import Agreement

IN_FORCE = {
    Agreement.BUSINESS_ASSOCIATE: "business-associate-2026-01",
    Agreement.AI_ACCESS: "ai-access-2026-01",
}
"""The version of each agreement that must be signed, as `identity.agreements_in_force` has them."""


class McpAttestation(ClinicRow, table=True):
    """A signature under one agreement, with the evidence for it."""

    __tablename__ = "mcp_attestations"
    __table_args__ = clinic_table(
        one_of("agreement", Agreement),
        CheckConstraint(
            "expires_at > signed_at AND expires_at <= signed_at + interval '365 days'",
            name="a_year_at_most",
        ),
        index("agreement", "expires_at"),
        grants=READ_AND_APPEND,
        append_only=True,
    )

    agreement: str
    signed_by_user_id: UUID
    addendum_version: str
    signed_at: datetime = instant()
    expires_at: datetime = instant()
    ip: str
    user_agent: str
    evidence_hash: str
    record: dict[str, Any] = document()
    signature: str
