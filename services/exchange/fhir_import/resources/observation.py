"""Observation: what all kinds have, and which kind one is."""

from models.lab import LabResult
from models.vital import Vital
from models.vocabulary import ResultStatus
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.report import Reason, Skipped
from services.exchange.fhir_import.resources import lab_result, vital_sign
from services.exchange.fhir_import.resources.observed import ObservationResource

STATUSES = {status.value: status.value for status in ResultStatus}
_CATEGORIES = (
    "survey",
    "exam",
    "social-history",
    "imaging",
    "procedure",
    "therapy",
    "activity",
)


def to_row(resource: ObservationResource, context: Context) -> LabResult | Vital:
    """Laboratory results and vital signs, by category; all else is skipped under its category."""
    status = kept_status(resource.status, STATUSES, frozenset({"cancelled", "unknown"}))
    patient_id = context.patient(resource.subject, "subject")
    words = {word for concept in resource.category for word in concept.codes()}
    if "laboratory" in words:
        return lab_result.to_row(resource, context, patient_id, status)
    if "vital-signs" in words:
        return vital_sign.to_row(resource, context, patient_id)
    if not words:
        raise Skipped(Reason.NO_CATEGORY)
    raise Skipped(Reason.CATEGORY, next((c for c in _CATEGORIES if c in words), "another word"))
