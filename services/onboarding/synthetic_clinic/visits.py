"""The schedule: 24 months of visits, what became of them, and what is booked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from models.appointment import Appointment
from models.encounter import Encounter, EncounterDiagnosis, Order
from models.vocabulary import AppointmentStatus, EncounterStatus, OrderKind, OrderStatus, VisitPlace
from services.onboarding.synthetic_clinic import codes
from services.onboarding.synthetic_clinic.agenda import (
    CADENCE,
    INFUSION,
    INJECTION,
    TREATMENT,
    Fate,
    Planned,
    agenda,
)
from services.onboarding.synthetic_clinic.codes import Coding
from services.onboarding.synthetic_clinic.diary import Diary, Slot
from services.onboarding.synthetic_clinic.parts import Agenda, Case
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story, Visit, VisitKind

_CLOSED_OUT = timedelta(minutes=45)
"""After a visit's time until it is documented and paid."""


def schedule(record: Record, stories: Sequence[Story], nurse_id: UUID) -> None:
    """Book and write all visits of all patients."""
    diary = Diary(record)
    agendas = [(story, agenda(record, story)) for story in stories]
    for first in (True, False):
        for story, plans in agendas:
            for planned in plans:
                if planned.first is first:
                    planned.slot = _book(diary, story, planned, nurse_id)
    for story, plans in agendas:
        _write(record, story, plans, nurse_id)
        _order(record, story)


def _book(diary: Diary, story: Story, planned: Planned, nurse_id: UUID) -> Slot:
    earliest, latest = planned.window
    return diary.book(
        nurse_id if planned.kind.by_nurse else story.provider_id,
        story.part.key,
        planned.kind.minutes,
        (earliest, min(max(planned.near, earliest), latest), latest),
        on_closed_day=planned.on_closed_day,
        from_minute=planned.from_minute,
    )


def _write(record: Record, story: Story, plans: list[Planned], nurse_id: UUID) -> None:
    booked_at = story.patient.created_at + timedelta(minutes=15)
    slotted = sorted(
        ((planned.slot, planned) for planned in plans if planned.slot), key=lambda pair: pair[0]
    )
    for slot, planned in slotted:
        staff_id = nurse_id if planned.kind.by_nurse else story.provider_id
        appointment = _appointment(
            record, story, planned, slot=slot, staff_id=staff_id, booked_at=booked_at
        )
        encounter = None
        if appointment.status == AppointmentStatus.FULFILLED:
            later = [s.day for s, p in slotted if s > slot and not p.kind.by_nurse]
            due = None if planned.kind.by_nurse else _follow_up(record, story, slot.day, later)
            encounter = _encounter(record, story, planned.kind, appointment, due)
        story.visits.append(Visit(planned.kind, slot.day, appointment, encounter, planned.draws))
        booked_at = _next_booking(record, appointment, encounter)


def _appointment(
    record: Record,
    story: Story,
    planned: Planned,
    *,
    slot: Slot,
    staff_id: UUID,
    booked_at: datetime,
) -> Appointment:
    starts_at = record.at(*slot)
    ends_at = starts_at + timedelta(minutes=planned.kind.minutes)
    status = _status(record, planned.fate, starts_at, ends_at)
    reason = story.plan.diagnosis
    cancelled = status is AppointmentStatus.CANCELLED
    return record.add(
        Appointment,
        booked_at,
        patient_id=story.patient.id,
        provider_id=staff_id,
        status=status,
        place=VisitPlace.TELEHEALTH if planned.kind.telehealth else VisitPlace.IN_PERSON,
        type_system=planned.kind.type.system,
        type_code=planned.kind.type.code,
        type_label=planned.kind.type.label,
        reason_system=reason.system,
        reason_code=reason.code,
        reason_label=reason.label,
        starts_at=starts_at,
        ends_at=ends_at,
        booked_at=booked_at,
        cancelled_at=starts_at - record.minutes(5 * 60, 30 * 60) if cancelled else None,
    )


def _status(
    record: Record, fate: Fate, starts_at: datetime, ends_at: datetime
) -> AppointmentStatus:
    if fate is Fate.MISSED:
        return AppointmentStatus.NO_SHOW
    if fate is Fate.CANCELLED:
        return AppointmentStatus.CANCELLED
    if ends_at + _CLOSED_OUT <= record.now:
        return AppointmentStatus.FULFILLED
    return AppointmentStatus.CHECKED_IN if starts_at <= record.now else AppointmentStatus.BOOKED


def _next_booking(
    record: Record, appointment: Appointment, encounter: Encounter | None
) -> datetime:
    """When the visit after this one is booked: on leaving, or after staying away."""
    if encounter and encounter.ended_at:
        return encounter.ended_at + timedelta(minutes=3)
    if appointment.cancelled_at:
        return appointment.cancelled_at + timedelta(minutes=6)
    if appointment.status == AppointmentStatus.NO_SHOW:
        return appointment.starts_at + record.minutes(60, 5 * 60)
    return appointment.booked_at + timedelta(minutes=1)


def _follow_up(record: Record, story: Story, day: date, later: list[date]) -> date | None:
    """By when the patient was told to come back."""
    if later:
        return later[0] + timedelta(days=record.chance.randint(0, 5))
    if story.part.agenda is Agenda.ENDED:
        return None
    return day + timedelta(days=CADENCE)


def _encounter(
    record: Record,
    story: Story,
    kind: VisitKind,
    appointment: Appointment,
    follow_up_due_on: date | None,
) -> Encounter:
    started_at = appointment.starts_at + record.minutes(0, 6)
    reason = story.plan.diagnosis
    encounter = record.add(
        Encounter,
        started_at,
        patient_id=story.patient.id,
        provider_id=appointment.provider_id,
        appointment_id=appointment.id,
        status=EncounterStatus.FINISHED,
        class_code="VR" if kind.telehealth else "AMB",
        type_system=kind.type.system,
        type_code=kind.type.code,
        type_label=kind.type.label,
        reason_system=reason.system,
        reason_code=reason.code,
        reason_label=reason.label,
        started_at=started_at,
        ended_at=appointment.ends_at - record.minutes(1, 8),
        follow_up_due_on=follow_up_due_on,
    )
    diagnoses = [reason] if kind.by_nurse else [reason, *(plan.diagnosis for plan in story.plans)]
    for diagnosis in dict.fromkeys(diagnoses):
        record.add(
            EncounterDiagnosis,
            started_at,
            encounter_id=encounter.id,
            system=diagnosis.system,
            code=diagnosis.code,
            label=diagnosis.label,
        )
    return encounter


_PROCEDURES = (TREATMENT, INFUSION, INJECTION)


def _order(record: Record, story: Story) -> None:
    """Orders besides laboratory: procedures done, mammography, a referral that waits."""
    for visit in story.seen:
        if visit.kind in _PROCEDURES:
            order(record, story, visit, OrderKind.PROCEDURE, visit.kind.type)
    if story.plan.diagnosis is codes.MENOPAUSE:
        first = story.seen[0]
        order(record, story, first, OrderKind.IMAGING, codes.MAMMOGRAPHY)
    if story.has(Case.HIGH_PSA):
        last = story.seen[-1]
        order(record, story, last, OrderKind.REFERRAL, codes.REFERRAL, done=False)


def order(
    record: Record,
    story: Story,
    visit: Visit,
    kind: OrderKind,
    coding: Coding,
    *,
    done: bool = True,
) -> None:
    """Write an order of a visit that took place."""
    if visit.encounter is None:
        return
    ordered_at = visit.encounter.started_at + timedelta(minutes=5)
    record.add(
        Order,
        ordered_at,
        patient_id=story.patient.id,
        encounter_id=visit.encounter.id,
        kind=kind,
        system=coding.system,
        code=coding.code,
        label=coding.label,
        status=OrderStatus.COMPLETED if done else OrderStatus.ACTIVE,
        ordered_at=ordered_at,
    )
