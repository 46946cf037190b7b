"""Rows of the log as the database's owner may write them: of any time, by anyone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from models.audit import McpAuditLog
from models.base import uuid7
from tests import factories
from tests.ground import OWNER
from tests.personas import Clinic, Person

Connect = Callable[[str], Connection[Any]]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def id_at(moment: datetime) -> UUID:
    """An id as it would have been made then."""
    now = uuid7().int & ((1 << 80) - 1)
    return UUID(int=int(moment.timestamp() * 1000) << 80 | now)


def call(clinic: Clinic, person: Person, minute: int = 0, **over: Any) -> McpAuditLog:
    """A call that many minutes after noon."""
    at = NOON + timedelta(minutes=minute)
    given: dict[str, Any] = {
        "id": id_at(at),
        "created_at": at,
        "user_id": person.user_id,
        "credential_id": person.credential_id,
        "role": person.role,
        "tool_name": "get_labs",
        "args_redacted": {},
        "patient_refs": [],
        "response_bytes": 512,
        "latency_ms": 7,
        "status": "ok",
    }
    return McpAuditLog(tenant_id=clinic.tenant_id, **(given | over))


def save(connect: Connect, *calls: McpAuditLog) -> None:
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, *calls)
