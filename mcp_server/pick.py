"""How a person picks someone by name where an id is wanted: both in one line, the id behind."""

import re
from typing import Any, Final, cast
from uuid import UUID

from mcp_server.arguments import Parameter
from mcp_server.marked import PATIENT, PROVIDER, bears

_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PICKED: Final = re.compile(rf".*\[({_ID})\].*", re.DOTALL)
_LONGEST: Final = 1_000


def is_of(parameter: Parameter) -> bool:
    """Whether someone is picked for it."""
    return bears(parameter.type, PATIENT) or bears(parameter.type, PROVIDER)


def line(name: str, id_: UUID) -> str:
    """What is picked."""
    return f"{name} [{id_}]"


def name_in(text: str) -> str:
    """What has been typed of a name, whether or not the id stands behind it."""
    return text.partition("[")[0].strip()


def ids_of(given: Any, names: set[str]) -> Any:
    """Arguments with the id alone where a line was picked, and without what was left empty."""
    if not isinstance(given, dict):
        return given
    raw = cast("dict[str, Any]", given)
    filled = ((name, value) for name, value in raw.items() if value != "")
    return {name: _id(value) if name in names else value for name, value in filled}


def _id(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return value
    found = _PICKED.fullmatch(value)
    return found[1] if found else value
