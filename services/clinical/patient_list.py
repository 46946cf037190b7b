"""Every patient of the clinic, in the order of their names."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import Listing, Page

_LIST = statement(
    """
SELECT p.id, p.mrn, p.given_name, p.family_name, p.preferred_name, p.birth_date, p.sex, p.status
  FROM patients p WHERE (p.family_name, p.given_name, p.id) > (:family, :given, :id)
 ORDER BY p.family_name, p.given_name, p.id LIMIT :limit
"""
)
_Place = tuple[str, str, UUID]
_START: _Place = ("", "", UUID(int=0))


class ListedPatient(NamedTuple):
    """A patient as a list shows one."""

    id: UUID
    mrn: str
    given_name: str
    family_name: str
    preferred_name: str | None
    birth_date: date
    sex: str
    status: str


async def patients(
    clinic: ClinicSession, *, limit: int, cursor: str | None = None
) -> Page[ListedPatient]:
    """Patients by family name. Raises NotPermitted, InvalidInput for the cursor."""
    clinic.require(Permission.VIEW_PATIENTS)
    listing = Listing(clinic, "patients")
    family, given, after = listing.place(cursor, _Place, _START)
    rows = await clinic.rows(_LIST, family=family, given=given, id=after, limit=limit + 1)
    listed = [ListedPatient._make(row) for row in rows]
    return listing.page(listed, limit, lambda one: (one.family_name, one.given_name, one.id))
