"""People who asked: those who became patients, and those who did not, or not yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum, auto
from uuid import UUID

from models.growth import Lead
from models.vocabulary import LeadSource
from services.onboarding.synthetic_clinic.names import Names
from services.onboarding.synthetic_clinic.people import OFFICE_HOURS
from services.onboarding.synthetic_clinic.places import Place
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story


class _Stage(StrEnum):
    ASKED = auto()
    LOST_AT_ONCE = auto()
    CONSULTED = auto()
    LOST_AFTER_CONSULT = auto()


_SOURCES = tuple(LeadSource)
_OTHERS = 40
_STAGES = (
    _Stage.LOST_AT_ONCE,
    _Stage.LOST_AFTER_CONSULT,
    _Stage.LOST_AT_ONCE,
    _Stage.CONSULTED,
    _Stage.ASKED,
)
_UNDECIDED_DAYS = 75
"""Nobody stays undecided longer: older ones are lost."""
_STEP = 17
"""Days between two of the others, going back from now."""


def write_leads(
    record: Record,
    stories: Sequence[Story],
    first_paid: Mapping[UUID, datetime],
    names: Names,
    telephones: list[tuple[Place, str]],
) -> None:
    """Write a lead for each patient, and others at each stage from each source."""
    for story in stories:
        _patient(record, story, first_paid.get(story.patient.id))
    for number in range(_OTHERS):
        _, phone = telephones.pop()
        _other(record, number, names, phone)


def _patient(record: Record, story: Story, paying_at: datetime | None) -> None:
    patient = story.patient
    consult = story.seen[0].appointment.starts_at if story.seen else None
    contacted_at = patient.created_at - record.minutes(5, 45)
    record.add(
        Lead,
        contacted_at,
        source=record.chance.choice(_SOURCES),
        name=f"{patient.given_name} {patient.family_name}",
        phone=patient.phone,
        email=patient.email,
        contacted_at=contacted_at,
        consult_at=consult,
        paying_at=paying_at,
        patient_id=patient.id,
    )


def _other(record: Record, number: int, names: Names, phone: str) -> None:
    days = 2 + number * _STEP + record.chance.randint(0, 9)
    stage = _STAGES[number % len(_STAGES)]
    if days > _UNDECIDED_DAYS:
        stage = {
            _Stage.ASKED: _Stage.LOST_AT_ONCE,
            _Stage.CONSULTED: _Stage.LOST_AFTER_CONSULT,
        }.get(stage, stage)
    contacted_at = record.at(record.days_ago(days), record.chance.randint(*OFFICE_HOURS))
    consult_at = lost_at = None
    if stage in (_Stage.CONSULTED, _Stage.LOST_AFTER_CONSULT):
        consult_at = contacted_at + timedelta(days=min(6, days - 1))
    if stage in (_Stage.LOST_AT_ONCE, _Stage.LOST_AFTER_CONSULT):
        lost_at = min((consult_at or contacted_at) + timedelta(days=9), record.now)
    name = names.of_either()
    record.add(
        Lead,
        contacted_at,
        source=_SOURCES[number % len(_SOURCES)],
        name=name.whole,
        phone=phone,
        email=name.email(number),
        contacted_at=contacted_at,
        consult_at=consult_at,
        paying_at=None,
        lost_at=lost_at,
        patient_id=None,
    )
