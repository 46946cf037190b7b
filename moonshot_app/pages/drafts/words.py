"""How a draft is said: its kind, its state, how long it has waited."""

from datetime import datetime, timedelta
from typing import Final

from models.vocabulary import DraftKind
from moonshot_app.components.clinic_time import ClinicTime

ADDRESS: Final = "/admin/ai-drafts/"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
PARTS: Final = {
    "subjective": "Subjective",
    "objective": "Objective",
    "assessment": "Assessment",
    "plan": "Plan",
    "body": "Message",
}


def kind(name: str, channel: str | None) -> str:
    """Chart note, portal message, SMS."""
    if name == DraftKind.CHART_NOTE:
        return "Chart note"
    return "SMS" if channel == "sms" else "Portal message"


def waited(since: datetime, times: ClinicTime) -> str:
    """25 min, 14 h, 13 days."""
    ago = times.principal.now - since
    if ago < _HOUR:
        return f"{int(ago.total_seconds() // 60)} min"
    if ago < 2 * _DAY:
        return f"{int(ago / _HOUR)} h"
    return f"{ago.days} days"
