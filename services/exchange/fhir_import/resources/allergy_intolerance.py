"""AllergyIntolerance to allergies."""

from models.chart import Allergy
from models.vocabulary import AllergySeverity, AllergyStatus
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import (
    CodeableConcept,
    Element,
    Reference,
    Resource,
    Short,
)
from services.exchange.fhir_import.mapping import Context
from services.exchange.fhir_import.report import Reason, Skipped
from services.exchange.fhir_import.resources.condition import clinical_status, refuse_denied
from services.exchange.fhir_import.terminology import RXNORM, SNOMED_CT, coded, first_coded

_SEVERITIES = {severity.value: rank for rank, severity in enumerate(AllergySeverity, 1)}


class Reaction(Element):
    """What happened once."""

    manifestation: tuple[CodeableConcept, ...] = ()
    severity: Short | None = None


class AllergyIntoleranceResource(Resource):
    """FHIR AllergyIntolerance."""

    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept | None = None
    patient: Reference | None = None
    recorded_date: When | None = None
    reaction: tuple[Reaction, ...] = ()


def to_row(resource: AllergyIntoleranceResource, context: Context) -> Allergy:
    """Take the substance in SNOMED CT or RxNorm, with the worst reaction to it."""
    refuse_denied(resource.verification_status, context)
    patient_id = context.patient(resource.patient, "patient")
    status = clinical_status(resource.clinical_status, frozenset(AllergyStatus))
    code = coded(resource.code, SNOMED_CT, RXNORM)
    if code is None:
        raise Skipped(Reason.NO_CODE)
    worst = max(resource.reaction, key=_badness, default=Reaction())
    shown = first_coded(worst.manifestation, SNOMED_CT)
    return Allergy(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        system=code.system,
        code=code.code,
        label=code.label,
        reaction_code=shown and shown.code,
        reaction_label=shown and shown.label,
        severity=worst.severity if worst.severity in _SEVERITIES else None,
        status=status,
        recorded_on=context.on(resource.recorded_date),
    )


def _badness(reaction: Reaction) -> int:
    return _SEVERITIES.get(reaction.severity or "", 0)
