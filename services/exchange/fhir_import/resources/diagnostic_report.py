"""DiagnosticReport of a laboratory to lab_reports, and which results it brought."""

from models.lab import LabReport
from models.vocabulary import ResultStatus
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import (
    CodeableConcept,
    Period,
    Reference,
    Resource,
    Short,
)
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.report import Reason, Skipped
from services.exchange.fhir_import.terminology import LOINC, coded

_STATUSES: dict[str, str] = {
    **{status.value: status.value for status in ResultStatus},
    "partial": ResultStatus.PRELIMINARY,
    "appended": ResultStatus.AMENDED,
}
_LABORATORY = {"LAB", "laboratory", "CH", "HM", "IMM", "MB", "SR", "TX", "VR", "BLB", "URN", "OSL"}
"""HL7 v2-0074, and FHIR's observation-category."""


class DiagnosticReportResource(Resource):
    """FHIR DiagnosticReport."""

    status: Short | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    effective_date_time: When | None = None
    effective_period: Period | None = None
    issued: When | None = None
    result: tuple[Reference, ...] = ()


def to_row(resource: DiagnosticReportResource, context: Context) -> LabReport:
    """Take a laboratory's panel; one without a category is one if it has results."""
    status = kept_status(resource.status, _STATUSES, frozenset({"cancelled", "unknown"}))
    patient_id = context.patient(resource.subject, "subject")
    words = {word for concept in resource.category for word in concept.codes()}
    if not words and not resource.result:
        raise Skipped(Reason.NO_CATEGORY)
    if words and not words & _LABORATORY:
        raise Skipped(Reason.CATEGORY, "not laboratory")
    code = coded(resource.code, LOINC)
    if code is None:
        raise Skipped(Reason.NO_CODE)
    period = resource.effective_period
    context.results = context.observations(resource.result)
    return LabReport(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        encounter_id=context.encounter(resource.encounter),
        loinc=code.code,
        label=code.label,
        status=status,
        collected_at=context.needed_at(resource.effective_date_time or (period and period.start)),
        issued_at=context.at(resource.issued),
    )
