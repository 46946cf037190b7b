"""The prompt labs_due."""

from typing import Annotated

from msgspec import Meta

from mcp_server.prompt import prompt


@prompt(title="Labs due", tools=["find_labs_due"])
def labs_due(
    within_days: Annotated[
        int, Meta(ge=0, le=180, description="How far ahead; 0 is only what is due by today.")
    ] = 14,
) -> str:
    """Who is due or overdue for labs, and who of them has no visit booked."""
    return f"""\
Show me which patients are due for labs within {within_days} days.

1. Call find_labs_due with within_days {within_days}. While it gives next_cursor, call it again \
with that cursor, until there are 100 rows; if there are more, say so.
2. List them, most overdue first: patient, panel, why, last drawn, due, days overdue, next visit.
3. Then name those who have no next visit: somebody has to call them.

Take every name, date and number from the answers as they are, and leave out what is not in them.\
"""
