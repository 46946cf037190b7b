"""What patients were billed and paid: of a range of days, and of one patient.

All amounts are integer cents. Drafts and cancelled invoices are no bills.
"""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import DateRange
from services.errors import NotFound

_BILLED = "i.status IN ('issued', 'paid')"

_TOTALS = statement(
    f"""
SELECT (SELECT coalesce(sum(i.total_cents), 0)::bigint FROM invoices i
         WHERE i.issued_on BETWEEN :first AND :last AND {_BILLED}),
       (SELECT count(*) FROM invoices i
         WHERE i.issued_on BETWEEN :first AND :last AND {_BILLED}),
       (SELECT coalesce(sum(p.amount_cents), 0)::bigint FROM payments p
         WHERE p.paid_at >= :begin AND p.paid_at < :end AND p.status = 'succeeded'),
       (SELECT coalesce(sum(r.amount_cents), 0)::bigint FROM refunds r
         WHERE r.refunded_at >= :begin AND r.refunded_at < :end),
       (SELECT count(*) FROM payments p
         WHERE p.paid_at >= :begin AND p.paid_at < :end AND p.status = 'failed')
"""  # noqa: S608 -- a part of our own
)
_OPENED = """
opened AS MATERIALIZED (
  SELECT i.provider_id, i.due_on, i.total_cents
         - coalesce((SELECT sum(p.amount_cents) FROM payments p
                      WHERE p.tenant_id = i.tenant_id AND p.invoice_id = i.id
                        AND p.status = 'succeeded'), 0)
         + coalesce((SELECT sum(r.amount_cents) FROM refunds r
                      WHERE r.tenant_id = i.tenant_id AND r.invoice_id = i.id), 0) AS cents
    FROM invoices i WHERE i.status = 'issued'
)
"""
_AGES = statement(
    f"""
WITH {_OPENED}
SELECT coalesce(sum(o.cents) FILTER (WHERE o.due_on >= :today), 0)::bigint,
       coalesce(sum(o.cents) FILTER (WHERE :today - o.due_on BETWEEN 1 AND 30), 0)::bigint,
       coalesce(sum(o.cents) FILTER (WHERE :today - o.due_on BETWEEN 31 AND 60), 0)::bigint,
       coalesce(sum(o.cents) FILTER (WHERE :today - o.due_on BETWEEN 61 AND 90), 0)::bigint,
       coalesce(sum(o.cents) FILTER (WHERE :today - o.due_on > 90), 0)::bigint
  FROM opened o WHERE o.cents > 0
"""  # noqa: S608 -- a part of our own
)
_BY_LINE = statement(
    f"""
SELECT l.service_line, sum(l.amount_cents)::bigint AS cents
  FROM invoices i JOIN invoice_lines l ON l.tenant_id = i.tenant_id AND l.invoice_id = i.id
 WHERE i.issued_on BETWEEN :first AND :last AND {_BILLED}
 GROUP BY l.service_line ORDER BY cents DESC, l.service_line
"""  # noqa: S608 -- a part of our own
)
_BY_PROVIDER = statement(
    f"""
WITH {_OPENED}, entered AS (
  SELECT i.provider_id, i.total_cents AS billed, 0 AS collected, 0 AS refunded, 0 AS receivable
    FROM invoices i WHERE i.issued_on BETWEEN :first AND :last AND {_BILLED}
  UNION ALL
  SELECT p.provider_id, 0, p.amount_cents, 0, 0 FROM payments p
   WHERE p.paid_at >= :begin AND p.paid_at < :end AND p.status = 'succeeded'
  UNION ALL
  SELECT r.provider_id, 0, 0, r.amount_cents, 0 FROM refunds r
   WHERE r.refunded_at >= :begin AND r.refunded_at < :end
  UNION ALL
  SELECT o.provider_id, 0, 0, 0, o.cents FROM opened o WHERE o.cents > 0
)
SELECT s.user_id, s.display_name || coalesce(', ' || s.credentials, ''),
       sum(e.billed)::bigint AS cents, sum(e.collected)::bigint, sum(e.refunded)::bigint,
       sum(e.receivable)::bigint
  FROM entered e JOIN staff s ON s.user_id = e.provider_id
 GROUP BY s.user_id, s.display_name, s.credentials ORDER BY cents DESC, s.user_id
"""  # noqa: S608 -- a part of our own
)
_OF_PATIENT = statement(
    """
SELECT p.given_name, p.family_name,
       (SELECT min(i.issued_on) FROM invoices i WHERE i.tenant_id = p.tenant_id
           AND i.patient_id = p.id AND i.status IN ('issued', 'paid')),
       (SELECT coalesce(sum(y.amount_cents), 0)::bigint
          FROM invoices i JOIN payments y ON y.tenant_id = i.tenant_id AND y.invoice_id = i.id
         WHERE i.tenant_id = p.tenant_id AND i.patient_id = p.id AND y.status = 'succeeded'),
       (SELECT coalesce(sum(r.amount_cents), 0)::bigint
          FROM invoices i JOIN refunds r ON r.tenant_id = i.tenant_id AND r.invoice_id = i.id
         WHERE i.tenant_id = p.tenant_id AND i.patient_id = p.id)
  FROM patients p WHERE p.id = :patient_id
"""
)
_LINES_OF_PATIENT = statement(
    f"""
SELECT l.service_line, sum(l.amount_cents)::bigint AS cents, sum(l.cost_cents)::bigint
  FROM invoices i JOIN invoice_lines l ON l.tenant_id = i.tenant_id AND l.invoice_id = i.id
 WHERE i.patient_id = :patient_id AND {_BILLED}
 GROUP BY l.service_line ORDER BY cents DESC, l.service_line
"""  # noqa: S608 -- a part of our own
)


class Totals(NamedTuple):
    """Of a range of days; cents."""

    billed: int
    invoices: int
    collected: int
    refunded: int
    failed_payments: int


class Receivables(NamedTuple):
    """What is still open today, by the days for which it has been due; cents."""

    not_due: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    over_90_days: int


class OfLine(NamedTuple):
    """What was billed for one service line; cents."""

    service_line: str
    billed: int


class OfProvider(NamedTuple):
    """What came in one provider's name; cents."""

    provider_id: UUID
    provider: str
    billed: int
    collected: int
    refunded: int
    receivable: int
    """Today, whatever the range."""


class Summary(NamedTuple):
    """A clinic's revenue, or one provider's."""

    first: date
    last: date
    own_only: bool
    """Whether only the asking provider's rows were in sight."""
    totals: Totals
    receivables: Receivables
    lines: list[OfLine]
    providers: list[OfProvider]


class LineProfit(NamedTuple):
    """Of one service line; cents."""

    service_line: str
    billed: int
    cost: int


class Profit(NamedTuple):
    """What one patient has brought; cents."""

    given_name: str
    family_name: str
    since: date | None
    collected: int
    refunded: int
    lines: list[LineProfit]


async def summary(clinic: ClinicSession, date_range: DateRange) -> Summary:
    """What was billed (by date of issue), collected and refunded (by clinic's day) in a range.

    Receivables are of today, whatever the range: what issued invoices still lack, payments that
    succeeded taken off and refunds added, by days past the due date (the 30-day buckets of an
    accounts-receivable ageing report); a paid invoice is closed, also when it was refunded.
    Without `view_all_finances` the database shows the rows of the asking provider alone. Raises
    NotPermitted.
    """
    clinic.require(Permission.VIEW_OWN_FINANCES)
    principal = await clinic.begin()
    first, last = date_range.days(principal.today)
    begin, end = date_range.instants(principal.today, principal.zone)
    days = {"first": first, "last": last}
    entered = {**days, "begin": begin, "end": end}
    totals, ages, lines, providers = await clinic.ask(
        (_TOTALS, entered),
        (_AGES, {"today": principal.today}),
        (_BY_LINE, days),
        (_BY_PROVIDER, entered),
    )
    return Summary(
        first,
        last,
        not principal.may(Permission.VIEW_ALL_FINANCES),
        Totals._make(totals[0]),
        Receivables._make(ages[0]),
        [OfLine._make(row) for row in lines],
        [OfProvider._make(row) for row in providers],
    )


async def profit(clinic: ClinicSession, patient_id: UUID) -> Profit:
    """What a patient paid, less refunds (lifetime value), and what the services cost the clinic.

    Margin is by bills: what was billed for a line, less its cost of goods. Raises NotFound,
    NotPermitted.
    """
    clinic.require(Permission.VIEW_ALL_FINANCES)
    one = {"patient_id": patient_id}
    found, lines = await clinic.ask((_OF_PATIENT, one), (_LINES_OF_PATIENT, one))
    if not found:
        raise NotFound("There is no such patient in this clinic.")
    return Profit._make((*found[0], [LineProfit._make(row) for row in lines]))
