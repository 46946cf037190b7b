"""get_billing_summary and get_patient_profit: a small clinic reckoned by hand, and a large one."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from models.invoice import Invoice, InvoiceLine, Payment, Refund
from models.patient import Patient
from tests import factories
from tests.mcp_server import rows
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.synthetic import ZONE, Synthetic
from tests.personas import Clinic

NOON = "2026-03-08T12:00:00-04:00"
"""The day on which summer begins in New York."""
TODAY = date(2026, 3, 8)

Write = Callable[..., None]


class Books:
    """Bills of a clinic, as they are written."""

    def __init__(self, clinic: Clinic, write: Write) -> None:
        self.clinic, self._write, self._number = clinic, write, 0
        self.patient = rows.patient(clinic.tenant_id, "John Smith")
        self.other = rows.patient(clinic.tenant_id, "Mary Major")
        write(self.patient, self.other)

    def bill(
        self,
        issued: date,
        *lines: tuple[str, int, int],
        status: str = "issued",
        due: date | None = None,
        of: Patient | None = None,
        provider: Any = None,
    ) -> Invoice:
        """Lines are service line, price and cost in cents."""
        self._number += 1
        invoice = factories.invoice(
            of or self.patient,
            provider or self.clinic.provider.user_id,
            number=f"I-{self._number}",
            status=status,
            issued_on=issued,
            due_on=due or issued,
            total_cents=sum(price for _, price, _ in lines),
        )
        self._write(invoice, *(self._line(invoice, *line) for line in lines))
        return invoice

    def _line(self, of: Invoice, service_line: str, price: int, cost: int) -> InvoiceLine:
        return InvoiceLine(
            tenant_id=of.tenant_id,
            invoice_id=of.id,
            provider_id=of.provider_id,
            service_line=service_line,
            code="MC-1",
            label="Service",
            quantity=1,
            amount_cents=price,
            cost_cents=cost,
        )

    def pay(self, of: Invoice, cents: int, at: str, status: str = "succeeded") -> Payment:
        payment = Payment(
            tenant_id=of.tenant_id,
            invoice_id=of.id,
            provider_id=of.provider_id,
            amount_cents=cents,
            method="card",
            status=status,
            paid_at=rows.utc(at),
        )
        self._write(payment)
        return payment

    def refund(self, of: Payment, cents: int, at: str) -> None:
        self._write(
            Refund(
                tenant_id=of.tenant_id,
                payment_id=of.id,
                invoice_id=of.invoice_id,
                provider_id=of.provider_id,
                amount_cents=cents,
                refunded_at=rows.utc(at),
            )
        )


@pytest.fixture
def books(clinic_at: Callable[[str], Clinic], write: Write) -> Books:
    return Books(clinic_at(NOON), write)


def asked(endpoint: Endpoint, person: Any, tool: str, **arguments: str) -> Any:
    return endpoint.call(tool, arguments, token=person.token.text).content


@pytest.mark.promise(
    "6.get-billing-summary.amounts",
    "6.get-billing-summary.by-line",
    "6.get-billing-summary.own-rows",
)
def test_a_month_by_hand(books: Books, endpoint: Endpoint):
    owner = books.clinic.owner
    paid = books.bill(date(2026, 3, 1), ("hormones", 20_000, 3_000), ("laboratory", 5_000, 2_500))
    part = books.bill(date(2026, 3, 8), ("hormones", 10_000, 1_000), of=books.other)
    owners = books.bill(date(2026, 3, 5), ("weight_loss", 7_000, 0), provider=owner.user_id)
    books.bill(date(2026, 3, 5), ("hormones", 99_900, 0), status="draft")
    books.bill(date(2026, 3, 5), ("hormones", 99_900, 0), status="cancelled")
    books.bill(date(2026, 2, 28), ("hormones", 99_900, 0), status="paid")
    books.bill(date(2026, 4, 1), ("hormones", 99_900, 0), status="paid")
    first = books.pay(paid, 25_000, "2026-03-01T05:00:00+00:00")  # midnight of 1 March: counts
    books.pay(paid, 1_000, "2026-03-01T04:59:59+00:00")  # a second earlier: February
    books.pay(part, 4_000, "2026-03-08T16:00:00+00:00")
    books.pay(part, 6_000, "2026-03-08T16:00:00+00:00", status="failed")
    books.refund(first, 500, "2026-03-02T12:00:00+00:00")
    told = asked(endpoint, owner, "get_billing_summary", date_range="this_month")
    assert (told["first"], told["last"]) == ("2026-03-01", "2026-03-31")
    assert "own_rows_only" not in told
    # 25,000 + 10,000 + 7,000; drafts, cancelled ones and other months are none.
    assert (told["billed_cents"], told["invoices"]) == (42_000, 3)
    assert told["collected_cents"] == 29_000  # 25,000 + 4,000
    assert (told["refunded_cents"], told["failed_payments"]) == (500, 1)
    assert told["by_service_line"] == [
        {"service_line": "hormones", "billed_cents": 30_000},  # 20,000 + 10,000
        {"service_line": "weight_loss", "billed_cents": 7_000},
        {"service_line": "laboratory", "billed_cents": 5_000},
    ]
    assert told["by_provider"] == [
        {
            "provider_id": str(paid.provider_id),
            "provider": "Provider",
            "billed_cents": 35_000,
            "collected_cents": 29_000,
            "refunded_cents": 500,
            "receivable_today_cents": 6_000,  # 10,000 - 4,000; the other bill is overpaid
        },
        {
            "provider_id": str(owners.provider_id),
            "provider": "Owner",
            "billed_cents": 7_000,
            "collected_cents": 0,
            "refunded_cents": 0,
            "receivable_today_cents": 7_000,
        },
    ]
    mine = asked(endpoint, books.clinic.provider, "get_billing_summary", date_range="this_month")
    assert (mine["own_rows_only"], mine["billed_cents"], mine["invoices"]) == (True, 35_000, 2)
    assert [each["billed_cents"] for each in mine["by_provider"]] == [35_000]


@pytest.mark.promise("6.get-billing-summary.amounts")
def test_what_is_open_by_its_age(books: Books, endpoint: Endpoint):
    ages = {-1: 1, 0: 20, 1: 300, 30: 4_000, 31: 50_000, 60: 600_000, 61: 7, 90: 80, 91: 900}
    for days, cents in ages.items():
        due = TODAY - timedelta(days=days)
        books.bill(due - timedelta(days=7), ("hormones", cents, 0), due=due)
    partly = books.bill(date(2026, 1, 1), ("hormones", 1_000, 0), due=date(2026, 2, 26))
    given = books.pay(partly, 900, "2026-01-02T12:00:00+00:00")
    books.refund(given, 100, "2026-01-03T12:00:00+00:00")
    whole = books.bill(date(2026, 1, 1), ("hormones", 1_000, 0))
    books.pay(whole, 1_000, "2026-01-02T12:00:00+00:00")
    told = asked(endpoint, books.clinic.owner, "get_billing_summary", date_range="today")
    assert told["receivable_today"] == {
        "not_due_cents": 21,  # 1 due tomorrow, 20 today
        "days_1_30_cents": 4_500,  # 300 + 4,000, and 1,000 - 900 + 100, due ten days ago
        "days_31_60_cents": 650_000,
        "days_61_90_cents": 87,
        "over_90_days_cents": 900,
        "total_cents": 655_508,
    }


@pytest.mark.promise("6.get-patient-profit.margin")
def test_what_a_patient_has_brought_by_hand(books: Books, endpoint: Endpoint):
    first = books.bill(date(2025, 1, 5), ("hormones", 20_000, 6_000), ("laboratory", 5_000, 4_000))
    second = books.bill(date(2026, 1, 5), ("hormones", 10_000, 1_000), status="paid")
    books.bill(date(2024, 1, 5), ("hormones", 77_700, 0), status="cancelled")
    books.bill(date(2026, 1, 5), ("hormones", 88_800, 0), of=books.other)
    books.pay(first, 25_000, "2025-01-05T12:00:00+00:00")
    again = books.pay(second, 10_000, "2026-01-05T12:00:00+00:00")
    books.pay(second, 10_000, "2026-01-04T12:00:00+00:00", status="failed")
    books.refund(again, 2_000, "2026-01-06T12:00:00+00:00")
    patient = str(books.patient.id)
    told = asked(endpoint, books.clinic.owner, "get_patient_profit", patient_id=patient)
    assert told == {
        "patient_id": patient,
        "patient": "John Smith",
        "first_billed": "2025-01-05",
        "lifetime_value_cents": 33_000,  # 25,000 + 10,000 - 2,000
        "collected_cents": 35_000,
        "refunded_cents": 2_000,
        "billed_cents": 35_000,  # 20,000 + 5,000 + 10,000
        "cost_of_goods_cents": 11_000,  # 6,000 + 4,000 + 1,000
        "margin_cents": 24_000,
        "by_service_line": [
            {
                "service_line": "hormones",
                "billed_cents": 30_000,
                "cost_of_goods_cents": 7_000,
                "margin_cents": 23_000,
            },
            {
                "service_line": "laboratory",
                "billed_cents": 5_000,
                "cost_of_goods_cents": 4_000,
                "margin_cents": 1_000,
            },
        ],
    }


@pytest.mark.promise("6.get-billing-summary.amounts")
def test_the_synthetic_clinic_s_figures_are_those_of_other_sql(
    generated: Synthetic, endpoint: Endpoint
):
    told = asked(endpoint, generated.clinic.owner, "get_billing_summary", date_range="last_90_days")
    first, last = generated.today - timedelta(days=89), generated.today
    bills = generated.rows(
        "SELECT i.id, i.total_cents, i.status, i.due_on, i.issued_on FROM app.invoices i "
        "WHERE i.tenant_id = %(tenant)s"
    )
    paid = generated.rows(
        "SELECT invoice_id, amount_cents, paid_at, status FROM app.payments "
        "WHERE tenant_id = %(tenant)s"
    )
    back = generated.rows(
        "SELECT invoice_id, amount_cents, refunded_at FROM app.refunds WHERE tenant_id = %(tenant)s"
    )

    def within(moment: Any) -> bool:
        return first <= moment.astimezone(ZONE).date() <= last

    assert told["billed_cents"] == sum(
        cents
        for _, cents, status, _, on in bills
        if status in {"issued", "paid"} and first <= on <= last
    )
    assert told["collected_cents"] == sum(
        cents for _, cents, at, status in paid if status == "succeeded" and within(at)
    )
    assert told["refunded_cents"] == sum(cents for _, cents, at in back if within(at))
    open_cents = [
        cents
        - sum(p for of, p, _, status in paid if of == id_ and status == "succeeded")
        + sum(r for of, r, _ in back if of == id_)
        for id_, cents, status, _, _ in bills
        if status == "issued"
    ]
    assert told["receivable_today"]["total_cents"] == sum(c for c in open_cents if c > 0) > 0
    assert sum(line["billed_cents"] for line in told["by_service_line"]) == told["billed_cents"]
    for figure in ("billed_cents", "collected_cents", "refunded_cents"):
        assert sum(each[figure] for each in told["by_provider"]) == told[figure]
    receivable = sum(each["receivable_today_cents"] for each in told["by_provider"])
    assert receivable == told["receivable_today"]["total_cents"]
    due = {id_: due for id_, _, _, due, _ in bills}
    of_bill = dict(zip([b[0] for b in bills if b[2] == "issued"], open_cents, strict=True))
    by_age = Counter[str]()
    for id_, cents in of_bill.items():
        late = (generated.today - due[id_]).days
        by_age[next(name for most, name in AGES if late <= most)] += max(cents, 0)
    for _, name in AGES:
        assert told["receivable_today"][f"{name}_cents"] == by_age[name], name
    assert {line["service_line"]: line["billed_cents"] for line in told["by_service_line"]} == dict(
        generated.rows(
            "SELECT service_line, sum(amount_cents)::bigint FROM app.invoice_lines "
            "WHERE tenant_id = %(tenant)s AND invoice_id = ANY (%(bills)s) GROUP BY 1",
            bills=[id_ for id_, *_, on in billed_of(bills) if first <= on <= last],
        )
    )
    owner_of = dict(
        generated.rows("SELECT id, provider_id FROM app.invoices WHERE tenant_id = %(tenant)s")
    )
    for each in told["by_provider"]:
        own = {bill for bill, who in owner_of.items() if str(who) == each["provider_id"]}
        assert each["billed_cents"] == sum(
            cents for id_, cents, *_, on in billed_of(bills) if id_ in own and first <= on <= last
        )
        assert each["collected_cents"] == sum(
            cents for of, cents, at, status in paid if of in own and status[0] == "s" and within(at)
        )
        assert each["receivable_today_cents"] == sum(
            max(cents, 0) for id_, cents in of_bill.items() if id_ in own
        )


AGES = (
    (0, "not_due"),
    (30, "days_1_30"),
    (60, "days_31_60"),
    (90, "days_61_90"),
    (100_000, "over_90_days"),
)


def billed_of(bills: list[Any]) -> list[Any]:
    return [bill for bill in bills if bill[2] in {"issued", "paid"}]


@pytest.mark.promise("6.get-patient-profit.margin")
def test_what_each_synthetic_patient_has_brought_is_that_of_other_sql(
    generated: Synthetic, endpoint: Endpoint
):
    books = generated.rows(
        """
        WITH bill AS (
          SELECT * FROM app.invoices WHERE tenant_id = %(tenant)s AND status IN ('issued', 'paid'))
        SELECT p.id, min(b.issued_on),
               (SELECT coalesce(sum(l.amount_cents), 0)::bigint FROM app.invoice_lines l
                 WHERE l.invoice_id IN (SELECT id FROM bill WHERE patient_id = p.id)),
               (SELECT coalesce(sum(l.cost_cents), 0)::bigint FROM app.invoice_lines l
                 WHERE l.invoice_id IN (SELECT id FROM bill WHERE patient_id = p.id)),
               (SELECT coalesce(sum(y.amount_cents), 0)::bigint FROM app.payments y
                 WHERE y.status = 'succeeded' AND y.invoice_id IN
                       (SELECT id FROM app.invoices WHERE patient_id = p.id)),
               (SELECT coalesce(sum(r.amount_cents), 0)::bigint FROM app.refunds r
                 WHERE r.invoice_id IN (SELECT id FROM app.invoices WHERE patient_id = p.id))
          FROM app.patients p LEFT JOIN bill b ON b.patient_id = p.id
         WHERE p.tenant_id = %(tenant)s GROUP BY p.id
        """
    )
    refunds = 0
    for patient_id, since, billed, cost, collected, refunded in books:
        told = asked(
            endpoint, generated.clinic.owner, "get_patient_profit", patient_id=str(patient_id)
        )
        assert told.get("first_billed") == (since and since.isoformat())
        assert (told["billed_cents"], told["cost_of_goods_cents"]) == (billed, cost)
        assert told["margin_cents"] == billed - cost
        assert told["lifetime_value_cents"] == collected - refunded
        refunds += refunded
    assert len(books) == 36
    assert refunds > 0
