"""What a patient takes, and when it runs out (FHIR MedicationRequest)."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint

from models.base import (
    ChartRow,
    belongs_to,
    belongs_to_staff,
    chart_table,
    index,
    one_of,
    quantity,
)
from models.vocabulary import AuthorizationStatus, MedicationStatus


class Medication(ChartRow, table=True):
    """A prescription: RxNorm code of the product, and of its ingredient where known."""

    __tablename__ = "medications"
    __table_args__ = chart_table(
        belongs_to("encounter_id", "encounters"),
        belongs_to_staff("prescriber_id"),
        one_of("status", MedicationStatus),
        one_of("authorization_status", AuthorizationStatus),
        CheckConstraint("stopped_on IS NULL OR started_on <= stopped_on", name="stop_after_start"),
        index("patient_id", "started_on"),
        index("ingredient_rxnorm"),
    )

    encounter_id: UUID | None = None
    rxnorm: str
    label: str
    ingredient_rxnorm: str | None = None
    ingredient_label: str | None = None
    dose: Decimal | None = quantity(default=None)
    dose_unit: str | None = None
    """UCUM."""
    route_code: str | None = None
    """SNOMED CT."""
    route_label: str | None = None
    frequency_code: str | None = None
    """HL7 GTSAbbreviation (BID, QD, ...) or a FHIR timing such as `1/7d`."""
    frequency_label: str | None = None
    as_needed: bool = False
    status: str
    started_on: date
    stopped_on: date | None = None
    prescriber_id: UUID | None = None
    prescriber_name: str | None = None
    """Of a prescriber who is not staff here: imported prescriptions."""
    last_filled_on: date | None = None
    supply_days: int | None = None
    refills_left: int | None = None
    authorization_status: str = AuthorizationStatus.NOT_NEEDED
