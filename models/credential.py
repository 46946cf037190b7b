"""What an AI client holds to read on behalf of one person, and how often it has asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import (
    READ,
    ClinicRow,
    belongs_to,
    belongs_to_staff,
    clinic_table,
    index,
    instant,
    one_of,
    policy_now,
    words,
)
from models.permission import Role
from models.vocabulary import CredentialKind


class McpCredential(ClinicRow, table=True):
    """One connection of one person in one role. Changed only by functions of moonshot_auth."""

    __tablename__ = "mcp_credentials"
    __table_args__ = clinic_table(
        belongs_to_staff("user_id"),
        belongs_to("rotated_from", "mcp_credentials"),
        one_of("role", Role),
        one_of("kind", CredentialKind),
        CheckConstraint("(kind = 'oauth') = (client_id IS NOT NULL)", name="granted_to_a_client"),
        CheckConstraint("expires_at <= created_at + interval '366 days'", name="a_year_at_most"),
        index("user_id"),
        Index(None, "client_id", postgresql_where=text("client_id IS NOT NULL")),
        grants=READ,
    )

    user_id: UUID
    role: str
    kind: str
    name: str
    prefix: str
    last_four: str
    read_only: bool = False
    tools: list[str] | None = words(default=None, nullable=True)
    created_at: datetime = policy_now()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
    revoked_by: UUID | None = None
    rotated_from: UUID | None = None
    client_id: str | None = None
    """Of OAuth: the client that it was granted to."""
    last_used_at: datetime | None = instant(default=None)


class McpRequestRate(ClinicRow, table=True):
    """Requests of one credential (`id`) in its current minute; unlogged, counted by a function."""

    __tablename__ = "mcp_request_rates"
    __table_args__ = clinic_table(grants=READ, unlogged=True)

    minute: datetime = instant()
    requests: int
    refused: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
