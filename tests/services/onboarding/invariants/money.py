"""What must hold of bills, payments and what was given back."""

from collections import defaultdict
from uuid import UUID

from models.invoice import Invoice, InvoiceLine, Payment, Refund
from models.vocabulary import InvoiceStatus, PaymentStatus
from tests.services.onboarding.sample import PROVIDERS, Sample, name_of


def lines_add_up(sample: Sample) -> list[str]:
    """An invoice has lines, and their amounts are its total; nothing costs more than it brings."""
    sums: defaultdict[UUID, int] = defaultdict(int)
    for line in sample.of(InvoiceLine):
        sums[line.invoice_id] += line.amount_cents
    return [
        name_of(bill)
        for bill in sample.of(Invoice)
        if bill.id not in sums or sums[bill.id] != bill.total_cents
    ] + [
        name_of(line)
        for line in sample.of(InvoiceLine)
        if not 0 <= line.cost_cents <= line.amount_cents or line.quantity < 1
    ]


def paid_bills_are_covered(sample: Sample) -> list[str]:
    """A bill is paid exactly when what came in, less what was given back, covers it."""
    kept = _kept(sample)
    return [
        name_of(bill)
        for bill in sample.of(Invoice)
        if (bill.status == InvoiceStatus.PAID) != (kept[bill.id] >= bill.total_cents)
    ]


def nobody_pays_more_than_asked(sample: Sample) -> list[str]:
    """What came in, less what was given back, is never more than the total, nor below nothing."""
    kept = _kept(sample)
    return [
        name_of(bill) for bill in sample.of(Invoice) if not 0 <= kept[bill.id] <= bill.total_cents
    ]


def cancelled_bills_are_given_back(sample: Sample) -> list[str]:
    """Of a cancelled bill nothing is kept; of a draft nothing was asked."""
    kept = _kept(sample)
    asked = {payment.invoice_id for payment in sample.of(Payment)}
    return [
        name_of(bill)
        for bill in sample.of(Invoice)
        if (bill.status == InvoiceStatus.CANCELLED and kept[bill.id])
        or (bill.status == InvoiceStatus.DRAFT and bill.id in asked)
    ]


def refunds_are_within_payments(sample: Sample) -> list[str]:
    """What is given back was paid before, of the same bill, and at least as much."""
    payments = sample.by_id(Payment)
    back: defaultdict[UUID, int] = defaultdict(int)
    for refund in sample.of(Refund):
        back[refund.payment_id] += refund.amount_cents
    wrong: list[str] = []
    for refund in sample.of(Refund):
        payment = payments.get(refund.payment_id)
        if (
            payment is None
            or payment.status != PaymentStatus.SUCCEEDED
            or payment.invoice_id != refund.invoice_id
            or back[refund.payment_id] > payment.amount_cents
            or refund.refunded_at < payment.paid_at
        ):
            wrong.append(name_of(refund))
    return wrong


def declines_have_a_reason(sample: Sample) -> list[str]:
    """A payment that failed says why, one that succeeded does not; both are of some money."""
    return [
        name_of(payment)
        for payment in sample.of(Payment)
        if (payment.failure_code is None) != (payment.status == PaymentStatus.SUCCEEDED)
        or payment.amount_cents <= 0
    ]


def payments_follow_the_bill(sample: Sample) -> list[str]:
    """Nobody pays before the bill is issued."""
    bills = sample.by_id(Invoice)
    return [
        name_of(payment)
        for payment in sample.of(Payment)
        if sample.day_of(payment.paid_at) < bills[payment.invoice_id].issued_on
    ]


def bills_are_of_providers(sample: Sample) -> list[str]:
    """Each bill belongs to the provider who treats the patient."""
    return [
        name_of(bill)
        for bill in sample.of(Invoice)
        if bill.provider_id not in PROVIDERS
        or bill.provider_id != sample.patient(bill).primary_provider_id
    ]


def _kept(sample: Sample) -> defaultdict[UUID, int]:
    kept: defaultdict[UUID, int] = defaultdict(int)
    for payment in sample.where(Payment, status=PaymentStatus.SUCCEEDED):
        kept[payment.invoice_id] += payment.amount_cents
    for refund in sample.of(Refund):
        kept[refund.invoice_id] -= refund.amount_cents
    return kept
