"""Appointment to appointments."""

from datetime import datetime, timedelta

from models.appointment import Appointment
from models.vocabulary import AppointmentStatus
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import (
    CodeableConcept,
    Element,
    Reference,
    Resource,
    Short,
)
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.report import Reason, Skipped
from services.exchange.fhir_import.terminology import (
    APPOINTMENT_REASON,
    CPT,
    ICD_10_CM,
    SNOMED_CT,
    UNKNOWN,
    Coded,
    first_coded,
)

_STATUSES = {status.value: status.value for status in AppointmentStatus}
_MOST_MINUTES = 60 * 24


class Participant(Element):
    """Who is to take part."""

    actor: Reference | None = None


class AppointmentResource(Resource):
    """FHIR Appointment."""

    status: Short | None = None
    service_type: tuple[CodeableConcept, ...] = ()
    appointment_type: CodeableConcept | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    start: When | None = None
    end: When | None = None
    minutes_duration: int | None = None
    created: When | None = None
    participant: tuple[Participant, ...] = ()


def to_row(resource: AppointmentResource, context: Context) -> Appointment:
    """Take a planned visit of one patient; without a coded type, that is said to be unknown."""
    status = kept_status(resource.status, _STATUSES, frozenset({"waitlist"}))
    actors = [participant.actor for participant in resource.participant if participant.actor]
    patients = [actor for actor in actors if _is_patient(actor, context)]
    if len(patients) > 1:
        raise Skipped(Reason.SEVERAL_PATIENTS)
    patient_id = context.patient(patients[0] if patients else None, "participant.actor")
    starts_at = context.needed_at(resource.start, planned=True)
    ends_at = _ends_at(resource, starts_at, context)
    kind = _kind(resource)
    reason = first_coded(resource.reason_code, ICD_10_CM, SNOMED_CT)
    providers = [a for a in actors if (context.kind_of(a) or "").startswith("Practitioner")]
    names = (context.person(actor) for actor in providers)
    row = Appointment(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        provider_name=next((name for name in names if name), None),
        status=status,
        type_system=kind.system,
        type_code=kind.code,
        type_label=kind.label,
        reason_system=reason and reason.system,
        reason_code=reason and reason.code,
        reason_label=reason and reason.label,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    if (booked_at := context.at(resource.created)) is not None:
        row.booked_at = booked_at
    return row


def _is_patient(actor: Reference, context: Context) -> bool:
    text = actor.reference or ""
    named = text.startswith(("Patient/", "Patient?")) or "/Patient/" in text
    return named or context.kind_of(actor) == "Patient"


def _kind(resource: AppointmentResource) -> Coded:
    concepts = (*resource.service_type, resource.appointment_type)
    return first_coded(concepts, SNOMED_CT, CPT, APPOINTMENT_REASON) or UNKNOWN


def _ends_at(resource: AppointmentResource, starts_at: datetime, context: Context) -> datetime:
    if resource.end is not None:
        ends_at = context.needed_at(resource.end, planned=True)
    elif resource.minutes_duration and 0 < resource.minutes_duration <= _MOST_MINUTES:
        ends_at = starts_at + timedelta(minutes=resource.minutes_duration)
    else:
        raise Skipped(Reason.NO_DATE)
    if ends_at <= starts_at:
        raise Skipped(Reason.END_BEFORE_START)
    return ends_at
