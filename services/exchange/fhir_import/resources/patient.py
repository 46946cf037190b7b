"""Patient to patients."""

import re
from collections.abc import Sequence
from datetime import date

from models.patient import Patient
from models.vocabulary import PatientStatus, Sex
from services.clinical.names import fold_name
from services.clinical.telephone import e164
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import (
    Address,
    CodeableConcept,
    ContactPoint,
    Element,
    HumanName,
    Identifier,
    Resource,
    Short,
)
from services.exchange.fhir_import.mapping import Context
from services.exchange.fhir_import.references import chosen_name
from services.exchange.fhir_import.report import Note, Reason, Skipped

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_SEXES = {sex.value: sex for sex in Sex}


class Communication(Element):
    """A language."""

    language: CodeableConcept | None = None
    preferred: bool | None = None


class PatientResource(Resource):
    """FHIR Patient."""

    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: Short | None = None
    birth_date: When | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: When | None = None
    address: tuple[Address, ...] = ()
    communication: tuple[Communication, ...] = ()


def to_row(resource: PatientResource, context: Context) -> Patient:
    """Take the official name, the number of type MR, and what the patient uses today."""
    family, given = _names(resource.name)
    address = _in_use(resource.address) or Address()
    return Patient(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        mrn=_record_number(resource) or context.source_id.removeprefix("Patient/"),
        family_name=family,
        given_name=given,
        preferred_name=(nickname := _nickname(resource.name)),
        search_name=fold_name(f"{given} {family} {nickname or ''}"),
        birth_date=_birth_date(resource, context),
        deceased_on=context.on(resource.deceased_date_time),
        sex=_sex(resource.gender, context),
        status=_status(resource, context),
        phone=_phone(resource.telecom),
        email=_email(resource.telecom),
        address_line=", ".join(line for line in address.line if line) or None,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=address.country,
        language=_language(resource.communication),
    )


def _names(names: Sequence[HumanName]) -> tuple[str, str]:
    name = chosen_name(names)
    family = None if name is None else name.family or name.text
    if name is None or not family or not family.strip():
        raise Skipped(Reason.NO_NAME)
    given = " ".join(part for part in name.given if part) if name.family else ""
    return " ".join(family.split()), " ".join(given.split())


def _nickname(names: Sequence[HumanName]) -> str | None:
    for name in names:
        if name.use == "nickname":
            given = " ".join(part for part in name.given if part)
            return given or name.text
    return None


def _sex(gender: str | None, context: Context) -> Sex:
    if gender is not None and gender not in _SEXES:
        context.notes.append(Note.GENDER)
    return _SEXES.get(gender or "", Sex.UNKNOWN)


def _birth_date(resource: PatientResource, context: Context) -> date:
    context.refuse_ahead(resource.birth_date)
    if resource.birth_date is None:
        raise Skipped(Reason.NO_BIRTH_DATE)
    if resource.birth_date.day is None:
        raise Skipped(Reason.PARTIAL_DATE)
    return resource.birth_date.day


def _status(resource: PatientResource, context: Context) -> PatientStatus:
    died = resource.deceased_date_time
    if resource.deceased_boolean or (died and not context.is_ahead(died)):
        return PatientStatus.DECEASED
    return PatientStatus.INACTIVE if resource.active is False else PatientStatus.ACTIVE


def _record_number(resource: PatientResource) -> str | None:
    for number in resource.identifier:
        if number.use != "old" and number.type and "MR" in number.type.codes() and number.value:
            return number.value.strip() or None
    return None


def _phone(telecom: Sequence[ContactPoint]) -> str | None:
    written = _contact(telecom, "phone")
    return written and (e164(written) or written)


def _email(telecom: Sequence[ContactPoint]) -> str | None:
    written = _contact(telecom, "email")
    return written.lower() if written else None


def _contact(telecom: Sequence[ContactPoint], system: str) -> str | None:
    """The preferred one; else a mobile phone, else the first that is still in use."""
    found = [t for t in telecom if t.system == system and t.use != "old" and t.value]
    found.sort(key=lambda t: (t.rank or 99, t.use != "mobile"))
    return (found[0].value or "").strip() or None if found else None


def _in_use(addresses: Sequence[Address]) -> Address | None:
    current = [a for a in addresses if a.use not in {"old", "billing"}]
    return next((a for a in current if a.use == "home"), current[0] if current else None)


def _language(spoken: Sequence[Communication]) -> str | None:
    for language in sorted(spoken, key=lambda c: not c.preferred):
        for coding in language.language.coding if language.language else ():
            if coding.code and _LANGUAGE.fullmatch(coding.code):
                return coding.code
    return None
