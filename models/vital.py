"""Vital signs, one row for what was taken together."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models.base import ChartRow, belongs_to, chart_table, index, instant, quantity


class Vital(ChartRow, table=True):
    """Units are in the names: mm[Hg], beats and breaths a minute, kg, cm, kg/m2, Cel, %."""

    __tablename__ = "vitals"
    __table_args__ = chart_table(
        belongs_to("encounter_id", "encounters"), index("patient_id", "taken_at", "id")
    )

    encounter_id: UUID | None = None
    taken_at: datetime = instant()
    systolic_mmhg: Decimal | None = quantity(default=None)
    diastolic_mmhg: Decimal | None = quantity(default=None)
    pulse_bpm: Decimal | None = quantity(default=None)
    respirations_per_min: Decimal | None = quantity(default=None)
    weight_kg: Decimal | None = quantity(default=None)
    height_cm: Decimal | None = quantity(default=None)
    bmi_kg_m2: Decimal | None = quantity(default=None)
    temperature_c: Decimal | None = quantity(default=None)
    spo2_percent: Decimal | None = quantity(default=None)
    pain_score: Decimal | None = quantity(default=None)
    """0 to 10, as the patient said (LOINC 72514-3)."""
