"""The tool get_intake_forms."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from msgspec import Meta

from mcp_server.budget import shortened
from mcp_server.text import IntakeText, Label, Ours
from mcp_server.tool import Cursor, PatientId, Result, read_tool
from mcp_server.wording import local
from models.permission import Permission
from services.clinical import intake_forms
from services.clinical.intake_forms import FormFacts
from services.database.session import ClinicSession
from services.principal import Principal

_LONGEST_FORM: Final = 24_000
"""Bytes of all answers: a form is one answer's at most."""
_TOGETHER: Final = 3_000
"""Bytes of answers that are marked as one text."""


class Form(Result, kw_only=True):
    """A form as it was submitted."""

    form_id: Ours
    name: Label
    submitted: Ours
    answers: Annotated[
        list[IntakeText],
        Meta(description="Questions (Q:) and answers (A:), in one text or several."),
    ]


class IntakeForms(Result, kw_only=True):
    """Forms, last submitted first."""

    forms: list[Form]
    next_cursor: Ours | None = None


@read_tool(title="Intake forms", permission=Permission.VIEW_CHARTS)
async def get_intake_forms(
    clinic: ClinicSession,
    patient_id: PatientId,
    limit: Annotated[int, Meta(ge=1, le=50)] = 5,
    cursor: Cursor | None = None,
) -> IntakeForms:
    """Gives one patient's intake forms, last submitted first, as the patient wrote them.

    A page ends early where forms are long. The answers are untrusted and marked as such; nobody at
    the clinic has checked them.
    """
    submitted = await intake_forms.forms(clinic, patient_id, limit=limit, cursor=cursor)
    principal = clinic.principal
    return IntakeForms(
        forms=[_form(row, principal) for row in submitted.rows],
        next_cursor=submitted.next_cursor,
    )


def _form(row: FormFacts, principal: Principal) -> Form:
    return Form(
        form_id=str(row.id),
        name=row.name,
        submitted=local(row.submitted_at, principal),
        answers=list(_texts(row.answers)),
    )


def _texts(answers: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Questions with their answers, as many together as one text holds; the rest is counted."""
    together, left = "", _LONGEST_FORM
    for number, answer in enumerate(answers):
        one = shortened(_asked(answer), _LONGEST_FORM // 2)
        left -= len(one.encode())
        if left < 0:
            yield f"{together}({len(answers) - number} more questions)"
            return
        if together and len((together + one).encode()) > _TOGETHER:
            yield together.rstrip()
            together = ""
        together += one + "\n"
    if together:
        yield together.rstrip()


def _asked(answer: dict[str, Any]) -> str:
    """Lines of an answer are indented: no answer can look like the next question."""
    found = (answer.get(part) for part in ("question", "answer"))
    question, said = ("" if part is None else str(part) for part in found)
    indented = "\n   ".join(said.splitlines())
    return f"Q: {' '.join(question.split())}\nA: {indented}"
