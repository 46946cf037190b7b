"""The tool get_billing_summary."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Label, Ours
from mcp_server.tool import Result, read_tool
from models.permission import Permission
from models.vocabulary import ServiceLine
from services.database.session import ClinicSession
from services.date_range import DateRange
from services.practice import revenue
from services.practice.revenue import Receivables, Summary


class OpenAmounts(Result, kw_only=True):
    """What is open today, by days past the due date."""

    not_due_cents: int
    days_1_30_cents: int
    days_31_60_cents: int
    days_61_90_cents: int
    over_90_days_cents: int
    total_cents: int


class LineRevenue(Result, kw_only=True):
    """Of one service line."""

    service_line: ServiceLine
    billed_cents: int


class ProviderRevenue(Result, kw_only=True):
    """Of one provider."""

    provider_id: Ours
    provider: Label
    billed_cents: int
    collected_cents: int
    refunded_cents: int
    receivable_today_cents: int


class BillingSummary(Result, kw_only=True):
    """Money between the clinic and its patients, in cents."""

    first: date
    last: date
    own_rows_only: Annotated[
        bool, Meta(description="Given where this role sees its own provider's rows alone.")
    ] = False
    billed_cents: int
    invoices: int
    collected_cents: int
    refunded_cents: int
    failed_payments: int
    receivable_today: OpenAmounts
    by_service_line: list[LineRevenue]
    by_provider: list[ProviderRevenue]


@read_tool(title="Billing summary", permission=Permission.VIEW_OWN_FINANCES)
async def get_billing_summary(clinic: ClinicSession, date_range: DateRange) -> BillingSummary:
    """Gives what was billed, collected and refunded in a range of days, in cents.

    Billed counts by date of issue, collected and refunded by date of payment, of whatever invoice;
    open amounts are those of today by days past due, whatever the range. Largest first. Payments
    are of whole invoices, so of service lines only billed is told. Leaves out drafts, cancelled
    invoices and insurance claims.
    """
    return _summary(await revenue.summary(clinic, date_range))


def _summary(found: Summary) -> BillingSummary:
    totals = found.totals
    return BillingSummary(
        first=found.first,
        last=found.last,
        own_rows_only=found.own_only,
        billed_cents=totals.billed,
        invoices=totals.invoices,
        collected_cents=totals.collected,
        refunded_cents=totals.refunded,
        failed_payments=totals.failed_payments,
        receivable_today=_open(found.receivables),
        by_service_line=[
            LineRevenue(service_line=ServiceLine(line.service_line), billed_cents=line.billed)
            for line in found.lines
        ],
        by_provider=[
            ProviderRevenue(
                provider_id=str(each.provider_id),
                provider=each.provider,
                billed_cents=each.billed,
                collected_cents=each.collected,
                refunded_cents=each.refunded,
                receivable_today_cents=each.receivable,
            )
            for each in found.providers
        ],
    )


def _open(ages: Receivables) -> OpenAmounts:
    return OpenAmounts(
        not_due_cents=ages.not_due,
        days_1_30_cents=ages.days_1_30,
        days_31_60_cents=ages.days_31_60,
        days_61_90_cents=ages.days_61_90,
        over_90_days_cents=ages.over_90_days,
        total_cents=sum(ages),
    )
