"""What the clinic sells besides memberships: visits, labs, products, packages of sessions."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.growth import Package
from models.vocabulary import ServiceLine
from services.onboarding.synthetic_clinic.agenda import (
    CONSULTATION,
    FOLLOW_UP,
    INFUSION,
    INJECTION,
    TELEMEDICINE,
    TREATMENT,
)
from services.onboarding.synthetic_clinic.bills import Bill, Line, Outcome, second_try_has_come
from services.onboarding.synthetic_clinic.memberships import add_months
from services.onboarding.synthetic_clinic.parts import Case
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story, Visit, VisitKind

_VISITS: dict[VisitKind, tuple[str, str, int, int]] = {
    # code, label, price and cost in US cents
    CONSULTATION: ("99204", "New patient visit", 25_000, 2_500),
    FOLLOW_UP: ("99213", "Follow-up visit", 14_500, 1_200),
    TELEMEDICINE: ("99213", "Follow-up visit by video", 9_500, 500),
    TREATMENT: ("MC-BOTULINUM", "Wrinkle treatment with botulinum toxin", 42_000, 16_300),
    INFUSION: ("MC-IV", "IV hydration with vitamins", 18_900, 4_800),
    INJECTION: ("96372", "Vitamin B12 injection", 3_500, 600),
}
_PANEL_PRICE, _PANEL_COST = 4_500, 2_800
_MEDICATION = {
    ServiceLine.HORMONES: ("MC-RX-HORMONES", "Dispensed hormones, 3 months", 16_500, 6_100),
    ServiceLine.WEIGHT_LOSS: ("MC-RX-WEIGHT", "Dispensed pens, 1 month", 39_900, 29_800),
}
"""What is sold at a visit where medication is changed or continued."""
_SECOND_TRIES = 0.08
"""The share of bills of visits that are paid at the second try."""

_OWES_SINCE = (20, 50, 80, 130)
"""Days: one open bill in each age of receivables, by date of issue and by due date alike."""
_SPECIAL = {
    # part: what becomes of a bill for products, and how many days old it is
    "m_steady": (Outcome.PAID_TWICE, 33),
    "h_today": (Outcome.PAID_TWICE, 12),
    "w_cancelled_rebooked": (Outcome.RETURNED, 64),
    "l_overdue": (Outcome.RETURNED, 17),
    "l_infusions": (Outcome.DRAFT, 1),
}


@dataclass(frozen=True, slots=True)
class _Offer:
    name: str
    code: str
    service_line: ServiceLine
    kind: VisitKind
    sessions: int
    price_cents: int
    cost_cents: int
    from_session: int
    """Bought on the day of this session of the patient's."""


_PACKAGES = {
    "l_infusions": _Offer(
        "IV hydration, 5 sessions", "MC-PKG-IV5", ServiceLine.LONGEVITY, INFUSION, 5, 79_900,
        24_000, 0,
    ),
    "l_injections": _Offer(
        "Vitamin B12, 10 injections", "MC-PKG-B12", ServiceLine.LONGEVITY, INJECTION, 10, 29_000,
        6_000, 0,
    ),
    "a_package": _Offer(
        "Wrinkle treatment, 4 sessions", "MC-PKG-BTX4", ServiceLine.AESTHETICS, TREATMENT, 4,
        149_000, 65_200, 1,
    ),
}  # fmt: skip


def sell(record: Record, stories: Sequence[Story]) -> Iterator[Bill]:
    """Write the packages; give the bills for all that was sold."""
    owing = iter(_OWES_SINCE)
    for story in stories:
        covered = yield from _package(record, story)
        for visit in story.seen:
            yield from _visit(record, story, visit, free=visit in covered)
        if story.has(Case.OWES):
            yield _products(record, story, Outcome.DECLINED, next(owing))
        if story.part.key in _SPECIAL:
            yield _products(record, story, *_SPECIAL[story.part.key])


def _visit(record: Record, story: Story, visit: Visit, *, free: bool) -> Iterator[Bill]:
    encounter = visit.encounter
    if encounter is None or encounter.ended_at is None:
        return
    lines = list(_lines(story, visit, free=free or _included(story, visit.day)))
    if not lines:
        return
    at = encounter.ended_at + timedelta(minutes=3)
    hitch = record.chance.random() < _SECOND_TRIES and second_try_has_come(record, at)
    yield Bill(
        story=story,
        at=at,
        lines=lines,
        outcome=Outcome.PAID_AT_SECOND_TRY if hitch else Outcome.PAID,
        encounter_id=encounter.id,
    )


def _included(story: Story, day: date) -> bool:
    """Whether a membership covers visits on that day."""
    member = story.membership
    if member is None:
        return False
    end = member.ended_on or member.paused_on
    return member.started_on <= day and (end is None or day < end)


def _lines(story: Story, visit: Visit, *, free: bool) -> Iterator[Line]:
    service_line = story.plan.service_line
    if not free:
        yield Line(service_line, *_VISITS[visit.kind])
    if visit.draws:
        panels = {panel for plan in story.plans for panel in plan.panels}
        yield Line(ServiceLine.LABORATORY, "36415", "Blood draw", 1_500, 400)
        yield Line(
            ServiceLine.LABORATORY,
            "MC-LAB",
            "Laboratory panels",
            _PANEL_PRICE * len(panels),
            _PANEL_COST * len(panels),
            len(panels),
        )
    taking = any(medication.started_on <= visit.day for medication in story.medications)
    if service_line in _MEDICATION and taking:
        yield Line(service_line, *_MEDICATION[service_line])


def _products(record: Record, story: Story, outcome: Outcome, days: int) -> Bill:
    line = Line(story.plan.service_line, "MC-PRODUCTS", "Products to take home", 12_800, 5_400)
    at = record.at(record.days_ago(days), record.chance.randint(10 * 60, 16 * 60))
    return Bill(story=story, at=at, lines=[line], outcome=outcome)


def _package(record: Record, story: Story) -> Generator[Bill, None, list[Visit]]:
    """Write and bill a package; give (as the generator's value) the visits it covers."""
    offer = _PACKAGES.get(story.part.key)
    sessions = [v for v in story.seen if offer and v.kind == offer.kind]
    if offer is None or len(sessions) <= offer.from_session:
        return []
    first = sessions[offer.from_session]
    bought_at = first.appointment.starts_at - timedelta(minutes=5)
    bought_on = record.day_of(bought_at)
    covered = sessions[offer.from_session :][: offer.sessions]
    record.add(
        Package,
        bought_at,
        patient_id=story.patient.id,
        name=offer.name,
        sessions_bought=offer.sessions,
        sessions_used=len(covered),
        price_cents=offer.price_cents,
        bought_on=bought_on,
        expires_on=add_months(bought_on, 12),
    )
    line = Line(offer.service_line, offer.code, offer.name, offer.price_cents, offer.cost_cents)
    yield Bill(story=story, at=bought_at, lines=[line])
    return covered
