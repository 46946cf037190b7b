"""The tool search_patients."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Ours, PersonName, RecordNumber
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import full_name, local_or_none
from models.permission import Permission
from models.vocabulary import PatientStatus, Sex
from services.clinical import patients
from services.clinical.patients import FoundPatient
from services.database.session import ClinicSession
from services.paging import Page
from services.principal import Principal


class Match(Result, kw_only=True):
    """A patient who matches."""

    patient_id: OfPatient
    name: PersonName
    preferred_name: PersonName | None = None
    mrn: RecordNumber
    birth_date: date
    age: Annotated[int, Meta(description="Years; of a deceased patient, at death.")]
    sex: Sex
    status: PatientStatus
    last_visit: Ours | None = None
    next_visit: Ours | None = None
    match: Annotated[float, Meta(description="1 is exact; below it, another person may be meant.")]


class Matches(Result, kw_only=True):
    """Patients, best match first."""

    patients: list[Match]
    next_cursor: Ours | None = None


@read_tool(title="Search patients", permission=Permission.VIEW_PATIENTS)
async def search_patients(
    clinic: ClinicSession,
    query: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=100,
            description=(
                "A name (typos are forgiven), alone or with a birth date; or a birth date "
                "(YYYY-MM-DD or MM/DD/YYYY), MRN, phone or e-mail."
            ),
        ),
    ],
    limit: Annotated[int, Meta(ge=1, le=50)] = 10,
    cursor: Cursor | None = None,
) -> Matches:
    """Finds patients by name, or exactly by birth date, MRN, phone or e-mail.

    Best match first, with age, status, last and next visit. Leaves out chart and contact details.
    """
    found = await patients.search(clinic, query, limit=limit, cursor=cursor)
    return _matches(found, clinic.principal)


def _matches(page: Page[FoundPatient], principal: Principal) -> Matches:
    return Matches(
        patients=[_match(row, principal) for row in page.rows], next_cursor=page.next_cursor
    )


def _match(found: FoundPatient, principal: Principal) -> Match:
    return Match(
        patient_id=found.id,
        name=full_name(found.given_name, found.family_name),
        preferred_name=found.preferred_name,
        mrn=found.mrn,
        birth_date=found.birth_date,
        age=patients.age(found.birth_date, found.deceased_on or principal.today),
        sex=Sex(found.sex),
        status=PatientStatus(found.status),
        last_visit=local_or_none(found.last_visit_at, principal),
        next_visit=local_or_none(found.next_visit_at, principal),
        match=round(found.score, 2),
    )
