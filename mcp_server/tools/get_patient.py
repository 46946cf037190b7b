"""The tool get_patient."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import (
    Email,
    Label,
    Language,
    Ours,
    PersonName,
    Phone,
    Place,
    PostalCode,
    RecordNumber,
    Street,
)
from mcp_server.tool import OfPatient, PatientId, Result, read_tool
from mcp_server.wording import full_name, local
from models.permission import Permission
from models.vocabulary import ConsentKind, MembershipStatus, PatientStatus, Sex
from services.clinical import patients
from services.clinical.patients import PatientFacts, PatientRecord
from services.database.session import ClinicSession
from services.principal import Principal


class Contact(Result, kw_only=True):
    """How to reach the patient."""

    phone: Phone | None = None
    email: Email | None = None
    address: Street | None = None
    city: Place | None = None
    state: Place | None = None
    postal_code: PostalCode | None = None
    country: Place | None = None


class Insurance(Result, kw_only=True):
    """A coverage; the clinic itself is paid in cash."""

    payer: Label
    plan: Label | None = None
    member_id: RecordNumber | None = None
    started: date | None = None
    ended: date | None = None


class Consent(Result, kw_only=True):
    """What the patient last decided."""

    kind: ConsentKind
    granted: bool
    decided: Ours


class Provider(Result, kw_only=True):
    """A provider of the clinic."""

    provider_id: Ours
    name: Label


class Membership(Result, kw_only=True):
    """The latest membership."""

    plan: Label
    status: MembershipStatus
    started: date
    ended: date | None = None
    next_charge: date | None = None


class Patient(Result, kw_only=True):
    """A patient, without the chart."""

    patient_id: OfPatient
    name: PersonName
    preferred_name: PersonName | None = None
    mrn: RecordNumber
    birth_date: date
    age: Annotated[int, Meta(description="Years; of a deceased patient, at death.")]
    deceased: date | None = None
    sex: Sex
    status: PatientStatus
    language: Language | None = None
    contact: Contact
    insurance: list[Insurance]
    consents: list[Consent]
    primary_provider: Provider | None = None
    membership: Membership | None = None


@read_tool(title="Patient details", permission=Permission.VIEW_PATIENTS)
async def get_patient(clinic: ClinicSession, patient_id: PatientId) -> Patient:
    """Gives one patient's demographics, contact, insurance, consents, provider and membership.

    Leaves out everything clinical.
    """
    record = await patients.record(clinic, patient_id)
    return _patient(record, clinic.principal)


def _patient(record: PatientRecord, principal: Principal) -> Patient:
    facts = record.patient
    member = record.membership
    return Patient(
        patient_id=facts.id,
        name=full_name(facts.given_name, facts.family_name),
        preferred_name=facts.preferred_name,
        mrn=facts.mrn,
        birth_date=facts.birth_date,
        age=patients.age(facts.birth_date, facts.deceased_on or principal.today),
        deceased=facts.deceased_on,
        sex=Sex(facts.sex),
        status=PatientStatus(facts.status),
        language=facts.language,
        contact=_contact(facts),
        insurance=[
            Insurance(
                payer=c.payer,
                plan=c.plan,
                member_id=c.member_id,
                started=c.started_on,
                ended=c.ended_on,
            )
            for c in record.coverages
        ],
        consents=[
            Consent(
                kind=ConsentKind(c.kind), granted=c.granted, decided=local(c.decided_at, principal)
            )
            for c in record.consents
        ],
        primary_provider=_provider(facts),
        membership=member
        and Membership(
            plan=member.plan,
            status=MembershipStatus(member.status),
            started=member.started_on,
            ended=member.ended_on,
            next_charge=member.next_charge_on,
        ),
    )


def _contact(facts: PatientFacts) -> Contact:
    return Contact(
        phone=facts.phone,
        email=facts.email,
        address=facts.address_line,
        city=facts.city,
        state=facts.state,
        postal_code=facts.postal_code,
        country=facts.country,
    )


def _provider(facts: PatientFacts) -> Provider | None:
    if facts.provider_id is None or facts.provider_name is None:
        return None
    letters = f", {facts.provider_credentials}" if facts.provider_credentials else ""
    return Provider(provider_id=str(facts.provider_id), name=facts.provider_name + letters)
