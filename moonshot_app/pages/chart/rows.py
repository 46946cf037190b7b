"""The other parts of a chart in words: who it is, what was measured, taken and planned."""

import dataclasses
import re
from typing import Final

from models.vocabulary import UPCOMING, AppointmentStatus, MedicationStatus, VisitPlace
from moonshot_app.components.clinic_time import ClinicTime
from services.clinical.medications import MedicationFacts
from services.clinical.patients import PatientRecord, age
from services.clinical.vitals import VitalFacts
from services.practice.schedule import AppointmentFacts

Fact = tuple[str, str]
_US_PHONE: Final = re.compile(r"\+1(\d{3})(\d{3})(\d{4})", re.ASCII)
_VISITS: Final = {
    AppointmentStatus.NO_SHOW: "Did not come",
    AppointmentStatus.CHECKED_IN: "Checked in",
    AppointmentStatus.FULFILLED: "Took place",
}
_POUND_KG: Final = 0.45359237
_LANGUAGES: Final = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "ht": "Haitian Creole",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tl": "Tagalog",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""Those most spoken in the United States, by the first part of a BCP 47 tag."""
_DOSE_UNITS: Final = {"ug": "mcg", "[IU]": "units", "[iU]": "units"}
"""As a US clinic writes UCUM's; ISMP warns of µg and IU, which are misread."""
_CONSENTS: Final = {"sms": "text messages", "email": "e-mail"}
_TAKEN: Final = (MedicationStatus.ACTIVE, MedicationStatus.ON_HOLD)


@dataclasses.dataclass(frozen=True)
class VitalRow:
    """What was measured together."""

    taken: str
    pressure: str
    pulse: str
    respirations: str
    weight: str
    weight_metric: str
    bmi: str
    temperature: str
    temperature_metric: str
    oxygen: str


@dataclasses.dataclass(frozen=True)
class MedicationRow:
    """A prescription."""

    name: str
    dose: str
    status: str
    since: str
    prescriber: str
    past: bool


@dataclasses.dataclass(frozen=True)
class VisitRow:
    """An appointment."""

    at: str
    what: str
    where: str
    whom: str
    status: str
    past: bool


def person_of(record: PatientRecord, times: ClinicTime) -> list[Fact]:
    """Who it is."""
    patient = record.patient
    born = patient.birth_date
    until = patient.deceased_on or times.principal.today
    facts = {
        "Born": f"{born:%B} {born.day}, {born.year} ({age(born, until)} years)",
        "Died": times.date(patient.deceased_on) if patient.deceased_on else "",
        "Sex": patient.sex.capitalize(),
        "Record number": patient.mrn,
        "Called": patient.preferred_name,
        "Language": _language(patient.language),
        "Status": patient.status.capitalize(),
        "Provider": _joined(patient.provider_name, patient.provider_credentials),
    }
    return [(name, value) for name, value in facts.items() if value]


def contact_of(record: PatientRecord, times: ClinicTime) -> list[Fact]:
    """How to reach the person, who pays, what was agreed to."""
    patient = record.patient
    place = " ".join(filter(None, (patient.state, patient.postal_code)))
    facts = [
        ("Phone", _phone(patient.phone)),
        ("E-mail", patient.email),
        ("Address", _joined(patient.address_line, patient.city, place)),
    ]
    facts += [("Insurance", _joined(c.payer, c.plan)) for c in record.coverages]
    if record.membership is not None:
        member = record.membership
        since = times.date(member.started_on)
        facts.append(("Membership", f"{member.plan}, {_words(member.status)}, since {since}"))
    said = {True: [], False: []}
    for consent in record.consents:
        said[consent.granted].append(_CONSENTS.get(consent.kind, _words(consent.kind)))
    facts += [("Agreed to", _listed(said[True])), ("Refused", _listed(said[False]))]
    return [(name, value) for name, value in facts if value]


def vital_row(vital: VitalFacts, times: ClinicTime) -> VitalRow:
    """Put one measurement into words."""
    pressure = (_number(vital.systolic_mmhg), _number(vital.diastolic_mmhg))
    kg, celsius = vital.weight_kg, vital.temperature_c
    return VitalRow(
        taken=times.day(vital.taken_at),
        pressure="/".join(pressure) if all(pressure) else "",
        pulse=_number(vital.pulse_bpm),
        respirations=_number(vital.respirations_per_min),
        weight="" if kg is None else f"{kg / _POUND_KG:.1f} lb",
        weight_metric="" if kg is None else f"{kg:g} kg",
        bmi=_number(vital.bmi_kg_m2),
        temperature="" if celsius is None else f"{celsius * 9 / 5 + 32:.1f} °F",
        temperature_metric="" if celsius is None else f"{celsius:g} °C",
        oxygen=_number(vital.spo2_percent),
    )


def medication_row(medication: MedicationFacts, times: ClinicTime) -> MedicationRow:
    """Put one prescription into words."""
    dose, unit = _number(medication.dose), medication.dose_unit or ""
    parts = (
        f"{dose} {_DOSE_UNITS.get(unit, unit)}".strip() if dose else "",
        (medication.route or "").removesuffix(" route").lower(),
        medication.frequency or medication.frequency_code,
        "as needed" if medication.as_needed else "",
    )
    stopped = medication.stopped_on
    since = times.date(medication.started_on)
    return MedicationRow(
        name=medication.label,
        dose=", ".join(filter(None, parts)),
        status=_words(medication.status).capitalize(),
        since=f"{since} to {times.date(stopped)}" if stopped else since,
        prescriber=medication.prescriber or "",
        past=medication.status not in _TAKEN,
    )


def visit_row(visit: AppointmentFacts, times: ClinicTime) -> VisitRow:
    """Put one appointment into words."""
    status = AppointmentStatus(visit.status)
    return VisitRow(
        at=times.minute(visit.starts_at),
        what=visit.type_label,
        where="Telehealth" if visit.place == VisitPlace.TELEHEALTH else "In person",
        whom=visit.provider or "",
        status=_VISITS.get(status, status.capitalize()),
        past=visit.starts_at < times.principal.now or status not in UPCOMING,
    )


def _phone(number: str | None) -> str:
    """A US number as people write it; others as they are kept."""
    match = _US_PHONE.fullmatch(number or "")
    return "({}) {}-{}".format(*match.groups()) if match else number or ""


def _language(tag: str | None) -> str:
    """Its English name; a tag that is not among the usual ones stays as it is."""
    return _LANGUAGES.get((tag or "").partition("-")[0].lower(), tag or "")


def _listed(words: list[str]) -> str:
    said = ", ".join(words)
    return said[:1].upper() + said[1:]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _joined(*parts: str | None) -> str:
    return ", ".join(filter(None, parts))


def _words(code: str) -> str:
    return code.replace("_", " ").replace("-", " ")
