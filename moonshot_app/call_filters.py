"""Filters of the log as an address holds them: read, and written."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from models.vocabulary import CallStatus
from services.date_range import DateRange, NotARange
from services.errors import InvalidInput
from services.principal import Principal
from services.record.log import Filters

NAMES: Final = ("when", "person", "credential", "client", "tool", "status")
USUAL: Final = "last_7_days"
"""The time that is shown where the address says none."""


def chosen(query: Mapping[str, str]) -> dict[str, str]:
    """What the address says, of what counts here."""
    return {name: query[name] for name in NAMES if query.get(name)}


def address(path: str, chosen: Mapping[str, str], **changed: str) -> str:
    """A path with these filters; an empty one is left out."""
    kept = {name: value for name, value in {**chosen, **changed}.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def read(query: Mapping[str, str], principal: Principal) -> Filters:
    """The filters of an address. Raises InvalidInput for what no filter can be."""
    try:
        since, until = DateRange.parse(query.get("when") or USUAL).instants(
            principal.today, principal.zone
        )
        status = query.get("status")
        return Filters(
            since=since,
            until=until,
            user_id=_id(query.get("person")),
            credential_id=_id(query.get("credential")),
            client_name=query.get("client") or None,
            tool_name=query.get("tool") or None,
            status=CallStatus(status) if status else None,
        )
    except NotARange as wrong:
        raise InvalidInput({"time": str(wrong)}) from wrong
    except (ValueError, OverflowError) as error:
        raise InvalidInput({"filter": "must be one that this page offers"}) from error


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
