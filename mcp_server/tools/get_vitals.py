"""The tool get_vitals."""

from typing import Annotated

from msgspec import Meta

from mcp_server.text import Ours
from mcp_server.tool import Cursor, PatientId, Result, read_tool
from mcp_server.wording import local, measured
from models.permission import Permission
from services.clinical import vitals
from services.clinical.vitals import VitalFacts
from services.database.session import ClinicSession
from services.paging import Page
from services.principal import Principal


class Vitals(Result, kw_only=True):
    """What was measured together."""

    taken: Ours
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    pulse_bpm: float | None = None
    respirations_per_min: float | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    bmi_kg_m2: float | None = None
    temperature_c: float | None = None
    spo2_percent: float | None = None
    pain_0_to_10: float | None = None


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
        vitals=[_vitals(row, principal) for row in page.rows], next_cursor=page.next_cursor
    )


def _vitals(row: VitalFacts, principal: Principal) -> Vitals:
    def as_taken(value: float | None) -> float | None:
        return None if value is None else measured(value)

    return Vitals(
        taken=local(row.taken_at, principal),
        systolic_mmhg=as_taken(row.systolic_mmhg),
        diastolic_mmhg=as_taken(row.diastolic_mmhg),
        pulse_bpm=as_taken(row.pulse_bpm),
        respirations_per_min=as_taken(row.respirations_per_min),
        weight_kg=as_taken(row.weight_kg),
        height_cm=as_taken(row.height_cm),
        bmi_kg_m2=as_taken(row.bmi_kg_m2),
        temperature_c=as_taken(row.temperature_c),
        spo2_percent=as_taken(row.spo2_percent),
        pain_0_to_10=as_taken(row.pain_score),
    )
