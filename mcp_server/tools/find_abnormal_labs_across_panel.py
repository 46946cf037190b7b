"""The tool find_abnormal_labs_across_panel."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Code, Label, Ours, PersonName, Unit
from mcp_server.tool import Cursor, OfPatient, Panel, Result, read_tool
from mcp_server.wording import full_name, number
from models.permission import Permission
from models.vocabulary import ResultFlag, ResultStatus
from services.clinical import abnormal_labs
from services.clinical.abnormal_labs import AbnormalFacts
from services.database.session import ClinicSession
from services.principal import Principal


class AbnormalLab(Result, kw_only=True):
    """A patient's latest result of a marker; an end of the range that is open is left out."""

    patient_id: OfPatient
    patient: PersonName
    loinc: Code
    name: Label
    value: float | None = None
    comparator: Annotated[Ours | None, Meta(description="The value is a bound.")] = None
    text: Annotated[Label | None, Meta(description="A coded answer.")] = None
    unit: Unit | None = None
    low: float | None = None
    high: float | None = None
    flag: ResultFlag | None = None
    outside_percent: Annotated[
        float | None, Meta(description="Absent where only the laboratory's flag says so.")
    ] = None
    collected: date
    acknowledged: bool
    status: Annotated[Ours | None, Meta(description="Given unless final.")] = None


class AbnormalLabs(Result, kw_only=True):
    """Critical ones first, then the farthest outside."""

    results: list[AbnormalLab]
    next_cursor: Ours | None = None


@read_tool(title="Abnormal labs", permission=Permission.VIEW_CHARTS)
async def find_abnormal_labs_across_panel(
    clinic: ClinicSession,
    panel: Panel,
    since: Annotated[
        date | None, Meta(description="Collected on that day or later; omit for 12 months.")
    ] = None,
    limit: Annotated[int, Meta(ge=1, le=200)] = 50,
    cursor: Cursor | None = None,
) -> AbnormalLabs:
    """Finds the latest result of each marker of each living patient that lies outside its range.

    Critical ones (LL, HH) first, then by outside_percent: the distance beyond the limit in percent
    of the range's width, or of the limit where the other end is open. Each with range, flag and
    whether it was acknowledged. A page may end before limit. Leaves out results that came with
    neither range nor flag.
    """
    found = await abnormal_labs.abnormal(clinic, panel, since=since, limit=limit, cursor=cursor)
    principal = clinic.principal
    return AbnormalLabs(
        results=[_result(row, principal) for row in found.rows], next_cursor=found.next_cursor
    )


def _result(row: AbnormalFacts, principal: Principal) -> AbnormalLab:
    told = AbnormalLab(
        patient_id=row.patient_id,
        patient=full_name(row.given_name, row.family_name),
        loinc=row.loinc,
        name=row.label,
        comparator=row.comparator,
        text=row.value_label,
        unit=row.unit,
        flag=None if row.flag is None else ResultFlag(row.flag),
        collected=row.collected_at.astimezone(principal.zone).date(),
        acknowledged=row.acknowledged_at is not None,
        status=None if row.status == ResultStatus.FINAL else row.status,
    )
    for name, value in (
        ("value", row.value),
        ("low", row.reference_low),
        ("high", row.reference_high),
        ("outside_percent", row.outside_percent),
    ):
        if value is not None:
            setattr(told, name, number(value))
    return told
