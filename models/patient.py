"""Who the clinic treats: FHIR Patient, with Consent and Coverage."""

from datetime import date, datetime
from uuid import UUID

from models.base import (
    ChartRow,
    ClinicRow,
    belongs_to_staff,
    chart_table,
    clinic_table,
    index,
    instant,
    one_of,
    policy_now,
    unique,
)
from models.vocabulary import ConsentKind, PatientStatus, Sex


class Patient(ClinicRow, table=True):
    """A person in care. `search_name` is the full and the preferred name, folded for search."""

    __tablename__ = "patients"
    __table_args__ = clinic_table(
        belongs_to_staff("primary_provider_id"),
        one_of("sex", Sex),
        one_of("status", PatientStatus),
        unique("mrn"),
        unique("source_id"),
        index("birth_date"),
        index("phone"),
        index("email"),
    )

    mrn: str
    source_id: str | None = None
    family_name: str
    given_name: str
    preferred_name: str | None = None
    search_name: str
    birth_date: date
    deceased_on: date | None = None
    sex: str
    status: str
    phone: str | None = None
    """E.164, or as the source wrote it where it is no such number."""
    email: str | None = None
    address_line: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    language: str | None = None
    """BCP 47."""
    primary_provider_id: UUID | None = None
    created_at: datetime = policy_now()


class PatientConsent(ChartRow, table=True):
    """The latest word of a patient on one kind of contact or treatment."""

    __tablename__ = "patient_consents"
    __table_args__ = chart_table(one_of("kind", ConsentKind), unique("patient_id", "kind"))

    kind: str
    granted: bool
    decided_at: datetime = instant()


class Coverage(ChartRow, table=True):
    """An insurance the patient has; the clinic itself is paid in cash."""

    __tablename__ = "coverages"
    __table_args__ = chart_table(index("patient_id"))

    payer: str
    plan: str | None = None
    member_id: str | None = None
    started_on: date | None = None
    ended_on: date | None = None
