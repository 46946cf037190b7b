"""Laboratory results, the panels they are read in, and how often each is due."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

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
    quantity,
    unique,
    words,
)
from models.vocabulary import IntervalTrigger, ResultFlag, ResultStatus


class LabReport(ChartRow, table=True):
    """A panel as the laboratory reported it."""

    __tablename__ = "lab_reports"
    __table_args__ = chart_table(
        belongs_to("encounter_id", "encounters"),
        one_of("status", ResultStatus),
        index("patient_id", "collected_at"),
    )

    encounter_id: UUID | None = None
    loinc: str
    label: str
    status: str
    collected_at: datetime = instant()
    issued_at: datetime | None = instant(default=None)


class LabResult(ChartRow, table=True):
    """One measured value: a number with its UCUM unit, or a coded answer."""

    __tablename__ = "lab_results"
    __table_args__ = chart_table(
        belongs_to("report_id", "lab_reports"),
        belongs_to("encounter_id", "encounters"),
        belongs_to_staff("acknowledged_by"),
        one_of("flag", ResultFlag),
        one_of("status", ResultStatus),
        one_of("comparator", ("<", "<=", ">=", ">")),
        CheckConstraint("(value IS NULL) <> (value_label IS NULL)", name="one_value"),
        index("patient_id", "collected_at", "id"),
        index("loinc", "patient_id", "collected_at", "id"),
    )

    report_id: UUID | None = None
    encounter_id: UUID | None = None
    loinc: str
    label: str
    value: Decimal | None = quantity(default=None)
    comparator: str | None = None
    unit: str | None = None
    value_system: str | None = None
    value_code: str | None = None
    value_label: str | None = None
    reference_low: Decimal | None = quantity(default=None)
    reference_high: Decimal | None = quantity(default=None)
    flag: str | None = None
    status: str
    collected_at: datetime = instant()
    issued_at: datetime | None = instant(default=None)
    acknowledged_at: datetime | None = instant(default=None)
    acknowledged_by: UUID | None = None


class LabPanel(ClinicRow, table=True):
    """A set of markers that the clinic reads together; `key` is its name in tools."""

    __tablename__ = "lab_panels"
    __table_args__ = clinic_table(
        unique("key"), CheckConstraint("key ~ '^[a-z][a-z0-9_]{1,39}$'", name="key_form")
    )

    key: str
    name: str


class LabPanelMarker(ClinicRow, table=True):
    """A marker of a panel. LOINC codes that measure the same thing share a `marker`."""

    __tablename__ = "lab_panel_markers"
    __table_args__ = clinic_table(
        belongs_to("panel_id", "lab_panels"),
        unique("panel_id", "loinc"),
        CheckConstraint("marker ~ '^[a-z0-9][a-z0-9_-]{0,39}$'", name="marker_form"),
    )

    panel_id: UUID
    loinc: str
    marker: str
    position: int
    required: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether the panel counts as drawn only when this marker was measured."""


class LabInterval(ClinicRow, table=True):
    """How often a panel is due for whom: the clinic's protocol, with the guideline it follows."""

    __tablename__ = "lab_intervals"
    __table_args__ = clinic_table(
        belongs_to("panel_id", "lab_panels"),
        one_of("trigger", IntervalTrigger),
        CheckConstraint("first_due_days > 0 AND interval_days > 0", name="days_positive"),
        unique("key"),
    )

    key: str
    name: str
    panel_id: UUID
    trigger: str
    trigger_codes: list[str] = words()
    """RxNorm ingredients, or beginnings of ICD-10-CM codes."""
    first_due_days: int
    """Days from start of the medication, or onset of the condition, to the first draw."""
    interval_days: int
    """Days from one draw to the next."""
    after_change: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether a new dose asks for a draw after `first_due_days`, as the first did."""
    source: str
    """The clinical guideline that the default follows."""
    active: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
