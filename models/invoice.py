"""Money between patient and clinic, in integer cents; providers see their own, by policy."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint

from models.base import (
    SCHEMA,
    ChartRow,
    ClinicRow,
    belongs_to,
    belongs_to_staff,
    chart_table,
    clinic_table,
    index,
    instant,
    integer64,
    one_of,
    unique,
)
from models.vocabulary import InvoiceStatus, PaymentStatus, ServiceLine

FINANCE_TABLES = ("invoices", "invoice_lines", "payments", "refunds", "claims")
"""Tables whose rows belong to a provider: each has the RESTRICTIVE policy `own_finances`."""


def _of_invoice() -> ForeignKeyConstraint:
    """An invoice's parts belong to its provider: the key says so, so they cannot disagree."""
    columns = ("tenant_id", "invoice_id", "provider_id")
    target = [f"{SCHEMA}.invoices.{c}" for c in ("tenant_id", "id", "provider_id")]
    return ForeignKeyConstraint(columns, target)


class Invoice(ChartRow, table=True):
    """A bill to a patient."""

    __tablename__ = "invoices"
    __table_args__ = chart_table(
        belongs_to_staff("provider_id"),
        belongs_to("encounter_id", "encounters"),
        belongs_to("membership_id", "memberships"),
        one_of("status", InvoiceStatus),
        CheckConstraint("total_cents >= 0", name="total_not_negative"),
        unique("number"),
        unique("id", "provider_id"),
        index("issued_on"),
        index("patient_id", "issued_on"),
    )

    number: str
    provider_id: UUID
    encounter_id: UUID | None = None
    membership_id: UUID | None = None
    status: str
    issued_on: date
    due_on: date
    total_cents: int = integer64()


class InvoiceLine(ClinicRow, table=True):
    """A service on a bill, its price, and what it cost the clinic."""

    __tablename__ = "invoice_lines"
    __table_args__ = clinic_table(
        _of_invoice(),
        one_of("service_line", ServiceLine),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        index("invoice_id"),
    )

    invoice_id: UUID
    provider_id: UUID
    service_line: str
    code: str
    """CPT/HCPCS, or the clinic's own code beginning with `MC-`."""
    label: str
    quantity: int
    amount_cents: int = integer64()
    """For the whole line."""
    cost_cents: int = integer64()
    """Cost of goods for the whole line."""


class Payment(ClinicRow, table=True):
    """An attempt to pay a bill."""

    __tablename__ = "payments"
    __table_args__ = clinic_table(
        _of_invoice(),
        one_of("status", PaymentStatus),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        index("invoice_id"),
        index("paid_at"),
        unique("id", "invoice_id", "provider_id"),
    )

    invoice_id: UUID
    provider_id: UUID
    amount_cents: int = integer64()
    method: str
    status: str
    failure_code: str | None = None
    """Stripe's decline code."""
    paid_at: datetime = instant()


class Refund(ClinicRow, table=True):
    """Money given back."""

    __tablename__ = "refunds"
    __table_args__ = clinic_table(
        ForeignKeyConstraint(
            ["tenant_id", "payment_id", "invoice_id", "provider_id"],
            [f"{SCHEMA}.payments.{c}" for c in ("tenant_id", "id", "invoice_id", "provider_id")],
        ),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        index("invoice_id"),
        index("refunded_at"),
    )

    payment_id: UUID
    invoice_id: UUID
    provider_id: UUID
    amount_cents: int = integer64()
    refunded_at: datetime = instant()


class Claim(ChartRow, table=True):
    """An insurance claim that came with an imported record; no revenue of this clinic."""

    __tablename__ = "claims"
    __table_args__ = chart_table(
        belongs_to_staff("provider_id"),
        belongs_to("encounter_id", "encounters"),
        index("patient_id", "created_on"),
    )

    provider_id: UUID | None = None
    encounter_id: UUID | None = None
    status: str
    use: str
    payer: str | None = None
    currency: str
    total_cents: int = integer64()
    created_on: date
