"""The tool get_membership_metrics."""

from typing import Annotated

from msgspec import Meta

from mcp_server.text import Label, Ours
from mcp_server.tool import Result, read_tool
from mcp_server.wording import number
from models.permission import Permission
from services.database.session import ClinicSession
from services.practice import growth
from services.practice.growth import AtRisk, Month, Plan


class Members(Result, kw_only=True):
    """Members today."""

    plan: Annotated[Label | None, Meta(description="Absent in the sum.")] = None
    active: int
    paused: int
    past_due: int
    new: Annotated[int, Meta(description="In twelve months; so is churned.")]
    churned: int
    mrr_cents: Annotated[int, Meta(description="Of active and past due members.")]
    arpm_cents: Annotated[int | None, Meta(description="Of a paying member, a month.")] = None


class MonthOfMembers(Result, kw_only=True):
    """One month."""

    month: Annotated[Ours, Meta(description="YYYY-MM.")]
    new: int
    churned: int
    churn_percent: float | None = None
    mrr_cents: Annotated[int, Meta(description="At its end, or today.")]


class MembersAtRisk(Result, kw_only=True):
    """One member may count in several."""

    failed_payment: int
    unused_benefit: Annotated[
        int, Meta(description="No visit in 90 days on a plan that includes visits.")
    ]
    lapsing: Annotated[int, Meta(description="Lapsed in the last 30 days or ending in the next.")]
    anyone: Annotated[int, Meta(description="Members with at least one of these.")]


class MembershipMetrics(Result, kw_only=True):
    """Memberships, today and over twelve months."""

    everyone: Members
    by_plan: list[Members]
    months: list[MonthOfMembers]
    at_risk: MembersAtRisk


@read_tool(title="Membership metrics", permission=Permission.VIEW_GROWTH)
async def get_membership_metrics(clinic: ClinicSession) -> MembershipMetrics:
    """Gives members today by plan, and new, churned and recurring revenue by month, oldest first.

    Twelve months, the present one last and not over; churn is of the members at the month's start.
    Counts members at risk. Leaves out names.
    """
    found = await growth.memberships(clinic)
    return MembershipMetrics(
        everyone=_members(found.everyone),
        by_plan=[_members(plan) for plan in found.plans],
        months=[_month(month) for month in found.months],
        at_risk=_at_risk(found.at_risk),
    )


def _members(found: Plan) -> Members:
    paying = found.active + found.past_due
    return Members(
        plan=found.plan,
        active=found.active,
        paused=found.paused,
        past_due=found.past_due,
        new=found.new,
        churned=found.churned,
        mrr_cents=found.mrr,
        arpm_cents=round(found.mrr / paying) if paying else None,
    )


def _month(found: Month) -> MonthOfMembers:
    percent = found.churn_percent
    return MonthOfMembers(
        month=f"{found.month:%Y-%m}",
        new=found.new,
        churned=found.churned,
        churn_percent=None if percent is None else number(percent),
        mrr_cents=found.mrr,
    )


def _at_risk(found: AtRisk) -> MembersAtRisk:
    return MembersAtRisk(
        failed_payment=found.failed_payment,
        unused_benefit=found.unused_benefit,
        lapsing=found.lapsing,
        anyone=found.anyone,
    )
