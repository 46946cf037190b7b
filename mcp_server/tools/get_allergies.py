"""The tool get_allergies."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Code, Label, Ours
from mcp_server.tool import Cursor, PatientId, Result, read_tool
from mcp_server.wording import Coded
from models.permission import Permission
from models.vocabulary import AllergySeverity, AllergyStatus
from services.clinical import allergies
from services.clinical.allergies import AllergyFacts
from services.database.session import ClinicSession
from services.paging import Page


class Allergy(Result, kw_only=True):
    """An allergy or intolerance."""

    substance: Coded
    reaction: Label | None = None
    reaction_snomed: Code | None = None
    severity: AllergySeverity | None = None
    status: AllergyStatus
    recorded: date | None = None


class Allergies(Result, kw_only=True):
    """Active ones first, of these the severest."""

    allergies: list[Allergy]
    next_cursor: Ours | None = None


@read_tool(title="Allergies", permission=Permission.VIEW_CHARTS)
async def get_allergies(
    clinic: ClinicSession,
    patient_id: PatientId,
    limit: Annotated[int, Meta(ge=1, le=100)] = 25,
    cursor: Cursor | None = None,
) -> Allergies:
    """Gives one patient's allergies and intolerances: active ones first, of these the severest.

    Coded substance, worst reaction, severity and status; inactive and resolved ones are included.
    An empty list says that nothing is recorded, not that nobody found an allergy.
    """
    known = await allergies.allergies(clinic, patient_id, limit=limit, cursor=cursor)
    return _allergies(known)


def _allergies(page: Page[AllergyFacts]) -> Allergies:
    return Allergies(allergies=[_allergy(row) for row in page.rows], next_cursor=page.next_cursor)


def _allergy(row: AllergyFacts) -> Allergy:
    return Allergy(
        substance=Coded(system=row.system, code=row.code, label=row.label),
        reaction=row.reaction_label,
        reaction_snomed=row.reaction_code,
        severity=None if row.severity is None else AllergySeverity(row.severity),
        status=AllergyStatus(row.status),
        recorded=row.recorded_on,
    )
