"""The schedule (FHIR Appointment)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint

from models.base import (
    ChartRow,
    belongs_to_staff,
    chart_table,
    index,
    instant,
    one_of,
    policy_now,
)
from models.vocabulary import AppointmentStatus, VisitPlace


class Appointment(ChartRow, table=True):
    """A planned visit of one patient with one provider."""

    __tablename__ = "appointments"
    __table_args__ = chart_table(
        belongs_to_staff("provider_id"),
        one_of("status", AppointmentStatus),
        one_of("place", VisitPlace),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        index("starts_at", "id"),
        index("patient_id", "starts_at"),
        index("provider_id", "starts_at"),
    )

    provider_id: UUID | None = None
    provider_name: str | None = None
    """Of a provider who is not staff here: imported appointments."""
    status: str
    place: str = VisitPlace.IN_PERSON
    type_system: str
    type_code: str
    type_label: str
    reason_system: str | None = None
    reason_code: str | None = None
    reason_label: str | None = None
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    booked_at: datetime = policy_now()
    cancelled_at: datetime | None = instant(default=None)
