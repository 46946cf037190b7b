"""The clinic, its tier and its keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.base import (
    READ,
    SCHEMA,
    ClinicRow,
    clinic_table,
    instant,
    octets,
    one_of,
    policy_now,
)
from models.vocabulary import Tier


class Tenant(SQLModel, table=True):
    """One clinic in one tier. An owner who holds both holds two rows that share nothing."""

    __tablename__ = "tenants"
    __table_args__ = (
        one_of("tier", Tier),
        CheckConstraint(
            "(tier = 'sandbox') = (sandbox_expires_at IS NOT NULL)", name="sandbox_life"
        ),
        CheckConstraint("taint_window_hours >= 1", name="taint_window_floor"),
        {"schema": SCHEMA, "info": {"grants": READ, "append_only": False}},
    )

    tenant_id: UUID = Field(primary_key=True)
    name: str
    tier: str
    time_zone: str
    created_at: datetime = policy_now()
    sandbox_expires_at: datetime | None = instant(default=None)
    plan_paid_until: datetime | None = instant(default=None)
    consent_withdrawn_at: datetime | None = instant(default=None)
    closed_at: datetime | None = instant(default=None)
    taint_window_hours: int = Field(default=12, sa_column_kwargs={"server_default": "12"})


class TenantKey(ClinicRow, table=True):
    """A clinic's own key, wrapped by the master key; destroying the row destroys what it keyed."""

    __tablename__ = "tenant_keys"
    __table_args__ = clinic_table(
        one_of("purpose", ("audit_hmac",)),
        # One in use: a second would make every call of the clinic choose between them.
        Index(
            None,
            "tenant_id",
            "purpose",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
        grants="SELECT, INSERT",
    )

    purpose: str
    wrapped: bytes = octets()
    created_at: datetime = policy_now()
    retired_at: datetime | None = instant(default=None)
