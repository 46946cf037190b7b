"""The tool get_problem_list."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.text import Ours
from mcp_server.tool import Cursor, PatientId, Result, read_tool
from mcp_server.wording import Coded
from models.permission import Permission
from models.vocabulary import ConditionStatus
from services.clinical import problems
from services.clinical.problems import ProblemFacts
from services.database.session import ClinicSession
from services.paging import Page


class Problem(Coded, kw_only=True):
    """A problem, in ICD-10-CM; where it was imported without, in SNOMED CT."""

    status: ConditionStatus
    onset: date | None = None
    abated: date | None = None
    recorded: Annotated[date | None, Meta(description="Given if the onset is not known.")] = None


class ProblemList(Result, kw_only=True):
    """Present ones first, of these the latest onset."""

    problems: list[Problem]
    next_cursor: Ours | None = None


@read_tool(title="Problem list", permission=Permission.VIEW_CHARTS)
async def get_problem_list(
    clinic: ClinicSession,
    patient_id: PatientId,
    limit: Annotated[int, Meta(ge=1, le=100)] = 25,
    cursor: Cursor | None = None,
) -> ProblemList:
    """Gives one patient's problem list: present problems first, of these the latest onset.

    Code, label, clinical status and onset; inactive, remitted and resolved ones follow. Leaves out
    in which visits a problem was dealt with.
    """
    known = await problems.problems(clinic, patient_id, limit=limit, cursor=cursor)
    return _list(known)


def _list(page: Page[ProblemFacts]) -> ProblemList:
    return ProblemList(problems=[_problem(row) for row in page.rows], next_cursor=page.next_cursor)


def _problem(row: ProblemFacts) -> Problem:
    return Problem(
        system=row.system,
        code=row.code,
        label=row.label,
        status=ConditionStatus(row.status),
        onset=row.onset_on,
        abated=row.abated_on,
        recorded=row.recorded_on if row.onset_on is None else None,
    )
