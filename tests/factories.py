"""Rows to test with: plausible where nothing is said, and as said where something is."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection

from models.base import ClinicRow, uuid7
from models.invoice import Claim, Invoice, InvoiceLine, Payment, Refund
from models.lab import LabResult
from models.patient import Patient
from services.database.bulk import inserts

DAY = date(2026, 3, 2)
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def save(connection: Connection[Any], *rows: ClinicRow) -> None:
    """Inserts rows in the order of their tables, in the context that has begun."""
    cursor = psycopg.RawCursor(connection)
    for statement, values in inserts(rows):
        cursor.execute(statement.sql, [None if v is None else v.decode() for v in values])


def patient(tenant_id: UUID, **over: Any) -> Patient:
    given: dict[str, Any] = {
        "mrn": f"M{uuid7().int % 10**12}",
        "family_name": "Example",
        "given_name": "Ada",
        "search_name": "ada example",
        "birth_date": date(1980, 2, 29),
        "sex": "female",
        "status": "active",
    }
    return Patient(tenant_id=tenant_id, **(given | over))


def lab_result(of: Patient, **over: Any) -> LabResult:
    given: dict[str, Any] = {
        "loinc": "3016-3",
        "label": "TSH",
        "value": Decimal("2.10"),
        "unit": "m[IU]/L",
        "reference_low": Decimal("0.4"),
        "reference_high": Decimal("4.0"),
        "flag": "N",
        "status": "final",
        "collected_at": MORNING,
    }
    return LabResult(tenant_id=of.tenant_id, patient_id=of.id, **(given | over))


def invoice(of: Patient, provider_id: UUID, **over: Any) -> Invoice:
    given: dict[str, Any] = {
        "number": f"INV-{uuid7().int % 10**12}",
        "status": "issued",
        "issued_on": DAY,
        "due_on": DAY,
        "total_cents": 19_900,
    }
    ids: dict[str, Any] = {
        "tenant_id": of.tenant_id,
        "patient_id": of.id,
        "provider_id": provider_id,
    }
    return Invoice(**(ids | given | over))


def finances(of: Patient, provider_id: UUID) -> list[ClinicRow]:
    """An invoice with one row in each table that hangs on it, and a claim of the same provider."""
    bill = invoice(of, provider_id)
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "provider_id": provider_id}
    part: dict[str, Any] = ids | {"invoice_id": bill.id}
    line = InvoiceLine(
        **part,
        service_line="thyroid",
        code="MC-THY",
        label="Thyroid visit",
        quantity=1,
        amount_cents=19_900,
        cost_cents=2_000,
    )
    paid = Payment(**part, amount_cents=19_900, method="card", status="succeeded", paid_at=MORNING)
    back = Refund(**part, payment_id=paid.id, amount_cents=100, refunded_at=MORNING)
    claim = Claim(
        **ids,
        patient_id=of.id,
        status="active",
        use="claim",
        currency="USD",
        total_cents=5_000,
        created_on=DAY,
    )
    return [bill, line, paid, back, claim]
