"""Condition to conditions."""

from models.chart import Condition
from models.vocabulary import CURRENT_CONDITIONS, ConditionStatus
from services.clinical.problem_codes import is_understood
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import CodeableConcept, Period, Reference, Resource
from services.exchange.fhir_import.mapping import Context
from services.exchange.fhir_import.report import Note, Reason, Skipped
from services.exchange.fhir_import.terminology import ICD_10_CM, SNOMED_CT, coded

_DENIED = ("refuted", "differential")
_UNPROVED = {"unconfirmed", "provisional"}


class ConditionResource(Resource):
    """FHIR Condition."""

    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    onset_date_time: When | None = None
    onset_period: Period | None = None
    abatement_date_time: When | None = None
    abatement_period: Period | None = None
    recorded_date: When | None = None


def to_row(resource: ConditionResource, context: Context) -> Condition:
    """Take a problem in ICD-10-CM, else in SNOMED CT; one that was ruled out is none."""
    refuse_denied(resource.verification_status, context)
    patient_id = context.patient(resource.subject, "subject")
    status = clinical_status(resource.clinical_status, frozenset(ConditionStatus))
    code = coded(resource.code, ICD_10_CM, SNOMED_CT)
    if code is None:
        raise Skipped(Reason.NO_CODE)
    if status in CURRENT_CONDITIONS and not is_understood(code.system, code.code):
        context.miss(code)
    onset, end = resource.onset_period, resource.abatement_period
    return Condition(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        encounter_id=context.encounter(resource.encounter),
        system=code.system,
        code=code.code,
        label=code.label,
        status=status,
        onset_on=context.on(resource.onset_date_time or (onset and onset.start)),
        abated_on=context.on(resource.abatement_date_time or (end and end.end), planned=True),
        recorded_on=context.on(resource.recorded_date),
    )


def refuse_denied(verification: CodeableConcept | None, context: Context) -> None:
    """Skipped for what is not so; a note for what is not sure."""
    words = verification.codes() if verification else set[str]()
    if "entered-in-error" in words:
        raise Skipped(Reason.ENTERED_IN_ERROR)
    for word in _DENIED:
        if word in words:
            raise Skipped(Reason.STATUS, word)
    if words & _UNPROVED:
        context.notes.append(Note.VERIFICATION)


def clinical_status(concept: CodeableConcept | None, known: frozenset[str]) -> str:
    """FHIR's word for how it is now; Skipped without one: nobody may guess `active`."""
    words = concept.codes() & known if concept else set[str]()
    if len(words) != 1:
        raise Skipped(Reason.CLINICAL_STATUS)
    return words.pop()
