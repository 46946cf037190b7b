"""What inbox, money and growth promise to show."""

from datetime import timedelta

from models.encounter import Encounter
from models.growth import Lead, Membership, MembershipPlan, Package
from models.invoice import Invoice, Payment, Refund
from models.message import InboxItem, IntakeForm
from models.patient import PatientConsent
from models.vocabulary import (
    AppointmentStatus,
    Channel,
    ConsentKind,
    InboxKind,
    InvoiceStatus,
    LeadSource,
    MembershipStatus,
    PaymentStatus,
)
from tests.services.onboarding.promises.found import Found, at_least
from tests.services.onboarding.promises.missed import missed_last_week
from tests.services.onboarding.sample import PROVIDERS, Sample


def messages_are_unread(sample: Sample) -> Found:
    """At least four."""
    unread = sample.where(InboxItem, kind=InboxKind.MESSAGE, read_at=None)
    return at_least(4, list(unread))


def tasks_wait_and_one_is_late(sample: Sample) -> Found:
    """Several tasks, one past its due time."""
    tasks = sample.where(InboxItem, kind=InboxKind.TASK, answered_at=None)
    late = [task for task in tasks if task.due_at and task.due_at < sample.now]
    return late if len(tasks) > len(late) else []


def lab_calls_wait(sample: Sample) -> Found:
    """Somebody has to call about results."""
    return list(sample.where(InboxItem, kind=InboxKind.LAB_CALLBACK, answered_at=None))


def a_patient_wants_no_texts(sample: Sample) -> Found:
    """Wrote STOP, and missed last week's visit: there is another way to reach him or her."""
    stopped = {
        c.patient_id for c in sample.where(PatientConsent, kind=ConsentKind.SMS, granted=False)
    }
    stopped &= {
        item.patient_id for item in sample.where(InboxItem, body="STOP", channel=Channel.SMS)
    }
    missed = missed_last_week(sample, AppointmentStatus.NO_SHOW, rebooked=False)
    return [v for v in missed if v.patient_id in stopped]


def a_message_gives_orders_to_the_assistant(sample: Sample) -> Found:
    """Unread, in the inbox."""
    unread = sample.where(InboxItem, read_at=None)
    return [item for item in unread if "assistant:" in item.body]


def an_intake_form_gives_orders_to_the_assistant(sample: Sample) -> Found:
    """In one of the answers."""
    return [
        form
        for form in sample.of(IntakeForm)
        if any("ignore your previous instructions" in answer["answer"] for answer in form.answers)
    ]


def receivables_have_every_age(sample: Sample) -> Found:
    """0-30, 31-60, 61-90 and over 90 days, counted from issue and from the due date alike."""
    unpaid = sample.where(Invoice, status=InvoiceStatus.ISSUED)
    by_issue = {_age_bucket((sample.today - bill.issued_on).days) for bill in unpaid}
    by_due = {_age_bucket((sample.today - bill.due_on).days) for bill in unpaid}
    return [unpaid] if by_issue == by_due == {0, 1, 2, 3} else []


def payments_have_failed(sample: Sample) -> Found:
    """Some for good."""
    bills = sample.by_id(Invoice)
    return [
        payment
        for payment in sample.where(Payment, status=PaymentStatus.FAILED)
        if bills[payment.invoice_id].status == InvoiceStatus.ISSUED
    ]


def payments_went_through_at_the_second_try(sample: Sample) -> Found:
    """Some."""
    bills = sample.by_id(Invoice)
    return [
        payment
        for payment in sample.where(Payment, status=PaymentStatus.FAILED)
        if bills[payment.invoice_id].status == InvoiceStatus.PAID
    ]


def money_was_given_back(sample: Sample) -> Found:
    """Twice at least."""
    return at_least(2, list(sample.of(Refund)))


def both_providers_bill(sample: Sample) -> Found:
    """And both have something unpaid: each sees the own only."""
    all_bills = {bill.provider_id for bill in sample.of(Invoice)}
    unpaid = {b.provider_id for b in sample.where(Invoice, status=InvoiceStatus.ISSUED)}
    return [all_bills] if all_bills == unpaid == set(PROVIDERS) else []


def every_invoice_status_is_there(sample: Sample) -> Found:
    """Draft, issued, paid, cancelled."""
    statuses = {bill.status for bill in sample.of(Invoice)}
    return [statuses] if statuses == set(InvoiceStatus) else []


def every_membership_status_is_there(sample: Sample) -> Found:
    """Active, paused, past due, lapsed, cancelled."""
    statuses = {member.status for member in sample.of(Membership)}
    return [statuses] if statuses == set(MembershipStatus) else []


def a_member_does_not_use_the_benefit(sample: Sample) -> Found:
    """Active, with visits included, and none for a whole quarter."""
    plans = sample.by_id(MembershipPlan)
    unused: Found = []
    for member in sample.where(Membership, status=MembershipStatus.ACTIVE):
        seen = [e.started_at for e in sample.of_patient(Encounter, member.patient_id)]
        if plans[member.plan_id].visits_per_quarter and sample.now - max(seen) > timedelta(days=92):
            unused.append(member)
    return unused


def a_member_is_new(sample: Sample) -> Found:
    """Joined within the last month or so."""
    month = timedelta(days=32)
    return [m for m in sample.of(Membership) if sample.today - m.started_on <= month]


def packages_have_sessions_left(sample: Sample) -> Found:
    """Bought, partly used."""
    return [p for p in sample.of(Package) if 0 < p.sessions_used < p.sessions_bought]


def leads_come_from_everywhere(sample: Sample) -> Found:
    """Each source has some that pay and some that do not."""
    paying = {lead.source for lead in sample.of(Lead) if lead.paying_at}
    others = {lead.source for lead in sample.of(Lead) if not lead.paying_at}
    return [paying | others] if others == set(LeadSource) and len(paying) >= 3 else []


def leads_stand_at_each_stage(sample: Sample) -> Found:
    """Asked, consulted, paying; lost before and after the consult."""
    stages = {
        (lead.consult_at is not None, lead.paying_at is not None, lead.lost_at is not None)
        for lead in sample.of(Lead)
    }
    expected = {
        (False, False, False),
        (True, False, False),
        (True, True, False),
        (False, False, True),
        (True, False, True),
    }
    return [stages] if expected <= stages else []


def leads_came_in_lately(sample: Sample) -> Found:
    """Five or more within 90 days, one of them paying."""
    since = sample.now - timedelta(days=90)
    recent = [lead for lead in sample.of(Lead) if lead.contacted_at > since]
    return at_least(5, list(recent)) if any(lead.paying_at for lead in recent) else []


def _age_bucket(days: int) -> int:
    return 0 if days <= 30 else 1 if days <= 60 else 2 if days <= 90 else 3
