"""Who did not come last week."""

from datetime import timedelta

from models.appointment import Appointment
from models.vocabulary import (
    AppointmentStatus,
)
from tests.services.onboarding.sample import Sample


def missed_last_week(
    sample: Sample, status: AppointmentStatus, *, rebooked: bool
) -> list[Appointment]:
    """Visits of the calendar week before this one, and whether a later one was booked since."""
    monday = sample.today - timedelta(days=sample.today.weekday() + 7)
    week = {monday + timedelta(days=number) for number in range(7)}
    return [
        visit
        for visit in sample.where(Appointment, status=status)
        if sample.day_of(visit.starts_at) in week
        and rebooked
        == any(
            later.booked_at > (visit.cancelled_at or visit.starts_at)
            and later.starts_at > visit.starts_at
            for later in sample.of_patient(Appointment, visit.patient_id)
        )
    ]
