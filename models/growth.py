"""Leads, memberships and packages: how people come, and how they stay."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint

from models.base import (
    ChartRow,
    ClinicRow,
    belongs_to,
    chart_table,
    clinic_table,
    index,
    instant,
    integer64,
    one_of,
    unique,
)
from models.vocabulary import LeadSource, MembershipStatus


class Lead(ClinicRow, table=True):
    """Someone who asked, and how far it went."""

    __tablename__ = "leads"
    __table_args__ = clinic_table(
        belongs_to("patient_id", "patients"),
        one_of("source", LeadSource),
        CheckConstraint("consult_at IS NULL OR consult_at >= contacted_at", name="consult_later"),
        CheckConstraint("paying_at IS NULL OR paying_at >= contacted_at", name="paying_later"),
        index("contacted_at"),
        unique("source_id"),
    )

    source_id: str | None = None
    source: str
    name: str
    phone: str | None = None
    email: str | None = None
    contacted_at: datetime = instant()
    consult_at: datetime | None = instant(default=None)
    paying_at: datetime | None = instant(default=None)
    lost_at: datetime | None = instant(default=None)
    patient_id: UUID | None = None


class MembershipPlan(ClinicRow, table=True):
    """A plan on sale: what it costs a month, and how many visits a quarter it includes."""

    __tablename__ = "membership_plans"
    __table_args__ = clinic_table(unique("name"))

    name: str
    monthly_cents: int = integer64()
    visits_per_quarter: int


class Membership(ChartRow, table=True):
    """A patient on a plan. The price is the member's own: plans change, contracts do not."""

    __tablename__ = "memberships"
    __table_args__ = chart_table(
        belongs_to("plan_id", "membership_plans"),
        one_of("status", MembershipStatus),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_start"),
        index("patient_id"),
        index("started_on"),
    )

    plan_id: UUID
    status: str
    monthly_cents: int = integer64()
    started_on: date
    paused_on: date | None = None
    ended_on: date | None = None
    next_charge_on: date | None = None


class Package(ChartRow, table=True):
    """Sessions paid in advance."""

    __tablename__ = "packages"
    __table_args__ = chart_table(
        CheckConstraint(
            "sessions_used BETWEEN 0 AND sessions_bought", name="sessions_within_bought"
        ),
        index("patient_id"),
    )

    name: str
    sessions_bought: int
    sessions_used: int
    price_cents: int = integer64()
    bought_on: date
    expires_on: date | None = None
