"""Visits, what they dealt with and what was ordered (FHIR Encounter, ServiceRequest)."""

from datetime import date, datetime
from uuid import UUID

from models.base import (
    ChartRow,
    ClinicRow,
    belongs_to,
    belongs_to_staff,
    chart_table,
    clinic_table,
    index,
    instant,
    one_of,
    unique,
)
from models.vocabulary import EncounterStatus, OrderKind, OrderStatus


class Encounter(ChartRow, table=True):
    """A visit. `follow_up_due_on` is the date by which the patient was told to come back."""

    __tablename__ = "encounters"
    __table_args__ = chart_table(
        belongs_to_staff("provider_id"),
        belongs_to("appointment_id", "appointments"),
        one_of("status", EncounterStatus),
        index("patient_id", "started_at"),
        index("started_at"),
    )

    provider_id: UUID | None = None
    provider_name: str | None = None
    """Of a provider who is not staff here: imported visits."""
    appointment_id: UUID | None = None
    status: str
    class_code: str
    """HL7 v3 ActCode: AMB ambulatory, VR virtual, EMER emergency, IMP inpatient, ..."""
    type_system: str
    type_code: str
    type_label: str
    reason_system: str | None = None
    reason_code: str | None = None
    reason_label: str | None = None
    started_at: datetime = instant()
    ended_at: datetime | None = instant(default=None)
    follow_up_due_on: date | None = None


class EncounterDiagnosis(ClinicRow, table=True):
    """A diagnosis that a visit dealt with."""

    __tablename__ = "encounter_diagnoses"
    __table_args__ = clinic_table(
        belongs_to("encounter_id", "encounters"), unique("encounter_id", "system", "code")
    )

    encounter_id: UUID
    system: str
    code: str
    label: str


class Order(ChartRow, table=True):
    """Something asked for in a visit, coded."""

    __tablename__ = "orders"
    __table_args__ = chart_table(
        belongs_to("encounter_id", "encounters"),
        one_of("kind", OrderKind),
        one_of("status", OrderStatus),
        index("patient_id", "ordered_at"),
    )

    encounter_id: UUID | None = None
    kind: str
    system: str
    code: str
    label: str
    status: str
    ordered_at: datetime = instant()
