"""What each tool takes, said once more by hand: a change of it is made in two places."""

from typing import Any

import pytest

from mcp_server import catalog
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.furnished import Furnished

AGREED = {
    "whoami": "",
    "search_patients": "query (2 to 100); limit = 10 (1 to 50)",
    "get_patient": "patient_id",
    "get_chart_notes": "patient_id; limit = 5 (1 to 50); since?",
    "get_visit_facts": "patient_id; date?; encounter_id?",
    "get_medications": "patient_id; active_only = True; limit = 25 (1 to 100)",
    "get_allergies": "patient_id; limit = 25 (1 to 100)",
    "get_problem_list": "patient_id; limit = 25 (1 to 100)",
    "get_labs": "patient_id; panel?; limit = 20 (1 to 200)",
    "get_vitals": "patient_id; limit = 10 (1 to 100)",
    "find_abnormal_labs_across_panel": "panel; since?; limit = 50 (1 to 200)",
    "find_lab_trend_outliers": (
        "marker; direction (up, down); months = 12 (1 to 60); limit = 25 (1 to 100)"
    ),
    "find_labs_due": "panel?; within_days = 14 (0 to 180); limit = 25 (1 to 100)",
    "find_follow_ups_due": "within_days = 14 (0 to 180); limit = 25 (1 to 100)",
    "find_refills_due": "within_days = 10 (0 to 180); limit = 15 (1 to 100)",
    "get_inbox": "filter = unread (all, unread, labs, tasks); limit = 20 (1 to 100)",
    "get_intake_forms": "patient_id; limit = 5 (1 to 50)",
    "get_appointments": "date_range; provider_id?; limit = 15 (1 to 100)",
    "get_no_shows_and_cancellations": "date_range; limit = 15 (1 to 100)",
    "get_billing_summary": "date_range",
    "get_patient_profit": "patient_id",
    "get_lead_funnel": "date_range",
    "get_membership_metrics": "",
    "get_draft_status": "draft_id?; limit = 20 (1 to 50)",
    "draft_chart_note": (
        "patient_id; soap {subjective, objective, assessment, plan}; encounter_id?; "
        "client_request_id? (1 to 100)"
    ),
    "draft_patient_message": (
        "patient_id; channel (portal, sms); body (1 to 10000); client_request_id? (1 to 100)"
    ),
}
"""Of lists, `cursor` goes without saying."""
NAMED = {"panel", "marker"}
"""What is known by a name of the clinic's own: how long that may be was not agreed."""


def told(schema: dict[str, Any]) -> str:
    """The arguments of a tool in the words above."""
    required = schema.get("required", ())
    of = {name: each for name, each in schema["properties"].items() if name != "cursor"}
    return "; ".join(one(name, of[name], required=name in required) for name in of)


def one(name: str, of: dict[str, Any], *, required: bool) -> str:
    default = f" = {of['default']}" if "default" in of else "" if required else "?"
    if "enum" in of:
        return f"{name}{default} ({', '.join(of['enum'])})"
    if "properties" in of:
        return f"{name} {{{', '.join(of['properties'])}}}"
    bounds = [of[key] for key in ("minimum", "minLength", "maximum", "maxLength") if key in of]
    within = f" ({bounds[0]} to {bounds[1]})" if bounds and name not in NAMED else ""
    return f"{name}{default}{within}"


def test_every_tool_is_said_here():
    assert AGREED.keys() == catalog.load().keys()


@pytest.mark.promise("6.arguments.agreed")
def test_each_tool_takes_what_was_agreed(endpoint: Endpoint, furnished: Furnished):
    tools = endpoint.ask("tools/list", token=furnished.clinic.owner.token.text).result["tools"]
    assert {tool["name"]: told(tool["inputSchema"]) for tool in tools} == AGREED
