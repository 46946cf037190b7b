"""The tool get_patient_profit."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from mcp_server.text import PersonName
from mcp_server.tool import OfPatient, PatientId, Result, read_tool
from mcp_server.wording import full_name
from models.permission import Permission
from models.vocabulary import ServiceLine
from services.database.session import ClinicSession
from services.practice import revenue
from services.practice.revenue import LineProfit, Profit


class LineMargin(Result, kw_only=True):
    """Of one service line."""

    service_line: ServiceLine
    billed_cents: int
    cost_of_goods_cents: int
    margin_cents: int


class PatientProfit(Result, kw_only=True):
    """What one patient has brought the clinic, in cents."""

    patient_id: OfPatient
    patient: PersonName
    first_billed: date | None = None
    lifetime_value_cents: Annotated[int, Meta(description="Collected less refunded.")]
    collected_cents: int
    refunded_cents: int
    billed_cents: int
    cost_of_goods_cents: int
    margin_cents: Annotated[int, Meta(description="Billed, paid or not, less cost of goods.")]
    by_service_line: list[LineMargin]


@read_tool(title="Patient profit", permission=Permission.VIEW_ALL_FINANCES)
async def get_patient_profit(clinic: ClinicSession, patient_id: PatientId) -> PatientProfit:
    """Gives one patient's lifetime value, bills, cost of goods and margin, in cents.

    By service line, largest first. Leaves out drafts, cancelled invoices and the clinic's time.
    """
    return _profit(patient_id, await revenue.profit(clinic, patient_id))


def _profit(patient_id: UUID, found: Profit) -> PatientProfit:
    billed = sum(line.billed for line in found.lines)
    cost = sum(line.cost for line in found.lines)
    return PatientProfit(
        patient_id=patient_id,
        patient=full_name(found.given_name, found.family_name),
        first_billed=found.since,
        lifetime_value_cents=found.collected - found.refunded,
        collected_cents=found.collected,
        refunded_cents=found.refunded,
        billed_cents=billed,
        cost_of_goods_cents=cost,
        margin_cents=billed - cost,
        by_service_line=[_line(line) for line in found.lines],
    )


def _line(line: LineProfit) -> LineMargin:
    return LineMargin(
        service_line=ServiceLine(line.service_line),
        billed_cents=line.billed,
        cost_of_goods_cents=line.cost,
        margin_cents=line.billed - line.cost,
    )
