"""What must hold of visits."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from models.appointment import Appointment
from models.chart import ChartNote
from models.encounter import Encounter, EncounterDiagnosis
from models.vocabulary import AppointmentStatus, VisitPlace
from services.onboarding.synthetic_clinic.opening_hours import ON_CLOSED_DAY, hours
from tests.services.onboarding.sample import CLINICIANS, PROVIDERS, Sample, name_of

_STAYED_AWAY = (AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED)


def visits_are_in_opening_hours(sample: Sample) -> list[str]:
    """By the clinic's own clock, visits begin and end while it is open; on a closed day by day."""
    outside: list[str] = []
    for visit in sample.of(Appointment):
        begin = visit.starts_at.astimezone(sample.time_zone)
        end = visit.ends_at.astimezone(sample.time_zone)
        opening = hours(begin.date()) or ON_CLOSED_DAY
        minutes = begin.hour * 60 + begin.minute, end.hour * 60 + end.minute
        if begin.date() != end.date() or not opening[0] <= minutes[0] < minutes[1] <= opening[1]:
            outside.append(name_of(visit))
    return outside


def closed_days_have_one_visit_at_most(sample: Sample) -> list[str]:
    """On a Sunday or a holiday nobody is seen, but one patient today and one tomorrow."""
    days = Counter(sample.day_of(visit.starts_at) for visit in sample.of(Appointment))
    soon = (sample.today, sample.today + timedelta(days=1))
    return [
        f"{day}: {count}"
        for day, count in days.items()
        if hours(day) is None and (count > 1 or day not in soon)
    ]


def visits_have_usual_lengths(sample: Sample) -> list[str]:
    """A visit is of 20, 30, 45 or 60 minutes and begins on the quarter of an hour."""
    return [
        name_of(visit)
        for visit in sample.of(Appointment)
        if (visit.ends_at - visit.starts_at).total_seconds() / 60 not in (20, 30, 45, 60)
        or visit.starts_at.minute % 15
    ]


def staff_is_not_double_booked(sample: Sample) -> list[str]:
    """Nobody has two visits at the same time."""
    return _overlaps(sample, [(visit.provider_id, visit) for visit in sample.of(Appointment)])


def patients_are_not_double_booked(sample: Sample) -> list[str]:
    """No patient has two visits on the same day."""
    days = Counter((v.patient_id, sample.day_of(v.starts_at)) for v in sample.of(Appointment))
    return [f"{patient} {day}" for (patient, day), count in days.items() if count > 1]


def clinicians_see_patients(sample: Sample) -> list[str]:
    """Visits are with the owner, the second provider or the nurse; nurses' are never by video."""
    return [
        name_of(visit)
        for visit in sample.of(Appointment)
        if visit.provider_id not in CLINICIANS
        or (visit.provider_id not in PROVIDERS and visit.place == VisitPlace.TELEHEALTH)
    ]


def kept_visits_have_an_encounter(sample: Sample) -> list[str]:
    """A fulfilled appointment has one encounter."""
    seen = Counter(encounter.appointment_id for encounter in sample.of(Encounter))
    return [
        name_of(visit)
        for visit in sample.where(Appointment, status=AppointmentStatus.FULFILLED)
        if seen[visit.id] != 1
    ]


def missed_visits_have_no_encounter(sample: Sample) -> list[str]:
    """Who did not come, or cancelled, was not seen."""
    seen = {encounter.appointment_id for encounter in sample.of(Encounter)}
    return [
        name_of(visit)
        for visit in sample.of(Appointment)
        if visit.status in _STAYED_AWAY and visit.id in seen
    ]


def encounters_agree_with_their_appointment(sample: Sample) -> list[str]:
    """An encounter is of a kept visit, with the same staff and type, within its time."""
    visits = sample.by_id(Appointment)
    wrong: list[str] = []
    for encounter in sample.of(Encounter):
        visit = visits.get(encounter.appointment_id or UUID(int=0))
        if (
            visit is None
            or visit.status != AppointmentStatus.FULFILLED
            or (visit.provider_id, visit.type_code) != (encounter.provider_id, encounter.type_code)
            or encounter.ended_at is None
            or not visit.starts_at <= encounter.started_at < encounter.ended_at <= visit.ends_at
            or (encounter.class_code == "VR") != (visit.place == VisitPlace.TELEHEALTH)
        ):
            wrong.append(name_of(encounter))
    return wrong


def encounters_name_their_reason(sample: Sample) -> list[str]:
    """The reason of an encounter is among its diagnoses."""
    dealt_with = {(row.encounter_id, row.code) for row in sample.of(EncounterDiagnosis)}
    return [
        name_of(encounter)
        for encounter in sample.of(Encounter)
        if (encounter.id, encounter.reason_code) not in dealt_with
    ]


def notes_are_signed_by_providers(sample: Sample) -> list[str]:
    """A note has all four parts, and a provider signed it after the visit began."""
    encounters = sample.by_id(Encounter)
    return [
        name_of(note)
        for note in sample.of(ChartNote)
        if note.signer_id not in PROVIDERS
        or not all((note.subjective, note.objective, note.assessment, note.plan))
        or note.encounter_id is None
        or note.signed_at <= encounters[note.encounter_id].started_at
    ]


def _overlaps(sample: Sample, visits: list[tuple[UUID | None, Appointment]]) -> list[str]:
    """Visits of the same person that overlap; who cancelled has given the time back."""
    held = sorted(
        (str(who), visit.starts_at, visit.ends_at, name_of(visit))
        for who, visit in visits
        if visit.status != AppointmentStatus.CANCELLED
    )
    return [
        later[3]
        for earlier, later in pairwise(held)
        if earlier[0] == later[0] and later[1] < earlier[2]
    ]
