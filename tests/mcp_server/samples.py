"""Arguments for any tool of the catalog, right ones and wrong ones, made from what it declares."""

from typing import Any, Protocol

from mcp_server.tool import Tool
from models.patient import Patient
from tests.personas import Clinic

CANARY = "Kanarienvogel"
"""A word that nobody but a test says."""


class Place(Protocol):
    """A clinic in which tools find something."""

    @property
    def clinic(self) -> Clinic: ...
    @property
    def patients(self) -> list[Patient]: ...
    @property
    def panel(self) -> str: ...
    @property
    def marker(self) -> str: ...


def right_arguments(tool: Tool, at: Place) -> dict[str, Any]:
    """The required arguments, such that the tool finds something in that clinic."""
    return {p.name: right(tool, p.name, at) for p in tool.parameters if p.required}


def right(tool: Tool, parameter: str, at: Place) -> Any:
    """A right value. A tool that takes something new has it said here once."""
    known = {
        "patient_id": str(at.patients[0].id),
        "provider_id": str(at.clinic.provider.user_id),
        "panel": at.panel,
        "marker": at.marker,
        "query": at.patients[0].given_name,
        "date_range": "this_year",
        "soap": {"plan": "Labs in six weeks."},
    }
    of = declared(tool, parameter)
    if parameter in known:
        return known[parameter]
    if "enum" in of:
        return of["enum"][0]
    return {"integer": of.get("minimum"), "boolean": True, "string": "text"}[of["type"]]


def declared(tool: Tool, parameter: str) -> dict[str, Any]:
    """The schema of one argument, as clients see it."""
    return tool.input_schema["properties"][parameter]


def wrong_values(of: dict[str, Any]) -> dict[str, Any]:
    """Values that the schema does not allow and that are no slip of a client, by what they are."""
    of_types = {
        "a string": CANARY,
        "an empty string": "",
        "a number with a fraction": 2.5,
        "a list": [CANARY],
        "an object": {CANARY: CANARY},
        "a boolean": True,
        "an integer": 7,
        "a huge integer": 10**30,
        "a huge float": 1e300,
        "a long string": CANARY + "x" * 900_000,
        "a string with U+0000": f"{CANARY}\0",
        "a string like a number": "7.0",
        "digits of another script": "٣",
    }
    wrong = {name: value for name, value in of_types.items() if not _fits(of, value)}
    for name, bound, step in (("too small", "minimum", -1), ("too large", "maximum", 1)):
        if bound in of:
            wrong |= {name: of[bound] + step, f"{name}, as text": str(of[bound] + step)}
    return wrong


def _fits(of: dict[str, Any], value: Any) -> bool:
    if "enum" in of:
        return value in of["enum"]
    match of["type"]:
        case "object":
            return isinstance(value, dict) and value.keys() <= of["properties"].keys()
        case "integer":
            return type(value) is int and of.get("minimum", value) <= value <= of.get(
                "maximum", value
            )
        case "boolean":
            return isinstance(value, bool)
        case _:
            plain = isinstance(value, str) and "\0" not in value and "maxLength" in of
            return plain and of.get("minLength", 0) <= len(value) <= of["maxLength"]
