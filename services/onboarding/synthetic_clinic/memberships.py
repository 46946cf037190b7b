"""Membership plans, who is on which, and the monthly charges that follow from it."""

import calendar
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from models.growth import Membership, MembershipPlan
from models.vocabulary import MembershipStatus, ServiceLine
from services.onboarding.synthetic_clinic.bills import Bill, Line, Outcome
from services.onboarding.synthetic_clinic.parts import Enrolment
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story

_PLANS = (
    # name, US cents a month, visits a quarter
    ("Essential", 9_900, 1),
    ("Optimize", 19_900, 2),
    ("Longevity", 34_900, 3),
)
_OLD_PRICE = {"john_smith": 17_900}
"""Who joined before the price went up."""
_CHARGED_AT = 6 * 60 + 5
_PAUSED_BEFORE, _CANCELLED_BEFORE = 25, 45
"""Days before today."""
_LAPSED_AFTER = timedelta(days=14)
"""After the second charge that failed."""
_UNTIL_NEXT_CHARGE = {MembershipStatus.PAST_DUE: 12, MembershipStatus.LAPSED: 10}
"""Days by which the last charge lies less than a month back."""


def open_plans(record: Record) -> dict[str, MembershipPlan]:
    """Write the plans on sale."""
    at = record.at(record.days_ago(800), 12 * 60)
    return {
        name: record.add(
            MembershipPlan, at, name=name, monthly_cents=cents, visits_per_quarter=visits
        )
        for name, cents, visits in _PLANS
    }


def enrol(record: Record, stories: Sequence[Story], plans: dict[str, MembershipPlan]) -> list[Bill]:
    """Write the memberships; give a bill for each month charged."""
    return [
        bill
        for story in stories
        if story.part.member
        for bill in _enrol(record, story, story.part.member, plans[story.part.member.plan])
    ]


def _enrol(
    record: Record, story: Story, enrolment: Enrolment, plan: MembershipPlan
) -> Iterator[Bill]:
    days = _UNTIL_NEXT_CHARGE.get(enrolment.status) or record.chance.randint(1, 26)
    started_on = add_months(record.today, -enrolment.months) + timedelta(days=days)
    started_on = max(started_on, story.seen[0].day)
    paused_on = ended_on = None
    if enrolment.status is MembershipStatus.PAUSED:
        paused_on = record.days_ago(_PAUSED_BEFORE)
    if enrolment.status is MembershipStatus.CANCELLED:
        ended_on = story.ended_on or record.days_ago(_CANCELLED_BEFORE)
    charges = list(_charges(record, started_on, paused_on or ended_on))
    if enrolment.status is MembershipStatus.LAPSED:
        ended_on = charges[-1] + _LAPSED_AFTER
    goes_on = enrolment.status in (MembershipStatus.ACTIVE, MembershipStatus.PAST_DUE)
    monthly_cents = _OLD_PRICE.get(story.part.key, plan.monthly_cents)
    story.membership = record.add(
        Membership,
        record.at(started_on, _CHARGED_AT),
        patient_id=story.patient.id,
        plan_id=plan.id,
        status=enrolment.status,
        monthly_cents=monthly_cents,
        started_on=started_on,
        paused_on=paused_on,
        ended_on=ended_on,
        next_charge_on=add_months(started_on, len(charges)) if goes_on else None,
    )
    declined = {MembershipStatus.PAST_DUE: 1, MembershipStatus.LAPSED: 2}.get(enrolment.status, 0)
    for number, day in enumerate(charges):
        paid = number < len(charges) - declined
        yield Bill(
            story=story,
            at=record.at(day, _CHARGED_AT),
            lines=[_line(plan, monthly_cents)],
            outcome=Outcome.PAID if paid else Outcome.DECLINED,
            membership_id=story.membership.id,
        )


def _charges(record: Record, started_on: date, until: date | None) -> Iterator[date]:
    """The days on which it was charged: the same day of each month."""
    month = 0
    while True:
        day = add_months(started_on, month)
        if (until and day >= until) or record.at(day, _CHARGED_AT + 5) > record.now:
            return
        yield day
        month += 1


def _line(plan: MembershipPlan, monthly_cents: int) -> Line:
    code = f"MC-MEM-{plan.name[:3].upper()}"
    return Line(ServiceLine.MEMBERSHIP, code, f"{plan.name} membership, month", monthly_cents, 0)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the month's last where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
