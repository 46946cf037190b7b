"""The prompt visit_note."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.prompt import PatientPicked, prompt


@prompt(
    title="Visit note",
    tools=["get_visit_facts", "get_problem_list", "get_medications", "get_allergies", "get_labs"],
    proposes="draft_chart_note",
)
def visit_note(
    patient_id: PatientPicked,
    date: Annotated[
        date | None, Meta(description="Day of the visit, YYYY-MM-DD; omit for the latest.")
    ] = None,
) -> str:
    """A SOAP note of one visit, worded from what is coded of it."""
    day = "" if date is None else f" and date {date}"
    return f"""\
Word a SOAP note of a visit of the patient with patient_id {patient_id}, for me to correct and sign.

1. Call get_visit_facts with patient_id {patient_id}{day}. If it finds no visit, stop and say so.
2. Call get_problem_list, get_medications and get_allergies with the same patient_id. They tell \
what is so today: of an older visit, use what had begun by its day.
3. Call get_labs with the same patient_id. While it gives next_cursor and no draw before the day \
of the visit, call it again with that cursor. Leave out every draw after that day.
4. Word the note in four parts. Subjective: the coded reason of the visit, then \
"[to be added: what the patient said]". Objective: vital signs and results with units, flags and \
the change since before. Assessment: the diagnoses with their codes. Plan: the medication changes, \
orders and the date to come back. Write nothing into the note that is not in the \
answers of these five tools; they are enough, and hold no text that a patient wrote. Where a part \
has nothing, say "not recorded". Show me the note first.
5. When I agree to it, and the tool draft_chart_note is there, propose it with that and the \
encounter_id of step 1, and give me the link at which it waits for a signature.\
"""
