"""What must hold of the order of events."""

from datetime import date, datetime

from models.appointment import Appointment
from models.invoice import Invoice
from models.lab import LabReport, LabResult
from models.vocabulary import AppointmentStatus
from tests.services.onboarding.sample import Sample, name_of

_MAY_BE_LATER = {
    "starts_at", "ends_at", "due_at", "due_on", "follow_up_due_on", "expires_on", "next_charge_on",
}  # fmt: skip
"""Plans, dues and expiries."""


def nothing_is_in_the_future(sample: Sample) -> list[str]:
    """Only visits that are booked, dues and expiries lie after now."""
    return [
        f"{name_of(row)}.{column}"
        for row in sample.rows
        for column, value in vars(row).items()
        if isinstance(value, date)
        and column not in _MAY_BE_LATER
        and (value > sample.now if isinstance(value, datetime) else value > sample.today)
    ]


def only_open_visits_are_in_the_future(sample: Sample) -> list[str]:
    """A visit that was kept, missed or in progress has begun; one that is booked has not."""
    return [
        name_of(visit)
        for visit in sample.of(Appointment)
        if visit.status != AppointmentStatus.CANCELLED
        and (visit.starts_at > sample.now) != (visit.status == AppointmentStatus.BOOKED)
    ]


def bookings_come_first(sample: Sample) -> list[str]:
    """A visit is booked before it begins, and cancelled between the two, if at all."""
    return [
        name_of(visit)
        for visit in sample.of(Appointment)
        if not visit.booked_at < visit.starts_at < visit.ends_at
        or (visit.cancelled_at is not None) != (visit.status == AppointmentStatus.CANCELLED)
        or (visit.cancelled_at and not visit.booked_at < visit.cancelled_at < visit.starts_at)
    ]


def results_come_in_order(sample: Sample) -> list[str]:
    """Collected, then issued, then acknowledged; a result has the times of its report."""
    reports = sample.by_id(LabReport)
    return [
        name_of(result)
        for result in sample.of(LabResult)
        if result.issued_at is None
        or not result.collected_at < result.issued_at <= sample.now
        or (result.acknowledged_at and result.acknowledged_at < result.issued_at)
        or (result.acknowledged_at is None) != (result.acknowledged_by is None)
        or result.collected_at != reports[result.report_id].collected_at  # pyright: ignore[reportArgumentType] -- all have one
        or result.issued_at != reports[result.report_id].issued_at  # pyright: ignore[reportArgumentType] -- as above
    ]


def bills_are_due_after_issue(sample: Sample) -> list[str]:
    """No bill is due before it is issued."""
    return [name_of(bill) for bill in sample.of(Invoice) if bill.due_on < bill.issued_on]
