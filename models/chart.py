"""What is known of a patient: notes, problems, allergies, immunizations."""

from datetime import date, datetime
from uuid import UUID

from models.base import (
    READ_AND_APPEND,
    ChartRow,
    belongs_to,
    belongs_to_staff,
    chart_table,
    index,
    instant,
    one_of,
    unique,
)
from models.vocabulary import AllergySeverity, AllergyStatus, ConditionStatus


class ChartNote(ChartRow, table=True):
    """A signed note. Written once: the app may add one, never change one."""

    __tablename__ = "chart_notes"
    __table_args__ = chart_table(
        belongs_to("encounter_id", "encounters"),
        belongs_to_staff("author_id"),
        belongs_to_staff("signer_id"),
        unique("pending_action_id"),
        index("patient_id", "signed_at"),
        grants=READ_AND_APPEND,
    )

    encounter_id: UUID | None = None
    subjective: str | None = None
    objective: str | None = None
    assessment: str | None = None
    plan: str | None = None
    narrative: str | None = None
    """The whole text of an imported document that has no SOAP parts."""
    author_id: UUID | None = None
    signer_id: UUID | None = None
    signed_at: datetime = instant()
    pending_action_id: UUID | None = None
    proposed_sha256: str | None = None
    signed_sha256: str | None = None


class Condition(ChartRow, table=True):
    """A problem on the problem list (FHIR Condition)."""

    __tablename__ = "conditions"
    __table_args__ = chart_table(
        belongs_to("encounter_id", "encounters"),
        one_of("status", ConditionStatus),
        index("patient_id"),
        index("code"),
    )

    encounter_id: UUID | None = None
    system: str
    code: str
    label: str
    status: str
    onset_on: date | None = None
    abated_on: date | None = None
    recorded_on: date | None = None


class Allergy(ChartRow, table=True):
    """FHIR AllergyIntolerance."""

    __tablename__ = "allergies"
    __table_args__ = chart_table(
        one_of("status", AllergyStatus), one_of("severity", AllergySeverity), index("patient_id")
    )

    system: str
    code: str
    label: str
    reaction_code: str | None = None
    reaction_label: str | None = None
    severity: str | None = None
    status: str
    recorded_on: date | None = None


class Immunization(ChartRow, table=True):
    """A vaccine given (CVX)."""

    __tablename__ = "immunizations"
    __table_args__ = chart_table(
        belongs_to("encounter_id", "encounters"), index("patient_id", "given_at")
    )

    encounter_id: UUID | None = None
    cvx_code: str
    label: str
    given_at: datetime = instant()
