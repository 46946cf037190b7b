"""The tool get_vitals."""

from typing import Annotated

from msgspec import Meta

from mcp_server.text import Ours
from mcp_server.tool import Cursor, PatientId, Result, read_tool
from mcp_server.wording import Vitals, vital_signs
from models.permission import Permission
from services.clinical import vitals
from services.clinical.vitals import VitalFacts
from services.database.session import ClinicSession
from services.paging import Page
from services.principal import Principal


class VitalSigns(Result, kw_only=True):
    """Measurements, newest first."""

    vitals: list[Vitals]
    next_cursor: Ours | None = None


@read_tool(title="Vital signs", permission=Permission.VIEW_CHARTS)
async def get_vitals(
    clinic: ClinicSession,
    patient_id: PatientId,
    limit: Annotated[int, Meta(ge=1, le=100)] = 10,
    cursor: Cursor | None = None,
) -> VitalSigns:
    """Gives one patient's vital signs, newest first.

    Blood pressure, pulse, respirations, weight, height, BMI, temperature, oxygen saturation and
    pain score, as far as they were taken, to four digits; units
    are in the names.
    """
    taken = await vitals.measurements(clinic, patient_id, limit=limit, cursor=cursor)
    return _signs(taken, clinic.principal)


def _signs(page: Page[VitalFacts], principal: Principal) -> VitalSigns:
    return VitalSigns(
        vitals=[vital_signs(row, principal) for row in page.rows], next_cursor=page.next_cursor
    )
