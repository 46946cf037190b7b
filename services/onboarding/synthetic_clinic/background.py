"""What else stands in the chart: problem list, allergies, vaccines."""

from datetime import date, timedelta

from models.chart import Allergy, Condition, Immunization
from models.vocabulary import AllergySeverity, AllergyStatus, ConditionStatus
from services.onboarding.synthetic_clinic import codes
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story, Visit

_ALLERGIC, _SINUSITIS, _VACCINATED, _TDAP = 0.45, 0.2, 0.6, 0.25
"""Shares of patients."""
_ZOSTER_AGE = 50
_FLU_MONTHS = (9, 10, 11, 12)


def write_background(record: Record, story: Story) -> None:
    """Write problem list, allergies and vaccines."""
    if not story.seen:
        return
    _problems(record, story)
    if record.chance.random() < _ALLERGIC:
        _allergy(record, story)
    _vaccines(record, story)


def _problems(record: Record, story: Story) -> None:
    first = story.seen[0]
    for diagnosis in dict.fromkeys(plan.diagnosis for plan in story.plans):
        onset_on = first.day - timedelta(days=record.chance.randint(60, 900))
        _condition(record, story, diagnosis, onset_on)
    if record.chance.random() < _SINUSITIS:
        onset_on = first.day - timedelta(days=record.chance.randint(200, 700))
        abated_on = onset_on + timedelta(days=11)
        _condition(record, story, codes.ACUTE_SINUSITIS, onset_on, abated_on)


def _condition(
    record: Record,
    story: Story,
    diagnosis: codes.Coding,
    onset_on: date,
    abated_on: date | None = None,
) -> None:
    first = story.seen[0]
    record.add(
        Condition,
        first.appointment.starts_at,
        patient_id=story.patient.id,
        encounter_id=first.encounter.id if first.encounter else None,
        system=diagnosis.system,
        code=diagnosis.code,
        label=diagnosis.label,
        status=ConditionStatus.RESOLVED if abated_on else ConditionStatus.ACTIVE,
        onset_on=onset_on,
        abated_on=abated_on,
        recorded_on=first.day,
    )


def _allergy(record: Record, story: Story) -> None:
    substance = record.chance.choice(codes.ALLERGENS)
    reaction = record.chance.choice(codes.REACTIONS)
    record.add(
        Allergy,
        story.patient.created_at,
        patient_id=story.patient.id,
        system=substance.system,
        code=substance.code,
        label=substance.label,
        reaction_code=reaction.code,
        reaction_label=reaction.label,
        severity=record.chance.choice(list(AllergySeverity)),
        status=AllergyStatus.ACTIVE,
        recorded_on=record.day_of(story.patient.created_at),
    )


def _vaccines(record: Record, story: Story) -> None:
    here = [visit for visit in story.seen if not visit.kind.telehealth]
    if record.chance.random() < _TDAP:
        _vaccine(record, story, here[0], codes.TDAP)
    if story.age_on(here[-1].day) >= _ZOSTER_AGE and record.chance.random() < _VACCINATED:
        _vaccine(record, story, here[-1], codes.ZOSTER)
    seasons: set[int] = set()
    for visit in here:
        wanted = visit.day.month in _FLU_MONTHS and visit.day.year not in seasons
        if wanted and record.chance.random() < _VACCINATED:
            seasons.add(visit.day.year)
            _vaccine(record, story, visit, codes.INFLUENZA)


def _vaccine(record: Record, story: Story, visit: Visit, vaccine: tuple[str, str]) -> None:
    if visit.encounter is None:
        return
    given_at = visit.encounter.started_at + timedelta(minutes=10)
    cvx_code, label = vaccine
    record.add(
        Immunization,
        given_at,
        patient_id=story.patient.id,
        encounter_id=visit.encounter.id,
        cvx_code=cvx_code,
        label=label,
        given_at=given_at,
    )
