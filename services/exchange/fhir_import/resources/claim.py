"""Claim to claims."""

import re
from decimal import Decimal

from models.invoice import Claim
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import Element, Money, Reference, Resource, Short
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.report import Reason, Skipped
from services.exchange.fhir_import.terminology import clean_label

_STATUSES = {word: word for word in ("active", "cancelled", "draft")}
_USES = {"claim", "preauthorization", "predetermination"}
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_MOST_CENTS = 10**15


class Insurance(Element):
    """Who is to pay; the focal one is asked by this claim."""

    focal: bool | None = None
    coverage: Reference | None = None


class Item(Element):
    """What is to be paid."""

    encounter: tuple[Reference, ...] = ()


class ClaimResource(Resource):
    """FHIR Claim."""

    status: Short | None = None
    use: Short | None = None
    patient: Reference | None = None
    created: When | None = None
    insurer: Reference | None = None
    insurance: tuple[Insurance, ...] = ()
    item: tuple[Item, ...] = ()
    total: Money | None = None


def to_row(resource: ClaimResource, context: Context) -> Claim:
    """Take a claim with its total in cents, exact or not at all."""
    status = kept_status(resource.status, _STATUSES, frozenset())
    patient_id = context.patient(resource.patient, "patient")
    if resource.use not in _USES:
        raise Skipped(Reason.INTENT)
    total = resource.total or Money()
    visits = [visit for item in resource.item for visit in item.encounter]
    return Claim(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        encounter_id=context.encounter(visits[0] if visits else None),
        status=status,
        use=resource.use,
        payer=_payer(resource),
        currency=_currency(total),
        total_cents=_cents(total),
        created_on=context.needed_on(resource.created),
    )


def _payer(resource: ClaimResource) -> str | None:
    asked = sorted(resource.insurance, key=lambda i: not i.focal)
    named = [resource.insurer, *(insurance.coverage for insurance in asked)]
    labels = (clean_label(reference.display) for reference in named if reference)
    return next((label for label in labels if label), None)


def _currency(total: Money) -> str:
    if total.currency is None or not _CURRENCY.fullmatch(total.currency):
        raise Skipped(Reason.NO_AMOUNT)
    return total.currency


def _cents(total: Money) -> int:
    if total.value is None or abs(total.value) * 100 >= _MOST_CENTS:
        raise Skipped(Reason.NO_AMOUNT)
    cents = total.value * Decimal(100)
    if cents != cents.to_integral_value():
        raise Skipped(Reason.NO_AMOUNT)
    return int(cents)
