"""What must hold of the patients as persons."""

import re
from datetime import date

from models.appointment import Appointment
from models.growth import Lead
from models.invoice import Invoice
from models.patient import Patient
from models.vocabulary import PatientStatus
from services.clinical.names import fold_name
from tests.services.onboarding.sample import Sample, name_of

YOUNGEST, OLDEST = 19, 84
_NAME = re.compile(r"[^\W\d_][^\W\d_ '\u2019.-]*(?:[ '\u2019.-]+[^\W\d_]+)*\.?")
_STREET = re.compile(r"\d+ [A-Za-z][A-Za-z .'-]*")
_CITY = re.compile(r"[A-Za-z][A-Za-z .'-]*")
_PHONE = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
_EMAIL = re.compile(r"[a-z0-9.]+@example\.(com|org|net)")
_LONGEST, _MOST_WORDS = 40, 3


def thirty_six_patients(sample: Sample) -> list[str]:
    """There are 36 patients."""
    count = len(sample.of(Patient))
    return [] if count == 36 else [f"{count} patients"]


def all_are_adults(sample: Sample) -> list[str]:
    """Everybody is between 19 and 84 years old, today or on the day of death."""
    return [
        name_of(patient)
        for patient in sample.of(Patient)
        if not YOUNGEST <= _age(patient, patient.deceased_on or sample.today) <= OLDEST
    ]


def nothing_is_before_birth(sample: Sample) -> list[str]:
    """Nothing in a record is dated before its patient's birth."""
    return [
        f"{name_of(row)}.{column}"
        for row, column, day in sample.events
        if day < sample.patient(row).birth_date
    ]


def nothing_is_after_death(sample: Sample) -> list[str]:
    """Nothing in a record is dated after its patient's death."""
    return [
        f"{name_of(row)}.{column}"
        for row, column, day in sample.events
        if (died := sample.patient(row).deceased_on) and day > died
    ]


def nothing_is_before_first_contact(sample: Sample) -> list[str]:
    """No visit, booking or bill is dated before the clinic first heard of the patient."""
    early = [
        name_of(visit)
        for visit in sample.of(Appointment)
        if min(visit.booked_at, visit.starts_at) < sample.patient(visit).created_at
    ]
    return early + [
        name_of(bill)
        for bill in sample.of(Invoice)
        if bill.issued_on < sample.day_of(sample.patient(bill).created_at)
    ]


def the_dead_are_marked(sample: Sample) -> list[str]:
    """A patient has a day of death exactly when the status says so."""
    return [
        name_of(patient)
        for patient in sample.of(Patient)
        if (patient.deceased_on is not None) != (patient.status == PatientStatus.DECEASED)
    ]


def names_and_addresses_are_plain(sample: Sample) -> list[str]:
    """Names, towns and streets have the form in which they need no wrapping."""
    return [
        f"{name_of(patient)}.{column}"
        for patient in sample.of(Patient)
        for column, form in (
            ("given_name", _NAME),
            ("family_name", _NAME),
            ("city", _CITY),
            ("address_line", _STREET),
            ("postal_code", re.compile(r"\d{5}")),
            ("state", re.compile(r"[A-Z]{2}")),
            ("language", re.compile(r"[a-z]{2}-[A-Z]{2}")),
            ("mrn", re.compile(r"MC-\d{6}")),
        )
        if not _is_plain(getattr(patient, column), form)
    ]


def contacts_are_fictional(sample: Sample) -> list[str]:
    """Telephones are of 555-01xx, e-mail addresses of the example domains, each only once."""
    people = [*sample.of(Patient), *[lead for lead in sample.of(Lead) if not lead.patient_id]]
    phones = [person.phone for person in people]
    return [
        name_of(person)
        for person in people
        if not _PHONE.fullmatch(person.phone or "")
        or not _EMAIL.fullmatch(person.email or "")
        or phones.count(person.phone) > 1
    ]


def names_are_folded_for_search(sample: Sample) -> list[str]:
    """`search_name` is the whole name and the preferred one, folded."""
    return [
        name_of(patient)
        for patient in sample.of(Patient)
        if patient.search_name
        != fold_name(f"{patient.given_name} {patient.family_name} {patient.preferred_name or ''}")
    ]


def _age(patient: Patient, day: date) -> int:
    born = patient.birth_date
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _is_plain(value: str, form: re.Pattern[str]) -> bool:
    short = len(value) <= _LONGEST and len(value.split()) <= _MOST_WORDS + (form is _STREET)
    return short and form.fullmatch(value) is not None
