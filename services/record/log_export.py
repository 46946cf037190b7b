"""The log of assistants' calls as a file, batch by batch, with an event that says so."""

import csv
import io
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast

import msgspec

from models.identifier import uuid7
from services.database.opening import Opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.database.statement import statement
from services.record import log
from services.record.log import Filters, LoggedCall

BATCH = log.LARGEST_PAGE

_EXPORTED = statement(
    "INSERT INTO security_events (tenant_id, id, kind, user_id, actor, detail) "
    "VALUES (app.tenant(), :id, 'audit_exported', app.user_id(), app.actor(), :detail)"
)
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula, also in full width."""


class Form(StrEnum):
    """Of the file."""

    CSV = "csv"
    JSON_LINES = "jsonl"

    @property
    def media_type(self) -> str:
        """As a Content-Type says it."""
        return "text/csv; charset=utf-8" if self is Form.CSV else "application/jsonl"


async def export(
    pool: Pool, opening: Opening, filters: Filters, form: Form
) -> AsyncGenerator[bytes]:
    """Give the calls that `log.calls` would give, all of them, the newest first.

    A transaction a batch: a slow reader holds no connection. The event that tells of it is
    written before the first byte is given. Raises as `log.calls` does, also half way.
    """
    async with clinic_transaction(pool, opening) as clinic:
        await clinic.begin()
        detail = {"form": form, "filters": filters.asked()}
        clinic.queue(_EXPORTED, id=uuid7(), detail=detail)
    yield _written([LoggedCall._fields]) if form is Form.CSV else b""
    cursor: str | None = None
    while True:
        async with clinic_transaction(pool, opening) as clinic:
            found = await log.calls(clinic, filters, limit=BATCH, cursor=cursor)
        yield _as_csv(found.rows) if form is Form.CSV else _as_lines(found.rows)
        cursor = found.next_cursor
        if cursor is None:
            return


def _as_lines(calls: Sequence[LoggedCall]) -> bytes:
    return b"".join(msgspec.json.encode(call._asdict()) + b"\n" for call in calls)


def _as_csv(calls: Sequence[LoggedCall]) -> bytes:
    return _written([[_cell(value) for value in call] for call in calls])


def _written(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return msgspec.json.encode(value).decode()
        case list():
            parts = cast("list[object]", value)
            return _cell(" ".join(str(part) for part in parts))
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
        case _:
            return value
