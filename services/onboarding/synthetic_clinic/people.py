"""The patients as persons: names, addresses, coverages, and what they agreed to."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from models.patient import Coverage, Patient, PatientConsent
from models.vocabulary import ConsentKind, PatientStatus
from services.clinical.names import fold_name
from services.onboarding.synthetic_clinic.names import Name, Names
from services.onboarding.synthetic_clinic.parts import Case, Part
from services.onboarding.synthetic_clinic.places import Place, street
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.roster import CAST
from services.onboarding.synthetic_clinic.story import Story

_NAMED = {
    Case.JOHN_SMITH: Name("John", "Smith"),
    Case.JON_SMYTH: Name("Jon", "Smyth"),
    Case.ACCENT: Name("José", "Núñez"),
}
_SPANISH = ("Garcia", "Martinez", "Delgado", "Reyes", "Morales", "Núñez", "Zamora", "Sandoval")
_PAYERS = (
    ("Copperline Health", "PPO 2500"),
    ("Blue Mesa Insurance", "Silver HMO"),
    ("Tidewater Mutual", "High Deductible 5000"),
    ("Northfield Benefit Trust", None),
)
_MEDICARE_AGE = 65
_DEATH_BEFORE_TODAY = 160
"""Days: after the last visit of the part that dies."""
_SMS_STOPPED_BEFORE_TODAY = 40

OFFICE_HOURS = (9 * 60, 17 * 60)
"""When the staff writes and books, in minutes after midnight."""


def patients(
    record: Record,
    names: Names,
    telephones: list[tuple[Place, str]],
    owner_id: UUID,
    provider_id: UUID,
) -> list[Story]:
    """Write the 36 patients, with coverages and consents."""
    numbers = iter(record.chance.sample(range(100_000, 1_000_000), len(CAST)))
    stories = [
        _story(
            record,
            part,
            owner_id if part.owner else provider_id,
            name=_name(part, names),
            telephone=telephones.pop(),
            number=next(numbers),
        )
        for part in CAST
    ]
    for story in stories:
        _coverage(record, story)
        _consents(record, story)
    return stories


def sms_stopped_at(record: Record) -> datetime:
    """When the patient who wants no texts wrote STOP."""
    return record.at(record.days_ago(_SMS_STOPPED_BEFORE_TODAY), OFFICE_HOURS[0] + 11)


def _name(part: Part, names: Names) -> Name:
    fixed = next((name for case, name in _NAMED.items() if case in part.cases), None)
    return fixed or names.of(part.sex)


def _story(
    record: Record,
    part: Part,
    provider_id: UUID,
    *,
    name: Name,
    telephone: tuple[Place, str],
    number: int,
) -> Story:
    place, phone = telephone
    contact_day = record.days_ago(part.first + record.chance.randint(6, 16))
    contacted_at = record.at(contact_day, record.chance.randint(*OFFICE_HOURS))
    preferred = "Jack" if Case.JOHN_SMITH in part.cases else None
    patient = record.add(
        Patient,
        contacted_at,
        mrn=f"MC-{number}",
        family_name=name.family,
        given_name=name.given,
        preferred_name=preferred,
        search_name=fold_name(f"{name.whole} {preferred or ''}"),
        birth_date=_birth_date(record, part),
        deceased_on=record.days_ago(_DEATH_BEFORE_TODAY) if Case.DECEASED in part.cases else None,
        sex=part.sex,
        status=_status(part),
        phone=phone,
        email=name.email(number),
        address_line=street(record.chance),
        city=place.city,
        state=place.state,
        postal_code=place.postal_code,
        country="US",
        language="es-US" if name.family in _SPANISH else "en-US",
        primary_provider_id=provider_id,
        created_at=contacted_at,
    )
    return Story(part, patient, provider_id)


def _status(part: Part) -> PatientStatus:
    if Case.DECEASED in part.cases:
        return PatientStatus.DECEASED
    return PatientStatus.INACTIVE if Case.INACTIVE in part.cases else PatientStatus.ACTIVE


def _birth_date(record: Record, part: Part) -> date:
    years = record.chance.randint(*part.ages)
    return record.today - timedelta(days=years * 365 + years // 4 + record.chance.randint(5, 350))


def _coverage(record: Record, story: Story) -> None:
    """Most have an insurance, which the clinic does not bill."""
    patient = story.patient
    if story.age_on(record.today) >= _MEDICARE_AGE:
        payer, plan = "Medicare", "Part B"
    elif record.chance.random() < 0.6:  # noqa: PLR2004 -- the share of insured people here
        payer, plan = record.chance.choice(_PAYERS)
    else:
        return
    record.add(
        Coverage,
        patient.created_at,
        patient_id=patient.id,
        payer=payer,
        plan=plan,
        member_id=f"SYN{record.chance.randint(10**8, 10**9 - 1)}",
        started_on=date(record.day_of(patient.created_at).year - 1, 1, 1),
    )


def _consents(record: Record, story: Story) -> None:
    for kind, granted, decided_at in _decisions(record, story):
        record.add(
            PatientConsent,
            decided_at,
            patient_id=story.patient.id,
            kind=kind,
            granted=granted,
            decided_at=decided_at,
        )


def _decisions(record: Record, story: Story) -> Iterator[tuple[ConsentKind, bool, datetime]]:
    signed_at = story.patient.created_at + record.minutes(20, 120)
    for kind in (ConsentKind.TREATMENT, ConsentKind.PORTAL_MESSAGES, ConsentKind.TELEHEALTH):
        yield kind, True, signed_at
    yield ConsentKind.EMAIL, record.chance.random() < 0.9, signed_at  # noqa: PLR2004 -- share
    yield ConsentKind.MARKETING, record.chance.random() < 0.5, signed_at  # noqa: PLR2004 -- share
    if story.has(Case.NO_SMS):
        yield ConsentKind.SMS, False, sms_stopped_at(record)
    else:
        yield ConsentKind.SMS, True, signed_at
