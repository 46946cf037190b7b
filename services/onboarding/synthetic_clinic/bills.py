"""Invoices, their lines, payments and refunds: how a bill is written and what becomes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from typing import NamedTuple
from uuid import UUID

from models.invoice import Invoice, InvoiceLine, Payment, Refund
from models.vocabulary import InvoiceStatus, PaymentStatus, ServiceLine
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story


class Outcome(StrEnum):
    """What becomes of a bill."""

    PAID = auto()
    PAID_AT_SECOND_TRY = auto()
    DECLINED = auto()
    """Tried twice, still open."""
    OPEN = auto()
    """Nobody has tried to pay it."""
    PAID_TWICE = auto()
    """By mistake; the second payment was given back."""
    RETURNED = auto()
    """Paid, then cancelled and given back."""
    DRAFT = auto()


class Line(NamedTuple):
    """A service; amounts are US cents for the whole line."""

    service_line: ServiceLine
    code: str
    label: str
    amount_cents: int
    cost_cents: int
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A bill to a patient, and what becomes of it."""

    story: Story
    at: datetime
    lines: Sequence[Line]
    outcome: Outcome = Outcome.PAID
    encounter_id: UUID | None = None
    membership_id: UUID | None = None

    @property
    def total_cents(self) -> int:
        """What is asked for."""
        return sum(line.amount_cents for line in self.lines)


_DAYS_TO_PAY = 14
_DECLINES = ("insufficient_funds", "expired_card", "do_not_honor", "generic_decline")
"""Stripe's decline codes."""
_SECOND_TRY = timedelta(days=2, hours=3)
_REFUNDED_AFTER = timedelta(days=3, hours=2)
_STATUS = {
    Outcome.PAID: InvoiceStatus.PAID,
    Outcome.PAID_AT_SECOND_TRY: InvoiceStatus.PAID,
    Outcome.DECLINED: InvoiceStatus.ISSUED,
    Outcome.OPEN: InvoiceStatus.ISSUED,
    Outcome.PAID_TWICE: InvoiceStatus.PAID,
    Outcome.RETURNED: InvoiceStatus.CANCELLED,
    Outcome.DRAFT: InvoiceStatus.DRAFT,
}


def write_bills(record: Record, bills: Iterable[Bill]) -> dict[UUID, datetime]:
    """Write bills, numbered in the order of their time; give when each patient first paid."""
    first_paid: dict[UUID, datetime] = {}
    for number, bill in enumerate(sorted(bills, key=lambda bill: bill.at), 1):
        issued_on = record.day_of(bill.at)
        invoice = record.add(
            Invoice,
            bill.at,
            patient_id=bill.story.patient.id,
            number=f"INV-{number:05}",
            provider_id=bill.story.provider_id,
            encounter_id=bill.encounter_id,
            membership_id=bill.membership_id,
            status=_STATUS[bill.outcome],
            issued_on=issued_on,
            due_on=_due_on(issued_on),
            total_cents=bill.total_cents,
        )
        for line in bill.lines:
            record.add(
                InvoiceLine,
                bill.at,
                invoice_id=invoice.id,
                provider_id=invoice.provider_id,
                **line._asdict(),
            )
        paid_at = _settle(record, invoice, bill)
        if paid_at:
            patient_id = bill.story.patient.id
            first_paid[patient_id] = min(paid_at, first_paid.get(patient_id, paid_at))
    return first_paid


def _due_on(issued_on: date) -> date:
    return issued_on + timedelta(days=_DAYS_TO_PAY)


def _settle(record: Record, invoice: Invoice, bill: Bill) -> datetime | None:
    """Write payments and refunds; give when it was paid."""
    at = bill.at + timedelta(minutes=2)
    match bill.outcome:
        case Outcome.OPEN | Outcome.DRAFT:
            return None
        case Outcome.DECLINED:
            for tried_at in (at, at + _SECOND_TRY):
                if tried_at <= record.now:
                    _decline(record, invoice, tried_at)
            return None
        case Outcome.PAID_AT_SECOND_TRY:
            _decline(record, invoice, at)
            at += _SECOND_TRY
            _pay(record, invoice, at)
        case Outcome.PAID:
            _pay(record, invoice, at)
        case Outcome.PAID_TWICE:
            _pay(record, invoice, at)
            again = _pay(record, invoice, at + timedelta(minutes=1))
            _refund(record, again)
        case Outcome.RETURNED:
            _refund(record, _pay(record, invoice, at))
    return at


def second_try_has_come(record: Record, at: datetime) -> bool:
    """Whether a bill of that time could have been paid at the second try by now."""
    return at + timedelta(minutes=2) + _SECOND_TRY <= record.now


def _pay(record: Record, invoice: Invoice, at: datetime) -> Payment:
    return _payment(record, invoice, at, PaymentStatus.SUCCEEDED, None)


def _decline(record: Record, invoice: Invoice, at: datetime) -> None:
    _payment(record, invoice, at, PaymentStatus.FAILED, record.chance.choice(_DECLINES))


def _payment(
    record: Record, invoice: Invoice, at: datetime, status: PaymentStatus, failure: str | None
) -> Payment:
    return record.add(
        Payment,
        at,
        invoice_id=invoice.id,
        provider_id=invoice.provider_id,
        amount_cents=invoice.total_cents,
        method=record.chance.choice(("card", "card", "card", "hsa_card")),
        status=status,
        failure_code=failure,
        paid_at=at,
    )


def _refund(record: Record, payment: Payment) -> None:
    at = payment.paid_at + _REFUNDED_AFTER
    record.add(
        Refund,
        at,
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        provider_id=payment.provider_id,
        amount_cents=payment.amount_cents,
        refunded_at=at,
    )
