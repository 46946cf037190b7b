"""How facts are put into answers: times at the clinic, names, numbers without noise."""

import math
from datetime import datetime

from mcp_server.text import Code, Doubtful, Label, System
from mcp_server.tool import Result
from services.principal import Principal
from services.safety import given


class Coded(Result, kw_only=True):
    """A code with its label."""

    system: System
    code: Code
    label: Label


def local(moment: datetime, principal: Principal) -> str:
    """A time at the clinic, with its offset from UTC."""
    return moment.astimezone(principal.zone).isoformat(timespec="seconds")


def local_or_none(moment: datetime | None, principal: Principal) -> str | None:
    """The same, where there may be none."""
    return None if moment is None else local(moment, principal)


def number(value: float) -> float | int:
    """As it was measured: 7, not 7.0."""
    return int(value) if value.is_integer() else value


def measured(value: float) -> float | int:
    """As it is read off a device: four digits, or more before the point; the record keeps all."""
    before_the_point = math.floor(math.log10(abs(value))) + 1 if value else 1
    return number(round(value, max(0, 4 - before_the_point)))


def full_name(given_name: str, family_name: str) -> str:
    """As people say it; doubtful where a part does not look like a name."""
    name = f"{given_name} {family_name}"
    return name if given.is_name(given_name) and given.is_name(family_name) else Doubtful(name)
