"""Which visits a part of the cast leads to, before the diary has found a slot for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, auto

from models.vocabulary import ServiceLine
from services.clinical.lab_protocol import INTERVALS
from services.onboarding.synthetic_clinic import codes
from services.onboarding.synthetic_clinic.diary import Slot
from services.onboarding.synthetic_clinic.opening_hours import hours
from services.onboarding.synthetic_clinic.parts import Agenda, Case
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story, VisitKind

CADENCE = 91
"""Days from one visit to the next, once treatment runs."""
_SECOND_VISIT = 42
"""Days from the first visit to the second."""
_RISING_CADENCE = 68

CONSULTATION = VisitKind(codes.CONSULTATION, 60)
FOLLOW_UP = VisitKind(codes.FOLLOW_UP, 30)
TELEMEDICINE = VisitKind(codes.TELEMEDICINE, 20, telehealth=True)
TREATMENT = VisitKind(codes.BOTULINUM, 45)
INFUSION = VisitKind(codes.INFUSION, 60, by_nurse=True)
INJECTION = VisitKind(codes.INJECTION, 20, by_nurse=True)


class Fate(StrEnum):
    """What becomes of a planned visit; by the clock, unless somebody stays away."""

    BY_CLOCK = auto()
    MISSED = auto()
    CANCELLED = auto()


@dataclass(slots=True)
class Planned:
    """A visit that is to be put into the diary."""

    kind: VisitKind
    near: date
    window: tuple[date, date]
    fate: Fate = Fate.BY_CLOCK
    draws: bool = False
    first: bool = False
    """Goes into the diary before all others: somebody counts on this day."""
    on_closed_day: bool = False
    from_minute: int | None = None
    slot: Slot | None = None


def agenda(record: Record, story: Story) -> list[Planned]:
    """Everything that is planned for a patient, oldest first."""
    planned = [*_history(record, story), *_sessions(record, story), *_special(record, story)]
    return sorted(planned, key=lambda plan: plan.near)


# History: the visits that took place


def _history(record: Record, story: Story) -> Iterator[Planned]:
    part = story.part
    if part.first == 0:
        return
    drawn: list[int] = []
    for number, days in enumerate(_days_of_visits(story)):
        draws = _is_draw_due(story, drawn, days)
        drawn += [days] if draws else []
        kind = _kind(record, story, number, draws=draws)
        near = record.days_ago(days + _sway(record, story, days))
        stayed_away = record.chance.random()
        if number > 1 and days > 2 * CADENCE and stayed_away < _STAY_AWAY:
            missed = near - timedelta(days=10)
            fate = Fate.MISSED if stayed_away < _STAY_AWAY / 2 else Fate.CANCELLED
            yield Planned(kind, missed, _around(missed, 3, record), fate)
        yield Planned(kind, near, _around(near, 3, record), draws=draws)


def _sway(record: Record, story: Story, days: int) -> int:
    """A few days more or less, but not for the first and the last visit: the cases hang on them."""
    return 0 if days in (story.part.first, story.part.last) else record.chance.randint(-4, 4)


_STAY_AWAY = 0.14
"""The share of older visits before which one was missed or cancelled."""


def _days_of_visits(story: Story) -> list[int]:
    """Days before today: the first visit, the second, then regularly until the last."""
    part = story.part
    rising = story.has(Case.RISING_HEMATOCRIT)
    cadence = _RISING_CADENCE if rising else CADENCE
    days, following = [part.first], part.first - _SECOND_VISIT
    while following > part.last + cadence // 2:
        days.append(following)
        following -= cadence
    return [*days, part.last] if part.last < part.first else days


def _is_draw_due(story: Story, drawn: list[int], days: int) -> bool:
    """Labs are drawn at the first visit, after the start, then by the shortest interval."""
    if not any(plan.panels for plan in story.plans) or days < story.part.undrawn:
        return False
    if not drawn or story.has(Case.RISING_HEMATOCRIT) or days == _drawn_at_last(story):
        return True
    first_due = len(drawn) == 1 and drawn[-1] - days >= _AFTER_START
    return first_due or drawn[-1] - days >= _interval(story) - _EARLY


_AFTER_START = 80
_EARLY = 45
"""Days before the due date at which labs are drawn, where the patient is there anyway."""
_USUAL_INTERVAL = 180


def _drawn_at_last(story: Story) -> int | None:
    """The last visit of those whose latest labs must be recent."""
    recent = story.has(Case.HIGH_POTASSIUM) or story.has(Case.LOW_POTASSIUM)
    return story.part.last if recent else None


def _interval(story: Story) -> int:
    panels = {panel for plan in story.plans for panel in plan.panels}
    mine = {
        course[0].product.ingredient_rxnorm for plan in story.plans for course in plan.courses
    } | {plan.diagnosis.code for plan in story.plans}
    days = [
        interval.interval_days
        for interval in INTERVALS
        if interval.panel in panels
        and any(mark and mark.startswith(interval.codes) for mark in mine)
    ]
    return min([_USUAL_INTERVAL, *days])


def _kind(record: Record, story: Story, number: int, *, draws: bool) -> VisitKind:
    if number == 0:
        return CONSULTATION
    if story.plan.service_line is ServiceLine.AESTHETICS and not story.plan.courses:
        return TREATMENT
    by_video = not draws and record.chance.random() < _BY_VIDEO
    return TELEMEDICINE if by_video else FOLLOW_UP


_BY_VIDEO = 0.45


# Sessions with the nurse


def _sessions(record: Record, story: Story) -> Iterator[Planned]:
    if story.has(Case.INFUSIONS):
        kind, spacing, count = INFUSION, 24, 4
    elif story.has(Case.INJECTIONS):
        kind, spacing, count = INJECTION, 30, 7
    else:
        return
    for number in range(count):
        near = record.days_ago(6 + spacing * number)
        yield Planned(kind, near, _around(near, 2, record))


# What the part adds


def _special(record: Record, story: Story) -> Iterator[Planned]:
    today = record.today
    match story.part.agenda:
        case Agenda.TODAY | Agenda.TODAY_ANYWAY:
            yield _on(record, story, today)
        case Agenda.TOMORROW | Agenda.TOMORROW_ANYWAY:
            yield _on(record, story, today + timedelta(days=1))
        case Agenda.MISSED | Agenda.MISSED_REBOOKED:
            yield _last_week(record, Fate.MISSED)
        case Agenda.CANCELLED | Agenda.CANCELLED_REBOOKED:
            yield _last_week(record, Fate.CANCELLED)
        case Agenda.BOOKED | Agenda.UNBOOKED | Agenda.ENDED:
            pass
    if story.part.next > 1:
        near = today + timedelta(days=story.part.next)
        yield Planned(
            _next_kind(story), near, (today + timedelta(days=2), near + timedelta(days=4))
        )


def _on(record: Record, story: Story, day: date) -> Planned:
    """A visit on this very day; on a closed day only for those who come anyway, else after it."""
    anyway = story.part.agenda in (Agenda.TODAY_ANYWAY, Agenda.TOMORROW_ANYWAY)
    if hours(day) is None and not anyway:
        later = record.today + timedelta(days=2)
        return Planned(_next_kind(story), later, (later, later + timedelta(days=6)), first=True)
    soon = _soon(record) if story.part.agenda is Agenda.TODAY_ANYWAY else None
    return Planned(
        _next_kind(story), day, (day, day), first=True, on_closed_day=anyway, from_minute=soon
    )


def _soon(record: Record) -> int:
    local = record.now.astimezone(record.time_zone)
    return local.hour * 60 + local.minute + 40


def _next_kind(story: Story) -> VisitKind:
    if story.part.first == 0:
        return CONSULTATION
    aesthetic = story.plan.service_line is ServiceLine.AESTHETICS
    return TREATMENT if aesthetic and not story.plan.courses else FOLLOW_UP


def _last_week(record: Record, fate: Fate) -> Planned:
    """Some day of the calendar week before this one, Monday to Saturday."""
    monday = record.today - timedelta(days=record.today.weekday() + 7)
    near = monday + timedelta(days=record.chance.randint(0, 4))
    return Planned(FOLLOW_UP, near, (monday, monday + timedelta(days=5)), fate, first=True)


def _around(near: date, days: int, record: Record) -> tuple[date, date]:
    """So many days before and after, but not after yesterday."""
    away = timedelta(days=days)
    return near - away, min(near + away, record.days_ago(1))
