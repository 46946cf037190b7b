"""The prompt no_show_follow_up."""

from mcp_server.prompt import prompt
from services.date_range import DateRange


@prompt(
    title="No-show follow-up",
    tools=["get_no_shows_and_cancellations", "find_follow_ups_due"],
    proposes="draft_patient_message",
)
def no_show_follow_up(date_range: DateRange = DateRange(word="last_week")) -> str:  # noqa: B008 -- a frozen value
    """Who missed or cancelled a visit and has not rebooked, and by which way to reach them."""
    return f"""\
Help me to win back the patients who missed a visit.

1. Call get_no_shows_and_cancellations with date_range {date_range}. While it gives next_cursor, \
call it again with that cursor.
2. Keep the visits without rebooked; of several visits of one patient, the latest.
3. Call find_follow_ups_due with within_days 0, and mark who of them is overdue to come back \
besides.
4. List them, no-shows before cancellations, the longest overdue first: patient, visit missed, \
provider, days overdue, and may_contact_by. Where may_contact_by is empty, say that the patient \
has to be telephoned by a person.
5. Offer to word a short message to each who may be contacted. A message offers a new date; it \
says nothing of diagnoses, medication or results. Those that I agree to, and if the tool \
draft_patient_message is there, propose with that, one for each patient by a channel of \
may_contact_by, and give me the links: each waits for a person to sign it, and nothing is sent \
before.

Take every name, date and number from the answers as they are, and leave out what is not in them.\
"""
