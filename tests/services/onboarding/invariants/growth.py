"""What must hold of leads, memberships and packages."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from models.encounter import Encounter
from models.growth import Lead, Membership, MembershipPlan, Package
from models.invoice import Invoice, Payment
from models.vocabulary import InvoiceStatus, MembershipStatus, PaymentStatus
from tests.services.onboarding.sample import Sample, name_of

_GOES_ON = (MembershipStatus.ACTIVE, MembershipStatus.PAST_DUE)
_OVER = (MembershipStatus.LAPSED, MembershipStatus.CANCELLED)
_MONTH = (27, 32)
"""Days between two monthly charges."""


def leads_go_forward(sample: Sample) -> list[str]:
    """A lead asks, then consults, then pays; who pays is a patient and was not lost."""
    wrong: list[str] = []
    for lead in sample.of(Lead):
        steps = [lead.contacted_at, lead.consult_at, lead.paying_at]
        given = [step for step in steps if step is not None]
        if (
            given != sorted(given)
            or (lead.paying_at and not (lead.patient_id and lead.consult_at))
            or (lead.lost_at and (lead.paying_at or lead.lost_at < given[-1]))
        ):
            wrong.append(name_of(lead))
    return wrong


def leads_agree_with_the_chart(sample: Sample) -> list[str]:
    """A patient's lead consulted at the first visit and paid with the first payment."""
    bills = sample.by_id(Invoice)
    all_seen = _by_patient((e.patient_id, e.started_at) for e in sample.of(Encounter))
    all_paid = _by_patient(
        (bills[payment.invoice_id].patient_id, payment.paid_at)
        for payment in sample.where(Payment, status=PaymentStatus.SUCCEEDED)
    )
    wrong: list[str] = []
    for lead in sample.of(Lead):
        if lead.patient_id is None:
            continue
        seen, paid = all_seen[lead.patient_id], all_paid[lead.patient_id]
        consulted = lead.consult_at is not None and bool(seen) and lead.consult_at <= min(seen)
        if bool(seen) != consulted or lead.paying_at != min(paid, default=None):
            wrong.append(name_of(lead))
    return wrong


def memberships_have_their_dates(sample: Sample) -> list[str]:
    """What goes on has a next charge and no end; what is over has an end; paused since a day."""
    wrong: list[str] = []
    for member in sample.of(Membership):
        begun = member.started_on
        if (
            (member.status in _GOES_ON) != (member.next_charge_on is not None)
            or (member.status in _OVER) != (member.ended_on is not None)
            or (member.status == MembershipStatus.PAUSED) != (member.paused_on is not None)
            or (member.next_charge_on and member.next_charge_on < sample.today)
            or any(day is not None and day < begun for day in (member.ended_on, member.paused_on))
        ):
            wrong.append(name_of(member))
    return wrong


def memberships_are_charged_monthly(sample: Sample) -> list[str]:
    """One bill a month of the member's own price, from the start until the end or the pause."""
    wrong: list[str] = []
    for member in sample.of(Membership):
        bills = _bills(sample, member)
        days = [bill.issued_on for bill in bills]
        stop = member.paused_on or member.ended_on
        until = member.next_charge_on or stop
        gaps = [(b - a).days for a, b in pairwise(days)]
        if (
            not days
            or days[0] != member.started_on
            or any(not _MONTH[0] <= gap <= _MONTH[1] for gap in gaps)
            or any(bill.total_cents != member.monthly_cents for bill in bills)
            or not _reaches(days[-1], until)
        ):
            wrong.append(name_of(member))
    return wrong


def memberships_stand_as_they_are_paid(sample: Sample) -> list[str]:
    """Past due: the last charge is open. Lapsed: the last two. Everybody else has paid all."""
    open_at_the_end = {MembershipStatus.PAST_DUE: 1, MembershipStatus.LAPSED: 2}
    wrong: list[str] = []
    for member in sample.of(Membership):
        statuses = [bill.status for bill in _bills(sample, member)]
        owed = open_at_the_end.get(MembershipStatus(member.status), 0)
        expected = [InvoiceStatus.PAID] * (len(statuses) - owed) + [InvoiceStatus.ISSUED] * owed
        if statuses != expected:
            wrong.append(name_of(member))
    return wrong


def plans_are_on_sale(sample: Sample) -> list[str]:
    """Each member pays the plan's price, or an older, lower one."""
    plans = sample.by_id(MembershipPlan)
    return [
        name_of(member)
        for member in sample.of(Membership)
        if not 0 < member.monthly_cents <= plans[member.plan_id].monthly_cents
    ]


def packages_are_not_overdrawn(sample: Sample) -> list[str]:
    """Nobody uses more sessions than bought, and a package ends after it was bought."""
    return [
        name_of(package)
        for package in sample.of(Package)
        if not 0 <= package.sessions_used <= package.sessions_bought
        or (package.expires_on is not None and package.expires_on <= package.bought_on)
    ]


def _by_patient(times: Iterable[tuple[UUID, datetime]]) -> defaultdict[UUID, list[datetime]]:
    of_each: defaultdict[UUID, list[datetime]] = defaultdict(list)
    for patient_id, at in times:
        of_each[patient_id].append(at)
    return of_each


def _bills(sample: Sample, member: Membership) -> list[Invoice]:
    bills = sample.where(Invoice, membership_id=member.id)
    return sorted(bills, key=lambda bill: bill.issued_on)


def _reaches(last: date, until: date | None) -> bool:
    """Whether the charges go on until a month before the next one, or the end."""
    return until is not None and last < until <= last + timedelta(days=_MONTH[1])
