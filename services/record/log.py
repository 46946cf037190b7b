"""The log of assistants' calls, read: filtered, paged, counted, with what to filter by.

Ids are UUIDv7, so the order of ids is the order of time, and the table's key serves it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import CallStatus
from services.database.session import ClinicSession
from services.database.statement import Statement, statement
from services.errors import InvalidInput
from services.paging import Listing, Page

LARGEST_PAGE = 200
MOST_COUNTED = 1_000
LATEST = 5_000
"""Calls among which tools and clients are looked for, to filter by."""

_LAST = UUID(int=(1 << 128) - 1)
_SLACK = 3_600_000
"""Milliseconds. Ids are made by our clock, `created_at` by the database's: never an hour apart."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which calls; what is None does not count. Times are aware; `until` is excluded."""

    since: datetime | None = None
    until: datetime | None = None
    user_id: UUID | None = None
    credential_id: UUID | None = None
    client_name: str | None = None
    tool_name: str | None = None
    status: CallStatus | None = None
    patient_id: UUID | None = None

    def asked(self) -> dict[str, Any]:
        """Those that count, by name."""
        given = {name: getattr(self, name) for name in _CONDITIONS if name in self.__slots__}
        return {name: value for name, value in given.items() if value is not None}


_CONDITIONS = {
    "own": "l.user_id = :own",
    "since": "l.created_at >= :since AND l.id >= :first",
    "until": "l.created_at < :until AND l.id < :last",
    "user_id": "l.user_id = :user_id",
    "credential_id": "l.credential_id = :credential_id",
    "client_name": "l.client_name = :client_name",
    "tool_name": "l.tool_name = :tool_name",
    "status": "l.status = :status",
    "patient_id": "CAST(:patient_id AS uuid) = ANY (l.patient_refs)",
}
_CALLS = """
SELECT l.id, l.created_at, l.user_id, s.display_name, l.credential_id, c.name, l.role, l.tool_name,
       l.status, l.reason, l.args_redacted, l.patient_refs, l.signals, l.response_bytes,
       l.latency_ms, l.client_name, l.client_version, l.protocol_version, l.ip, l.request_id,
       l.tokens_in, l.tokens_out, l.cost_nano_dollars
  FROM mcp_audit_log l
  LEFT JOIN staff s ON s.tenant_id = l.tenant_id AND s.user_id = l.user_id
  LEFT JOIN mcp_credentials c ON c.tenant_id = l.tenant_id AND c.id = l.credential_id
 WHERE {} ORDER BY l.id DESC LIMIT :limit
"""
_COUNT = "SELECT count(*) FROM (SELECT FROM mcp_audit_log l WHERE {} LIMIT :limit) counted"
_PEOPLE = statement(
    """
SELECT s.user_id, s.display_name FROM staff s
 WHERE (CAST(:own AS uuid) IS NULL OR s.user_id = :own) AND EXISTS (
   SELECT FROM mcp_credentials c WHERE c.tenant_id = s.tenant_id AND c.user_id = s.user_id)
 ORDER BY s.display_name, s.user_id
"""
)
_CREDENTIALS = statement(
    "SELECT id, name || ' …' || last_four FROM mcp_credentials "
    "WHERE CAST(:own AS uuid) IS NULL OR user_id = :own ORDER BY created_at DESC, id LIMIT :most"
)
_SEEN = statement(
    """
SELECT array_agg(DISTINCT tool_name), array_agg(DISTINCT client_name)
  FROM (SELECT tool_name, client_name FROM mcp_audit_log
         WHERE CAST(:own AS uuid) IS NULL OR user_id = :own ORDER BY id DESC LIMIT :most) latest
"""
)


class LoggedCall(NamedTuple):
    """One call. Times are UTC, arguments redacted, the cost in nano-dollars."""

    id: UUID
    at: datetime
    user_id: UUID
    person: str | None
    credential_id: UUID
    credential: str | None
    role: str
    tool_name: str
    status: str
    reason: str | None
    arguments: dict[str, Any]
    patient_ids: list[UUID]
    signals: list[str]
    response_bytes: int
    latency_ms: int
    client_name: str | None
    client_version: str | None
    protocol_version: str | None
    ip: str | None
    request_id: str | None
    tokens_in: int
    tokens_out: int
    cost_nano_dollars: int


class Counted(NamedTuple):
    """How many there are, as far as they were counted."""

    calls: int
    more: bool

    def __str__(self) -> str:
        """As it is shown: 12, or 1,000+."""
        return f"{self.calls:,}{'+' if self.more else ''}"


class Named(NamedTuple):
    """Someone or something to filter by."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Facets:
    """What there is to filter by: tools and clients as seen among the latest 5,000 calls."""

    people: list[Named]
    credentials: list[Named]
    """The newest first, at most 200."""
    tools: list[str]
    clients: list[str]


async def calls(
    clinic: ClinicSession, filters: Filters, *, limit: int = 50, cursor: str | None = None
) -> Page[LoggedCall]:
    """Calls, the newest first: everyone's with `view_audit`, else one's own.

    Raises InvalidInput for a limit over 200 and for the cursor.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput({"limit": f"must be 1 to {LARGEST_PAGE}"})
    listing = Listing(clinic, "calls", filters)
    before = listing.place(cursor, UUID, _LAST)
    asked = await _asked(clinic, filters)
    question = _question(_CALLS, "l.id < :before", *asked)
    rows = await clinic.rows(question, before=before, limit=limit + 1, **_values(asked))
    return listing.page([LoggedCall._make(row) for row in rows], limit, lambda call: call.id)


async def count(clinic: ClinicSession, filters: Filters) -> Counted:
    """How many calls `calls` would give, counted up to 1,000."""
    asked = await _asked(clinic, filters)
    question = _question(_COUNT, "true", *asked)
    ((found,),) = await clinic.rows(question, limit=MOST_COUNTED + 1, **_values(asked))
    return Counted(min(found, MOST_COUNTED), found > MOST_COUNTED)


async def facets(clinic: ClinicSession) -> Facets:
    """What to filter by, of everyone with `view_audit`, else of oneself."""
    own = (await own_only(clinic)).get("own")
    people, credentials, seen = await clinic.ask(
        (_PEOPLE, {"own": own}),
        (_CREDENTIALS, {"own": own, "most": LARGEST_PAGE}),
        (_SEEN, {"own": own, "most": LATEST}),
    )
    tools: list[str] | None = seen[0][0]
    clients: list[str | None] | None = seen[0][1]
    return Facets(
        [Named._make(row) for row in people],
        [Named._make(row) for row in credentials],
        tools or [],
        [client for client in clients or [] if client is not None],
    )


async def own_only(clinic: ClinicSession) -> dict[str, UUID]:
    """Whose calls alone this person may see; nothing where it is everyone's."""
    principal = await clinic.begin()
    return {} if principal.may(Permission.VIEW_AUDIT) else {"own": principal.user_id}


async def _asked(clinic: ClinicSession, filters: Filters) -> dict[str, Any]:
    wrong: dict[str, str] = {}
    for name, value in filters.asked().items():
        if isinstance(value, str) and "\0" in value:
            wrong[name] = "must be text without U+0000"
        if isinstance(value, datetime) and value.tzinfo is None:
            wrong[name] = "must be a time with its offset from UTC"
    if wrong:
        raise InvalidInput(wrong)
    return {**filters.asked(), **await own_only(clinic)}


@cache
def _question(of: str, also: str, *names: str) -> Statement:
    """Only what is asked stands in it: each question gets the plan that fits it."""
    return statement(of.format(" AND ".join([also, *(_CONDITIONS[name] for name in names)])))


def _values(asked: dict[str, Any]) -> dict[str, Any]:
    bounds = {
        "first": _id_at(asked["since"], -_SLACK) if "since" in asked else None,
        "last": _id_at(asked["until"], _SLACK) if "until" in asked else None,
    }
    return asked | bounds


def _id_at(moment: datetime, slack: int) -> UUID:
    """The least id of the millisecond so much later."""
    return UUID(int=max(0, int(moment.timestamp() * 1000) + slack) << 80)
