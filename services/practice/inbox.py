"""The inbox: messages of patients, lab results to call about, tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import InboxFilter, InboxKind
from services.database.session import ClinicSession
from services.database.statement import statement
from services.paging import NEWEST, OLDEST, Listing, Page

# What was answered grows for ever, and is read along its index; what waits is few, and is sorted.
_ITEMS = statement(
    """
WITH page AS (
  (SELECT i.*, false AS done FROM inbox_items i
    WHERE (i.answered_at IS NULL OR i.answered_at > :as_of)
      AND (i.received_at, i.id) > (:received_at, :open_id)
      AND i.kind = ANY (CAST(:kinds AS text[])) AND (i.read_at IS NULL OR NOT :unread)
    ORDER BY i.received_at, i.id LIMIT :limit)
  UNION ALL
  (SELECT i.*, true FROM inbox_items i
    WHERE i.answered_at <= :as_of AND (i.answered_at, i.id) < (:answered_at, :answered_id)
      AND i.kind = ANY (CAST(:kinds AS text[])) AND NOT :unread
    ORDER BY i.answered_at DESC, i.id DESC LIMIT :limit)
)
SELECT i.id, i.kind, i.channel, i.subject, i.body, i.received_at, i.due_at, i.read_at,
       i.answered_at, p.id, p.given_name, p.family_name,
       s.display_name || coalesce(', ' || s.credentials, ''),
       l.loinc, l.label, l.value::float8, l.comparator, l.unit, l.value_label, l.flag,
       l.collected_at
  FROM page i
  JOIN patients p ON p.tenant_id = i.tenant_id AND p.id = i.patient_id
  LEFT JOIN staff s ON s.tenant_id = i.tenant_id AND s.user_id = i.assigned_to
  LEFT JOIN lab_results l ON l.tenant_id = i.tenant_id AND l.id = i.lab_result_id
 ORDER BY i.done, CASE WHEN NOT i.done THEN i.received_at END,
          CASE WHEN NOT i.done THEN i.id END, i.answered_at DESC, i.id DESC
 LIMIT :limit
"""
)
_KINDS: dict[InboxFilter, Sequence[InboxKind]] = {
    InboxFilter.ALL: tuple(InboxKind),
    InboxFilter.UNREAD: tuple(InboxKind),
    InboxFilter.LABS: (InboxKind.LAB_CALLBACK,),
    InboxFilter.TASKS: (InboxKind.TASK,),
}

_Place = tuple[datetime, bool, datetime, UUID]
"""When the list was begun; whether the item was answered then; since when, or when it came; its id.

What is answered while the list is read stays where it was, so that it is not told twice.
"""
_START: _Place = (NEWEST[0], False, *OLDEST)


class InboxItemFacts(NamedTuple):
    """Something that waits for an answer, or has it; times are UTC."""

    id: UUID
    kind: str
    channel: str | None
    subject: str | None
    body: str
    received_at: datetime
    due_at: datetime | None
    read_at: datetime | None
    answered_at: datetime | None
    patient_id: UUID
    given_name: str
    family_name: str
    assigned_to: str | None
    loinc: str | None
    """From here on, of the result that it is about: all None where there is none."""
    label: str | None
    value: float | None
    comparator: str | None
    unit: str | None
    value_label: str | None
    flag: str | None
    collected_at: datetime | None


async def items(
    clinic: ClinicSession, which: InboxFilter, *, limit: int, cursor: str | None = None
) -> Page[InboxItemFacts]:
    """What waits, the oldest first, and behind it what was answered, the last answered first.

    Unread is what nobody has opened and nobody has answered; to list it here opens nothing. Labs
    and tasks are the items of that kind, read or not.

    Raises NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_INBOX)
    listing = Listing(clinic, "inbox", which)
    as_of, answered, at, after = listing.place(cursor, _Place, _START)
    received_at, open_id = NEWEST if answered else (at, after)
    answered_at, answered_id = (at, after) if answered else NEWEST
    rows = await clinic.rows(
        _ITEMS,
        kinds=_KINDS[which],
        unread=which is InboxFilter.UNREAD,
        as_of=as_of,
        received_at=received_at,
        open_id=open_id,
        answered_at=answered_at,
        answered_id=answered_id,
        limit=limit + 1,
    )

    def place(item: InboxItemFacts) -> _Place:
        begun = min(as_of, clinic.principal.now)
        if item.answered_at is None or item.answered_at > begun:
            return begun, False, item.received_at, item.id
        return begun, True, item.answered_at, item.id

    return listing.page([InboxItemFacts._make(row) for row in rows], limit, place)
