"""What patients take: courses in steps, fills, and who cannot be refilled, and why."""

from datetime import date, timedelta
from uuid import UUID

from models.medication import Medication
from models.vocabulary import AuthorizationStatus, MedicationStatus
from services.onboarding.synthetic_clinic.care_plans import CarePlan, Course, Step
from services.onboarding.synthetic_clinic.formulary import Product
from services.onboarding.synthetic_clinic.opening_hours import hours
from services.onboarding.synthetic_clinic.parts import Case
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story, TakenCourse, TakenStep, Visit

_RUNS_OUT = {
    Case.RUNS_OUT: 6,
    Case.RUNS_OUT_LABS: 4,
    Case.RUNS_OUT_VISIT: 3,
    Case.RUNS_OUT_AUTHORIZATION: 8,
}
"""In how many days."""
_LEFT = 12
"""Days for which everybody else is still supplied: only the cases run out within ten."""
_RESULTS_SEEN = 3
"""Days after a draw by which its results have come, and somebody has looked at them if open."""
_NEAR_VISIT = 9
"""A step begins at the visit nearest before it, or by message where there was none lately."""


def prescribe(record: Record, story: Story) -> None:
    """Write a row a step for every course of the patient's plans."""
    if not story.seen:
        return
    courses = [(plan, course) for plan in story.plans for course in plan.courses]
    for number, (plan, course) in enumerate(courses):
        days_left = next((d for case, d in _RUNS_OUT.items() if story.has(case)), None)
        first = _first_day(story, plan)
        _take(record, story, course, first, days_left if number == 0 else None)


def _first_day(story: Story, plan: CarePlan) -> date:
    """What goes by laboratory values begins once those of the first draw were seen."""
    drawn = next((visit.day for visit in story.seen if visit.draws), None)
    if drawn is None or not plan.panels:
        return story.seen[0].day
    day = drawn + timedelta(days=_RESULTS_SEEN)
    while hours(day) is None:
        day += timedelta(days=1)
    return day


def _take(record: Record, story: Story, course: Course, first: date, days_left: int | None) -> None:
    ended_on = story.ended_on
    last_day = ended_on or record.days_ago(1)
    begun: list[tuple[Step, date, Visit | None]] = []
    for step in course:
        wanted = first + timedelta(days=step.from_day)
        visit = _visit_before(story, wanted, not_before=first)
        started_on = visit.day if visit else wanted
        if started_on <= last_day:
            begun.append((step, started_on, visit))
    if not begun:
        return
    stops = [started_on for _, started_on, _ in begun[1:]] + [ended_on]
    for (step, started_on, visit), stopped_on in zip(begun, stops, strict=True):
        _write(record, story, step, (started_on, stopped_on), visit=visit, days_left=days_left)
    story.courses.append(
        TakenCourse(
            course[0].product.ingredient,
            [TakenStep(started_on, step.effect) for step, started_on, _ in begun],
            ended_on,
        )
    )


def _visit_before(story: Story, wanted: date, *, not_before: date) -> Visit | None:
    """The latest visit with the provider in the days up to this one."""
    near = [
        visit
        for visit in story.seen
        if not visit.kind.by_nurse
        and visit.day >= not_before
        and 0 <= (wanted - visit.day).days <= _NEAR_VISIT
    ]
    return near[-1] if near else None


def _write(
    record: Record,
    story: Story,
    step: Step,
    course: tuple[date, date | None],
    *,
    visit: Visit | None,
    days_left: int | None,
) -> None:
    started_on, stopped_on = course
    product, route = step.product, step.product.routes[step.route]
    active = stopped_on is None
    runs_out = active and days_left is not None
    blocked = runs_out and story.has(Case.RUNS_OUT_AUTHORIZATION)
    at = visit.encounter.started_at if visit and visit.encounter else record.at(started_on, 720)
    medication = record.add(
        Medication,
        at,
        patient_id=story.patient.id,
        encounter_id=_encounter_id(visit),
        rxnorm=product.rxnorm,
        label=product.label,
        ingredient_rxnorm=product.ingredient_rxnorm,
        ingredient_label=product.ingredient if product.ingredient_rxnorm else None,
        dose=step.dose,
        dose_unit=product.unit,
        route_code=route.code,
        route_label=route.label,
        frequency_code=step.frequency.code,
        frequency_label=step.frequency.label,
        as_needed=product.as_needed,
        status=MedicationStatus.ACTIVE if active else MedicationStatus.STOPPED,
        started_on=started_on,
        stopped_on=stopped_on,
        prescriber_id=story.provider_id,
        last_filled_on=_last_fill(record, product.supply_days, course, days_left),
        supply_days=product.supply_days,
        refills_left=_refills(record, story, active=active, runs_out=runs_out),
        authorization_status=_authorization(product, blocked=blocked),
    )
    story.medications.append(medication)


def _authorization(product: Product, *, blocked: bool) -> AuthorizationStatus:
    """Tirzepatide needs a payer's word; nothing else here does."""
    if product.ingredient != "tirzepatide":
        return AuthorizationStatus.NOT_NEEDED
    return AuthorizationStatus.NEEDED if blocked else AuthorizationStatus.APPROVED


def _last_fill(
    record: Record, supply_days: int, course: tuple[date, date | None], days_left: int | None
) -> date:
    """The last fill of a stopped course, else one that lasts as long as the part asks."""
    started_on, stopped_on = course
    if stopped_on is not None:
        fills = max((stopped_on - started_on).days - 1, 0) // supply_days
        return started_on + timedelta(days=fills * supply_days)
    if days_left is None:
        days_ago = record.chance.randint(1, supply_days - _LEFT)
    else:
        days_ago = supply_days - days_left
    return max(started_on, record.days_ago(days_ago))


def _refills(record: Record, story: Story, *, active: bool, runs_out: bool) -> int:
    if not active or (runs_out and story.has(Case.RUNS_OUT_VISIT)):
        return 0
    return record.chance.randint(1, 5)


def _encounter_id(visit: Visit | None) -> UUID | None:
    return visit.encounter.id if visit and visit.encounter else None
