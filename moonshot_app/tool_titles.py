"""What assistants may be given, in people's words: the tools with what each needs."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from models.permission import GRANTS, Permission, Role


class ToolTitle(NamedTuple):
    """A tool of the endpoint; None needs nothing."""

    name: str
    title: str
    permission: Permission | None


TOOL_TITLES: Final = (
    ToolTitle("draft_chart_note", "Draft a chart note", Permission.DRAFT_CHARTS),
    ToolTitle("draft_patient_message", "Draft a message", Permission.DRAFT_MESSAGES),
    ToolTitle("find_abnormal_labs_across_panel", "Abnormal labs", Permission.VIEW_CHARTS),
    ToolTitle("find_follow_ups_due", "Follow-ups due", Permission.VIEW_SCHEDULE),
    ToolTitle("find_lab_trend_outliers", "Lab trends", Permission.VIEW_CHARTS),
    ToolTitle("find_labs_due", "Labs due", Permission.VIEW_CHARTS),
    ToolTitle("find_refills_due", "Refills due", Permission.VIEW_CHARTS),
    ToolTitle("get_allergies", "Allergies", Permission.VIEW_CHARTS),
    ToolTitle("get_appointments", "Appointments", Permission.VIEW_SCHEDULE),
    ToolTitle("get_billing_summary", "Billing summary", Permission.VIEW_OWN_FINANCES),
    ToolTitle("get_chart_notes", "Chart notes", Permission.VIEW_CHARTS),
    ToolTitle("get_intake_forms", "Intake forms", Permission.VIEW_CHARTS),
    ToolTitle("get_draft_status", "Draft status", Permission.DRAFT_MESSAGES),
    ToolTitle("get_inbox", "Inbox", Permission.VIEW_INBOX),
    ToolTitle("get_labs", "Lab results", Permission.VIEW_CHARTS),
    ToolTitle("get_lead_funnel", "Lead funnel", Permission.VIEW_GROWTH),
    ToolTitle("get_medications", "Medications", Permission.VIEW_CHARTS),
    ToolTitle("get_membership_metrics", "Membership metrics", Permission.VIEW_GROWTH),
    ToolTitle(
        "get_no_shows_and_cancellations", "No-shows and cancellations", Permission.VIEW_SCHEDULE
    ),
    ToolTitle("get_patient", "Patient details", Permission.VIEW_PATIENTS),
    ToolTitle("get_patient_profit", "Patient profit", Permission.VIEW_ALL_FINANCES),
    ToolTitle("get_problem_list", "Problem list", Permission.VIEW_CHARTS),
    ToolTitle("get_visit_facts", "Visit facts", Permission.VIEW_CHARTS),
    ToolTitle("get_vitals", "Vital signs", Permission.VIEW_CHARTS),
    ToolTitle("search_patients", "Search patients", Permission.VIEW_PATIENTS),
    ToolTitle("whoami", "Who am I", None),
)
"""As mcp_server's catalog has them; doors know nothing of each other, so a test compares."""

_SEES: Final = {
    Permission.VIEW_PATIENTS: "patients",
    Permission.VIEW_CHARTS: "charts",
    Permission.VIEW_SCHEDULE: "the schedule",
    Permission.VIEW_INBOX: "the inbox",
}
_PROPOSES: Final = {
    Permission.DRAFT_CHARTS: "chart notes",
    Permission.DRAFT_MESSAGES: "messages",
}


def tools_of(role: Role) -> list[ToolTitle]:
    """The tools that this role may be given."""
    return [t for t in TOOL_TITLES if t.permission is None or t.permission in GRANTS[role]]


def role_title(role: str) -> str:
    """Front desk."""
    return role.replace("_", " ").capitalize()


def reach(role: Role, *, tools: Iterable[str] | None = None, read_only: bool = False) -> str:
    """What an assistant may do through such a credential, in a sentence or two."""
    if tools is not None:
        titles = {tool.name: tool.title for tool in TOOL_TITLES}
        return f"Use only these: {', '.join(sorted(titles.get(t, t) for t in tools))}."
    asked = {tool.permission for tool in tools_of(role)}
    seen = [word for permission, word in _SEES.items() if permission in asked]
    drafted = [word for permission, word in _PROPOSES.items() if permission in asked]
    sees = f"See {_listed(seen)}." if seen else "See nothing of patients."
    if read_only or not drafted:
        return sees
    return f"{sees} Propose {_listed(drafted)}, which a person signs."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
