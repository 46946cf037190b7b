"""A call as a row of the log, with a sentence that says what became of it."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from models.vocabulary import CallStatus
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.tool_titles import TOOL_TITLES, role_title
from services.errors import REFUSALS, NotFound
from services.record.log import LoggedCall

STATUSES: Final = {
    CallStatus.OK: "Answered",
    CallStatus.ERROR: "Error",
    CallStatus.RATE_LIMITED: "Refused, too many",
    CallStatus.BLOCKED_INJECTION: "Held",
}
_TITLES: Final = {tool.name: tool.title for tool in TOOL_TITLES}
_WHY: Final = {
    "invalid_input": "Its arguments were wrong, and it was told what would be right.",
    "not_found": "It asked for something that is not in this clinic.",
    "not_permitted": "Its role does not grant that.",
    "not_authenticated": (
        "Its access had run out or was taken back. An assistant that signed in renews it by itself."
    ),
    "beyond_grant": "Its role has the tool, but you did not allow it to the assistant.",
    "unknown_tool": "It asked for a tool that does not exist for its role.",
    "unreadable": "What it sent could not be read as a call.",
    "unavailable": "The database did not answer in time.",
    "request_rate": (
        "It sent more than 600 requests in one minute. The log holds the first refusal of a minute "
        "for all of them."
    ),
    **REFUSALS,
}
_MOST_CHARTS: Final = 25


@dataclasses.dataclass(frozen=True)
class CallRow:
    """What one row shows, and what it shows when it is open."""

    id: str
    at: str
    person: str
    through: str
    tool: str
    known: bool
    """Whether the tool is one of ours: of an unknown one there is only a hash."""
    patients: str
    status: str
    status_said: str
    size: str
    took: str
    told: str
    facts: list[tuple[str, str]]
    charts: list[tuple[str, str]]
    """Addresses of charts, with what they are called here."""


def row_of(call: LoggedCall, times: ClinicTime) -> CallRow:
    """Put a call into words."""
    number = len(_patients(call))
    return CallRow(
        id=str(call.id),
        at=times.second(call.at),
        person=call.person or "Someone who has left",
        through=call.credential or "A connection",
        tool=call.tool_name if ":" not in call.tool_name else "Unknown tool",
        known=call.tool_name in _TITLES,
        patients="None" if not number else f"{number} patient{'s' * (number > 1)}",
        status=call.status,
        status_said=STATUSES.get(CallStatus(call.status), call.status),
        size=f"{call.response_bytes:,}",
        took=f"{call.latency_ms:,}",
        told=_told(call),
        facts=_facts(call, times),
        charts=[
            (f"/patients/{patient}/", f"Chart {place}")
            for place, patient in enumerate(_patients(call)[:_MOST_CHARTS], 1)
        ],
    )


def _patients(call: LoggedCall) -> Sequence[UUID]:
    """Of whom it was, as far as there is such a person in the clinic."""
    return () if call.reason == NotFound.reason else call.patient_ids


def _told(call: LoggedCall) -> str:
    title = _TITLES.get(call.tool_name)
    asked = f"asked for “{title}”" if title else "asked for a tool that we do not know"
    began = f"{call.client_name or 'The assistant'} {asked} in the name of {call.person}."
    if call.status == CallStatus.OK:
        return f"{began} It was answered. {_whose(len(_patients(call)))}"
    why = _WHY.get(call.reason or "", "It failed by a fault of ours.")
    return f"{began} {why} Nothing was given out."


def _whose(patients: int) -> str:
    if not patients:
        return "It names no patient."
    linked = f", of whom the first {_MOST_CHARTS} are here" if patients > _MOST_CHARTS else ""
    return f"It is about {patients} patient{'s' * (patients > 1)}{linked}."


def _facts(call: LoggedCall, times: ClinicTime) -> list[tuple[str, str]]:
    client = " ".join(filter(None, (call.client_name, call.client_version)))
    facts = {
        "Time": times.minute(call.at),
        "Arguments": _arguments(call.arguments),
        "Acted as": role_title(call.role),
        "Connection": call.credential,
        "Client": client,
        "Reason": call.reason,
        "Signals": ", ".join(call.signals),
        "Protocol": call.protocol_version,
        "Address": call.ip,
        "Request": call.request_id,
        "Row": str(call.id),
    }
    return [(name, value) for name, value in facts.items() if value]


def _arguments(arguments: dict[str, Any]) -> str:
    """What was not harmless is there as a fingerprint: say only how long it was."""
    said = [
        f"{name} hidden, {value.get('len', '?')} characters"
        if isinstance(value, dict)
        else f"{name} {value}"
        for name, value in arguments.items()
    ]
    return "; ".join(said) or "None"
