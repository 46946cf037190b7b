"""Immunization to immunizations."""

from models.chart import Immunization
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import CodeableConcept, Reference, Resource, Short
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.report import Reason, Skipped
from services.exchange.fhir_import.terminology import CVX, coded


class ImmunizationResource(Resource):
    """FHIR Immunization."""

    status: Short | None = None
    vaccine_code: CodeableConcept | None = None
    patient: Reference | None = None
    encounter: Reference | None = None
    occurrence_date_time: When | None = None


def to_row(resource: ImmunizationResource, context: Context) -> Immunization:
    """Take a vaccine that was given, in CVX."""
    kept_status(resource.status, {"completed": "completed"}, frozenset({"not-done"}))
    patient_id = context.patient(resource.patient, "patient")
    code = coded(resource.vaccine_code, CVX)
    if code is None:
        raise Skipped(Reason.NO_CODE)
    return Immunization(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        encounter_id=context.encounter(resource.encounter),
        cvx_code=code.code,
        label=code.label,
        given_at=context.needed_at(resource.occurrence_date_time),
    )
