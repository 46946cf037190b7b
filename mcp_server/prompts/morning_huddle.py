"""The prompt morning_huddle."""

from mcp_server.prompt import ProviderPicked, prompt


@prompt(
    title="Morning huddle",
    tools=["get_appointments", "find_labs_due", "find_refills_due", "find_follow_ups_due"],
)
def morning_huddle(provider_id: ProviderPicked | None = None) -> str:
    """Today's visits, and what is due of those who come and of all others."""
    own = "" if provider_id is None else f" and provider_id {provider_id}"
    return f"""\
Prepare our morning huddle.

1. Call get_appointments with date_range today{own}. While it gives next_cursor, call it again \
with that cursor. Leave out visits that are cancelled.
2. Call find_labs_due with within_days 14 and limit 100.
3. Call find_refills_due with within_days 10 and limit 100. Where step 2 or 3 gives next_cursor, \
go on with it, up to five times: patients of today may be far down the list.
4. Call find_follow_ups_due with within_days 0.
5. First tell today's visits in the order of their times: time, patient, type, reason, provider, \
and beside each what steps 2 and 3 say of that patient: labs due, medication that runs out, \
what blocks it, and abnormal_results_not_acknowledged.
6. Then, of patients who do not come today, the five most overdue for labs, the five whose \
medication runs out first, and how many follow-ups are overdue without a visit booked.

Keep it to what fits on one page. Take every name, date and number from the answers as they are, \
and leave out what is not in them. Where a list gave next_cursor, say that there is more. Then \
offer to go through the inbox.\
"""
