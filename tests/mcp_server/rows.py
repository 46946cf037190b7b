"""Rows of the tables that tools read: plausible where nothing is said, else as said."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.appointment import Appointment
from models.base import ClinicRow
from models.chart import Allergy, ChartNote, Condition
from models.draft import PendingAction
from models.encounter import Encounter, EncounterDiagnosis, Order
from models.growth import Lead, Membership, MembershipPlan
from models.lab import LabInterval, LabPanel, LabPanelMarker
from models.medication import Medication
from models.message import InboxItem, IntakeForm
from models.patient import Coverage, Patient, PatientConsent
from models.vital import Vital
from services.clinical.names import fold_name
from services.drafts.kind import digest
from tests import factories

DAY = factories.DAY


def patient(tenant_id: UUID, name: str, **over: Any) -> Patient:
    given_name, _, family_name = name.partition(" ")
    named: dict[str, Any] = {
        "given_name": given_name,
        "family_name": family_name,
        "search_name": fold_name(name),
    }
    return factories.patient(tenant_id, **(named | over))


def vital(of: Patient, taken_at: datetime, **over: Any) -> Vital:
    given: dict[str, Any] = over or {"pulse_bpm": Decimal(60)}
    return Vital(tenant_id=of.tenant_id, patient_id=of.id, taken_at=taken_at, **given)


def medication(of: Patient, label: str, **over: Any) -> Medication:
    given: dict[str, Any] = {"rxnorm": "1", "status": "active", "started_on": DAY}
    return Medication(tenant_id=of.tenant_id, patient_id=of.id, label=label, **(given | over))


def condition(of: Patient, code: str, **over: Any) -> Condition:
    given: dict[str, Any] = {
        "system": "ICD-10-CM",
        "label": code,
        "status": "active",
        "recorded_on": DAY,
    }
    return Condition(tenant_id=of.tenant_id, patient_id=of.id, code=code, **(given | over))


def allergy(of: Patient, label: str, **over: Any) -> Allergy:
    given: dict[str, Any] = {"system": "SNOMED CT", "code": "91936005", "status": "active"}
    return Allergy(tenant_id=of.tenant_id, patient_id=of.id, label=label, **(given | over))


def note(of: Patient, signed_at: datetime, **over: Any) -> ChartNote:
    given: dict[str, Any] = over or {"narrative": "Feels well."}
    return ChartNote(tenant_id=of.tenant_id, patient_id=of.id, signed_at=signed_at, **given)


def intake_form(of: Patient, submitted_at: datetime, **answers: str) -> IntakeForm:
    """Questions are the names of what was answered."""
    asked = [{"question": f"{name}?", "answer": said} for name, said in answers.items()]
    given: dict[str, Any] = {"name": "Questionnaire", "answers": asked}
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "patient_id": of.id}
    return IntakeForm(**ids, submitted_at=submitted_at, **given)


def diagnosis(of: Encounter, code: str, label: str) -> EncounterDiagnosis:
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "encounter_id": of.id}
    return EncounterDiagnosis(**ids, system="ICD-10-CM", code=code, label=label)


def order(of: Encounter, code: str, label: str, **over: Any) -> Order:
    given: dict[str, Any] = {"kind": "laboratory", "system": "LOINC", "status": "completed"}
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "patient_id": of.patient_id}
    given |= {"encounter_id": of.id, "ordered_at": of.started_at}
    return Order(**ids, code=code, label=label, **(given | over))


def appointment(of: Patient, starts_at: datetime, **over: Any) -> Appointment:
    given: dict[str, Any] = {
        "status": "booked",
        "type_system": "clinic",
        "type_code": "follow_up",
        "type_label": "Follow-up",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
    }
    return Appointment(tenant_id=of.tenant_id, patient_id=of.id, **(given | over))


def encounter(of: Patient, started_at: datetime, **over: Any) -> Encounter:
    given: dict[str, Any] = {
        "status": "finished",
        "class_code": "AMB",
        "type_system": "clinic",
        "type_code": "follow_up",
        "type_label": "Follow-up",
    }
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "patient_id": of.id}
    return Encounter(**ids, started_at=started_at, **(given | over))


def inbox_item(of: Patient, received_at: datetime, **over: Any) -> InboxItem:
    given: dict[str, Any] = {"kind": "message", "channel": "portal", "body": "Hello"}
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "patient_id": of.id}
    return InboxItem(**ids, received_at=received_at, **(given | over))


def coverage(of: Patient, payer: str, **over: Any) -> Coverage:
    return Coverage(tenant_id=of.tenant_id, patient_id=of.id, payer=payer, **over)


def consent(of: Patient, kind: str, *, granted: bool, decided_at: datetime) -> PatientConsent:
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "patient_id": of.id}
    return PatientConsent(**ids, kind=kind, granted=granted, decided_at=decided_at)


def membership(of: Patient, plan: str, **over: Any) -> list[ClinicRow]:
    """A membership on a plan of its own."""
    new = MembershipPlan(
        tenant_id=of.tenant_id, name=plan, monthly_cents=9_900, visits_per_quarter=1
    )
    given: dict[str, Any] = {"status": "active", "monthly_cents": 9_900, "started_on": DAY}
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "patient_id": of.id, "plan_id": new.id}
    return [new, Membership(**ids, **(given | over))]


def panel(
    tenant_id: UUID, key: str, *required: tuple[str, ...], optional: str = ""
) -> list[ClinicRow]:
    """A panel. A required marker is the LOINC codes that measure it; optional ones have one."""
    new = LabPanel(tenant_id=tenant_id, key=key, name=key.title())
    markers = [
        LabPanelMarker(
            tenant_id=tenant_id,
            panel_id=new.id,
            loinc=loinc,
            marker=codes[0],
            position=position,
            required=True,
        )
        for position, codes in enumerate(required, 1)
        for loinc in codes
    ]
    more = [
        LabPanelMarker(tenant_id=tenant_id, panel_id=new.id, loinc=loinc, marker=loinc, position=9)
        for loinc in optional.split()
    ]
    return [new, *markers, *more]


def interval(of: ClinicRow, key: str, codes: list[str], **over: Any) -> LabInterval:
    """How often that panel is due for who takes one of those drugs."""
    given: dict[str, Any] = {
        "name": key,
        "trigger": "medication",
        "first_due_days": 90,
        "interval_days": 180,
        "source": "the clinic",
    }
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "panel_id": of.id}
    return LabInterval(**ids, key=key, trigger_codes=codes, **(given | over))


def lead(tenant_id: UUID, contacted_at: datetime, **over: Any) -> Lead:
    given: dict[str, Any] = {"source": "search", "name": "Someone"}
    return Lead(tenant_id=tenant_id, contacted_at=contacted_at, **(given | over))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days_before(today: date, days: int) -> date:
    return today - timedelta(days=days)


def proposal(of: Patient, proposed_by: UUID, credential_id: UUID, **over: Any) -> PendingAction:
    """A message in the queue."""
    words = {"channel": "portal", "body": "Hello"}
    given: dict[str, Any] = {
        "kind": "message_draft",
        "status": "pending",
        "proposed": words,
        "payload": words,
        "proposed_sha256": digest(words),
        "source_audit_ids": [],
        "expires_at": datetime.now(UTC) + timedelta(days=14),
    }
    ids: dict[str, Any] = {"tenant_id": of.tenant_id, "patient_id": of.id}
    by: dict[str, Any] = {"proposed_by": proposed_by, "credential_id": credential_id}
    return PendingAction(**ids, **by, **(given | over))
