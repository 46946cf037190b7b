"""What the schedule promises to show."""

from collections.abc import Iterator
from datetime import date, timedelta

from models.appointment import Appointment
from models.chart import ChartNote
from models.encounter import Encounter
from models.invoice import Invoice
from models.lab import LabResult
from models.patient import Patient
from models.vital import Vital
from models.vocabulary import (
    AppointmentStatus,
    PatientStatus,
    VisitPlace,
)
from services.onboarding.synthetic_clinic.codes import FOLLOW_UP, HYPOGONADISM
from services.onboarding.synthetic_clinic.opening_hours import hours
from tests.services.onboarding.promises.found import Found, at_least
from tests.services.onboarding.promises.missed import missed_last_week
from tests.services.onboarding.sample import Sample


def no_shows_of_last_week_are_rebooked(sample: Sample) -> Found:
    """At least two."""
    return at_least(2, missed_last_week(sample, AppointmentStatus.NO_SHOW, rebooked=True))


def no_shows_of_last_week_are_not_rebooked(sample: Sample) -> Found:
    """At least two."""
    return at_least(2, missed_last_week(sample, AppointmentStatus.NO_SHOW, rebooked=False))


def cancellations_of_last_week_are_rebooked(sample: Sample) -> Found:
    """One at least."""
    return missed_last_week(sample, AppointmentStatus.CANCELLED, rebooked=True)


def cancellations_of_last_week_are_not_rebooked(sample: Sample) -> Found:
    """One at least."""
    return missed_last_week(sample, AppointmentStatus.CANCELLED, rebooked=False)


def john_smith_comes_today(sample: Sample) -> Found:
    """Whatever day it is, for what he is treated for."""
    (john,) = sample.where(Patient, given_name="John", family_name="Smith")
    what = {"type_code": FOLLOW_UP.code, "reason_code": HYPOGONADISM.code}
    return _visits(sample, sample.today, patient_id=john.id, **what)


def jon_smyth_is_somebody_else(sample: Sample) -> Found:
    """A second name for a search that forgives typos."""
    return list(sample.where(Patient, given_name="Jon", family_name="Smyth"))


def visits_are_booked_for_tomorrow(sample: Sample) -> Found:
    """Three where the clinic is open, one where it is not."""
    tomorrow = sample.today + timedelta(days=1)
    visits = _visits(sample, tomorrow, status=AppointmentStatus.BOOKED)
    return at_least(1 if hours(tomorrow) is None else 3, visits)


def open_days_have_several_visits(sample: Sample) -> Found:
    """Today too, where the clinic is open."""
    visits = _visits(sample, sample.today)
    return visits if hours(sample.today) is None else at_least(3, visits)


def the_schedule_reaches_eight_weeks_ahead(sample: Sample) -> Found:
    """The last booked visit is six to eight weeks away."""
    last = max(visit.starts_at for visit in sample.of(Appointment)) - sample.now
    return [last] if timedelta(weeks=6) < last < timedelta(weeks=9) else []


def the_clinic_has_a_past(sample: Sample) -> Found:
    """The first visit was 22 months ago or earlier, and each of the last twelve months has some."""
    first = min(encounter.started_at for encounter in sample.of(Encounter))
    months = {(sample.now - e.started_at).days // 30 for e in sample.of(Encounter)}
    return [first] if (sample.now - first).days > 660 and set(range(12)) <= months else []


def every_kind_of_record_has_that_past(sample: Sample) -> Found:
    """Notes, results, measurements and bills are as old as the first visits."""
    moments = [
        [note.signed_at for note in sample.of(ChartNote)],
        [result.collected_at for result in sample.of(LabResult)],
        [vital.taken_at for vital in sample.of(Vital)],
    ]
    ages = [sample.now - min(of) for of in moments]
    ages.append(sample.today - min(bill.issued_on for bill in sample.of(Invoice)))
    return ages if min(ages) > timedelta(days=660) else []


def follow_ups_are_overdue_and_unbooked(sample: Sample) -> Found:
    """Told to come back by a day that has passed, and nothing booked."""
    return [day for day in _unbooked_follow_ups(sample) if day < sample.today]


def follow_ups_are_due_soon_and_unbooked(sample: Sample) -> Found:
    """The same within 14 days."""
    soon = sample.today + timedelta(days=14)
    return [day for day in _unbooked_follow_ups(sample) if sample.today <= day <= soon]


def visits_are_by_video_too(sample: Sample) -> Found:
    """Some."""
    return list(sample.where(Appointment, place=VisitPlace.TELEHEALTH))


def everybody_who_treats_has_visits(sample: Sample) -> Found:
    """Both providers and the nurse."""
    who = {visit.provider_id for visit in sample.of(Appointment)}
    return at_least(3, list(who))


def _visits(sample: Sample, day: date, **columns: object) -> Found:
    return [
        visit
        for visit in sample.where(Appointment, **columns)
        if sample.day_of(visit.starts_at) == day
    ]


def _unbooked_follow_ups(sample: Sample) -> Iterator[date]:
    booked = {
        visit.patient_id
        for visit in sample.of(Appointment)
        if visit.status in (AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN)
    }
    for patient in sample.where(Patient, status=PatientStatus.ACTIVE):
        encounters = sample.of_patient(Encounter, patient.id)
        last = max(encounters, key=lambda e: e.started_at, default=None)
        if last and last.follow_up_due_on and patient.id not in booked:
            yield last.follow_up_due_on
