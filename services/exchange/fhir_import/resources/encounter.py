"""Encounter to encounters."""

from collections.abc import Sequence

from msgspec import field

from models.encounter import Encounter
from models.vocabulary import EncounterStatus
from services.exchange.fhir_import.elements import (
    CodeableConcept,
    Coding,
    Element,
    Period,
    Reference,
    Resource,
    Short,
)
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.report import Note
from services.exchange.fhir_import.terminology import (
    ACT_CODE,
    CPT,
    ICD_10_CM,
    SNOMED_CT,
    UNKNOWN,
    Coded,
    clean_label,
    first_coded,
)

_STATUSES: dict[str, str] = {
    **{status.value: status.value for status in EncounterStatus},
    "triaged": EncounterStatus.ARRIVED,
    "onleave": EncounterStatus.IN_PROGRESS,
}
_BEGUN = {EncounterStatus.ARRIVED, EncounterStatus.IN_PROGRESS, EncounterStatus.FINISHED}
_MAIN = {"PPRF", "ATND"}
"""Who was mainly responsible: primary performer, attender."""


class Participant(Element):
    """Who took part."""

    type: tuple[CodeableConcept, ...] = ()
    individual: Reference | None = None


class EncounterResource(Resource):
    """FHIR Encounter."""

    status: Short | None = None
    class_: Coding | None = field(name="class", default=None)
    type: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    participant: tuple[Participant, ...] = ()
    period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    appointment: tuple[Reference, ...] = ()


def to_row(resource: EncounterResource, context: Context) -> Encounter:
    """Take a visit with its first coded type and reason; its class stands for a missing type."""
    status = kept_status(resource.status, _STATUSES, frozenset())
    patient_id = context.patient(resource.subject, "subject")
    period = resource.period or Period()
    started_at = context.needed_at(period.start, planned=status not in _BEGUN)
    ended_at = context.at(period.end, planned=status != EncounterStatus.FINISHED)
    if ended_at is not None and ended_at < started_at:
        context.notes.append(Note.END_BEFORE_START)
        ended_at = None
    of_class = _class(resource.class_)
    kind = first_coded(resource.type, SNOMED_CT, CPT) or of_class
    reason = first_coded(resource.reason_code, ICD_10_CM, SNOMED_CT)
    appointment = resource.appointment[0] if resource.appointment else None
    return Encounter(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        provider_name=_provider(resource.participant, context),
        appointment_id=context.appointment(appointment),
        status=status,
        class_code=of_class.code,
        type_system=kind.system,
        type_code=kind.code,
        type_label=kind.label,
        reason_system=reason and reason.system,
        reason_code=reason and reason.code,
        reason_label=reason and reason.label,
        started_at=started_at,
        ended_at=ended_at,
    )


def _class(coding: Coding | None) -> Coded:
    if coding is None or coding.code is None or not ACT_CODE.has(coding):
        return UNKNOWN
    return Coded(ACT_CODE.name, coding.code, clean_label(coding.display) or coding.code)


def _provider(participants: Sequence[Participant], context: Context) -> str | None:
    def minor(participant: Participant) -> bool:
        return not any(kind.codes() & _MAIN for kind in participant.type)

    for participant in sorted(participants, key=minor):
        if name := context.person(participant.individual):
            return name
    return None
