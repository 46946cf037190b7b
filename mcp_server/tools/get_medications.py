"""The tool get_medications."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Code, Label, Ours, Unit
from mcp_server.tool import Cursor, PatientId, Result, read_tool
from mcp_server.wording import number
from models.permission import Permission
from models.vocabulary import MedicationStatus
from services.clinical import medications
from services.clinical.medications import MedicationFacts
from services.database.session import ClinicSession
from services.paging import Page


class Medication(Result, kw_only=True):
    """A prescription."""

    rxnorm: Code
    name: Label
    dose: float | None = None
    dose_unit: Unit | None = None
    route: Label | None = None
    frequency: Label | None = None
    as_needed: bool = False
    status: MedicationStatus
    started: date
    stopped: date | None = None
    prescriber: Label | None = None


class Medications(Result, kw_only=True):
    """Prescriptions, last started first."""

    medications: list[Medication]
    next_cursor: Ours | None = None


@read_tool(title="Medications", permission=Permission.VIEW_CHARTS)
async def get_medications(
    clinic: ClinicSession,
    patient_id: PatientId,
    active_only: Annotated[  # noqa: FBT002 -- called by name, never by position
        bool, Meta(description="false also gives stopped and completed ones.")
    ] = True,
    limit: Annotated[int, Meta(ge=1, le=100)] = 25,
    cursor: Cursor | None = None,
) -> Medications:
    """Gives one patient's prescriptions, last started first.

    RxNorm code, name, dose, route, frequency, start, stop and prescriber; active ones include
    those on hold. Leaves out refills.
    """
    taken = await medications.prescriptions(
        clinic, patient_id, active_only=active_only, limit=limit, cursor=cursor
    )
    return _medications(taken)


def _medications(page: Page[MedicationFacts]) -> Medications:
    return Medications(
        medications=[_medication(row) for row in page.rows], next_cursor=page.next_cursor
    )


def _medication(row: MedicationFacts) -> Medication:
    return Medication(
        rxnorm=row.rxnorm,
        name=row.label,
        dose=None if row.dose is None else number(row.dose),
        dose_unit=row.dose_unit,
        route=row.route,
        frequency=row.frequency or row.frequency_code,
        as_needed=row.as_needed,
        status=MedicationStatus(row.status),
        started=row.started_on,
        stopped=row.stopped_on,
        prescriber=row.prescriber,
    )
