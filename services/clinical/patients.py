"""Patients: finding one, and what is known besides the chart."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import UPCOMING
from services.clinical.birth_date import birth_date, with_birth_date
from services.clinical.names import LEAST_LIKENESS, asked_name, fold_name, likeness, swapped
from services.clinical.record_number import (
    BY_NUMBER,
    OTHER_ZEROS,
    fold_number,
    meant,
    without_leading_zeros,
)
from services.clinical.telephone import BY_LOCAL_NUMBER, e164, local_number
from services.database.session import ClinicSession
from services.database.statement import statement
from services.errors import NotFound
from services.paging import Listing, Page

NO_SUCH_PATIENT = "There is no such patient in this clinic."

_EXISTS = statement("SELECT 1 FROM patients WHERE id = :patient_id")

_BY_KEY = statement(
    "SELECT id, search_name, true, true FROM patients WHERE birth_date = :birth_date "
    "OR phone = ANY (CAST(:phones AS text[])) OR email = :email "
    "OR mrn = ANY (CAST(:mrns AS text[])) ORDER BY id LIMIT :most"
)
_BY_NAME = statement(
    """
SELECT p.id, p.search_name, p.mrn = ANY (CAST(:mrns AS text[])) AS exact,
       p.birth_date IS NOT DISTINCT FROM coalesce(:born, p.birth_date)
  FROM patients p,
       LATERAL (SELECT similarity(p.search_name, :name) AS alike,
                       word_similarity(:name, p.search_name) AS held,
                       string_to_array(p.search_name, ' ') && CAST(:swapped AS text[]) AS slip) q
 WHERE p.mrn = ANY (CAST(:mrns AS text[])) OR alike >= 0.15 OR held >= 0.3 OR slip
 ORDER BY exact DESC, greatest(alike, held, CASE WHEN slip THEN 0.5 END) DESC, p.id LIMIT :most
"""
)
NEXT_VISIT = """(SELECT min(a.starts_at) FROM appointments a
         WHERE a.tenant_id = p.tenant_id AND a.patient_id = p.id AND a.starts_at > :now
           AND a.status = ANY (CAST(:upcoming AS text[])))"""
"""Of the patient `p`; `upcoming` are the states of an appointment that will take place."""
_DETAILS = statement(
    f"""
SELECT p.id, p.mrn, p.given_name, p.family_name, p.preferred_name, p.birth_date, p.deceased_on,
       p.sex, p.status,
       (SELECT max(e.started_at) FROM encounters e
         WHERE e.tenant_id = p.tenant_id AND e.patient_id = p.id AND e.status = 'finished'),
       {NEXT_VISIT}
  FROM patients p WHERE p.id = ANY (CAST(:ids AS uuid[]))
"""  # noqa: S608 -- a part of our own
)
_MOST_CANDIDATES = 300
"""Names that share trigrams with the query; the best of them are found by edit distance."""

_PATIENT = statement(
    """
SELECT p.id, p.mrn, p.given_name, p.family_name, p.preferred_name, p.birth_date, p.deceased_on,
       p.sex, p.status, p.language, p.phone, p.email, p.address_line, p.city, p.state,
       p.postal_code, p.country, s.display_name, s.credentials, s.user_id
  FROM patients p
  LEFT JOIN staff s ON s.tenant_id = p.tenant_id AND s.user_id = p.primary_provider_id
 WHERE p.id = :patient_id
"""
)
_COVERAGES = statement(
    "SELECT payer, plan, member_id, started_on, ended_on FROM coverages "
    "WHERE patient_id = :patient_id ORDER BY started_on DESC NULLS LAST, id"
)
_CONSENTS = statement(
    "SELECT kind, granted, decided_at FROM patient_consents "
    "WHERE patient_id = :patient_id ORDER BY kind"
)
_MEMBERSHIP = statement(
    """
SELECT pl.name, m.status, m.started_on, m.ended_on, m.next_charge_on
  FROM memberships m
  JOIN membership_plans pl ON pl.tenant_id = m.tenant_id AND pl.id = m.plan_id
 WHERE m.patient_id = :patient_id ORDER BY m.started_on DESC, m.id DESC LIMIT 1
"""
)

_OTHER_BIRTH_DATE = 0.8
"""What a likeness is worth where a birth date was asked for too, and is another."""
_PHONE = re.compile(r"\+?[\d\s().-]{10,20}", re.ASCII)


class FoundPatient(NamedTuple):
    """A patient who matches a search; times are UTC."""

    id: UUID
    mrn: str
    given_name: str
    family_name: str
    preferred_name: str | None
    birth_date: date
    deceased_on: date | None
    sex: str
    status: str
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    score: float
    """1 for an exact match, below it a number found without its zeros or the likeness of names."""


class CoverageFacts(NamedTuple):
    """An insurance."""

    payer: str
    plan: str | None
    member_id: str | None
    started_on: date | None
    ended_on: date | None


class ConsentFacts(NamedTuple):
    """What the patient last said to one kind of contact or treatment."""

    kind: str
    granted: bool
    decided_at: datetime


class MembershipFacts(NamedTuple):
    """The latest membership."""

    plan: str
    status: str
    started_on: date
    ended_on: date | None
    next_charge_on: date | None


class PatientFacts(NamedTuple):
    """A row of `patients` with the primary provider."""

    id: UUID
    mrn: str
    given_name: str
    family_name: str
    preferred_name: str | None
    birth_date: date
    deceased_on: date | None
    sex: str
    status: str
    language: str | None
    phone: str | None
    email: str | None
    address_line: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    provider_name: str | None
    provider_credentials: str | None
    provider_id: UUID | None


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """What is known of a patient besides the chart."""

    patient: PatientFacts
    coverages: list[CoverageFacts]
    consents: list[ConsentFacts]
    membership: MembershipFacts | None


_Place = tuple[float, UUID]
_START: _Place = (2.0, UUID(int=0))


async def search(
    clinic: ClinicSession, query: str, *, limit: int, cursor: str | None = None
) -> Page[FoundPatient]:
    """Find patients by name (typos forgiven), or exactly by birth date, MRN, phone or e-mail.

    A record number may be written with other case, spaces, hyphens or leading zeros than it is
    recorded. Best match first. Raises NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_PATIENTS)
    listing = Listing(clinic, "patients", fold_name(query))
    place = listing.place(cursor, _Place, _START)
    found = [found for found in await _candidates(clinic, query) if found < place][: limit + 1]
    best = listing.page(found, limit, lambda match: match)
    details = await clinic.rows(
        _DETAILS,
        now=clinic.principal.now,
        upcoming=UPCOMING,
        ids=[match[1] for match in best.rows],
    )
    by_id = {row[0]: row for row in details}
    ranked = [FoundPatient._make((*by_id[id_], score)) for score, id_ in best.rows if id_ in by_id]
    return Page(listing, ranked, best.more, lambda match: (match.score, match.id))


async def _candidates(clinic: ClinicSession, query: str) -> list[_Place]:
    """Patients in question, best first, by score and id."""
    keys, text = _keys(query), query.strip()
    named, born = with_birth_date(text)
    name = asked_name(named)
    asked: dict[str, Any] = {"mrns": [text, text.upper(), text.lower()], "most": _MOST_CANDIDATES}
    question = (
        (_BY_KEY, asked | keys)
        if any(keys.values())
        else (
            _BY_NAME,
            asked | {"name": name, "born": born, "swapped": swapped(name)},
        )
    )
    number = None if keys["birth_date"] else fold_number(text)
    if number is None:
        (rows,), alike, local = await clinic.ask(question), [], []
    else:
        bare = {"number": number, "bare": without_leading_zeros(number), "most": _MOST_CANDIDATES}
        of_phone = (BY_LOCAL_NUMBER, {"local": local_number(text)})
        rows, alike, local = await clinic.ask(question, (BY_NUMBER, bare), of_phone)
    scores = {
        id_: 1.0 if exact else round(likeness(name, of) * (1 if is_born else _OTHER_BIRTH_DATE), 4)
        for id_, of, exact, is_born in rows
    }
    if not any(exact for _, _, exact, _ in rows):
        scores |= ({local[0][0]: OTHER_ZEROS} if len(local) == 1 else {}) | meant(alike)
    return sorted(
        ((score, id_) for id_, score in scores.items() if score >= LEAST_LIKENESS), reverse=True
    )


async def record(clinic: ClinicSession, patient_id: UUID) -> PatientRecord:
    """Demographics, contact, insurance, consents and membership. Raises NotFound, NotPermitted."""
    clinic.require(Permission.VIEW_PATIENTS)
    one = {"patient_id": patient_id}
    patients, coverages, consents, memberships = await clinic.ask(
        (_PATIENT, one), (_COVERAGES, one), (_CONSENTS, one), (_MEMBERSHIP, one)
    )
    if not patients:
        raise NotFound(NO_SUCH_PATIENT)
    return PatientRecord(
        PatientFacts._make(patients[0]),
        [CoverageFacts._make(row) for row in coverages],
        [ConsentFacts._make(row) for row in consents],
        MembershipFacts._make(memberships[0]) if memberships else None,
    )


async def require_patient(clinic: ClinicSession, patient_id: UUID) -> None:
    """Raise NotFound unless there is this patient; for when a question gave no rows."""
    if not await clinic.rows(_EXISTS, patient_id=patient_id):
        raise NotFound(NO_SUCH_PATIENT)


def age(birth_date: date, on: date) -> int:
    """Whole years; a birthday on 29 February is kept on 1 March in other years."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def _keys(query: str) -> dict[str, str | date | list[str] | None]:
    text = query.strip()
    day = birth_date(text)
    return {
        "birth_date": day,
        "email": text.lower() if "@" in text else None,
        "phones": None if day else _phones(text),
    }


def _phones(text: str) -> list[str] | None:
    """As it may be kept: in E.164, or as it was written where an import could not tell."""
    if not _PHONE.fullmatch(text):
        return None
    return [number for number in (e164(text), e164(f"+{text}"), text) if number]
