"""The queue of proposals as a person goes through it, and how many wait."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.database.session import ClinicSession
from services.database.statement import statement
from services.drafts.kinds import readable
from services.paging import NEWEST, OLDEST, Listing, Moment, Page


class Which(StrEnum):
    """A part of the queue."""

    MINE = "mine"
    ALL = "all"
    HELD = "held"
    SIGNED = "signed"
    REJECTED = "rejected"


_SHOWN = """
SELECT d.id, d.kind, d.payload->>'channel', p.given_name, p.family_name,
       left(coalesce(d.payload->>'body', d.payload->>'subjective', d.payload->>'objective',
                     d.payload->>'assessment', d.payload->>'plan'), 200),
       (SELECT s.display_name FROM staff s
         WHERE s.tenant_id = d.tenant_id AND s.user_id = d.proposed_by),
       c.name, c.revoked_at IS NOT NULL, d.created_at, d.expires_at
"""
_OF = """
  JOIN patients p ON p.tenant_id = d.tenant_id AND p.id = d.patient_id
  JOIN mcp_credentials c ON c.tenant_id = d.tenant_id AND c.id = d.credential_id
 WHERE d.kind = ANY (CAST(:kinds AS text[]))
"""
_WAITING = statement(
    f"""{_SHOWN}, d.version > 1, NULL::text, NULL::timestamptz
  FROM pending_actions d {_OF}
   AND d.status = 'pending' AND d.expires_at > :now AND (:everyone OR d.proposed_by = :user_id)
   AND (d.created_at, d.id) > (:at, :id)
 ORDER BY d.created_at, d.id LIMIT :limit
"""
)
_HELD = statement(
    f"""{_SHOWN}, false, NULL::text, NULL::timestamptz
  FROM held_proposals d {_OF}
   AND d.status = 'held' AND d.expires_at > :now AND d.proposed_by = :user_id
   AND (d.created_at, d.id) > (:at, :id)
 ORDER BY d.created_at, d.id LIMIT :limit
"""
)
_DECIDED = statement(
    f"""{_SHOWN}, d.version > 1,
       (SELECT s.display_name FROM staff s
         WHERE s.tenant_id = d.tenant_id AND s.user_id = d.decided_by), d.decided_at
  FROM pending_actions d {_OF}
   AND d.status = :status AND (d.decided_at, d.id) < (:at, :id)
 ORDER BY d.decided_at DESC, d.id DESC LIMIT :limit
"""  # noqa: S608 -- parts of our own
)
_COUNTS = statement(
    """
SELECT count(*) FILTER (WHERE d.proposed_by = :user_id), count(*),
       (SELECT count(*) FROM held_proposals h
         WHERE h.status = 'held' AND h.expires_at > :now AND h.proposed_by = :user_id
           AND h.kind = ANY (CAST(:kinds AS text[])))
  FROM pending_actions d
 WHERE d.status = 'pending' AND d.expires_at > :now AND d.kind = ANY (CAST(:kinds AS text[]))
"""
)
_NEXT = statement(
    """
SELECT d.id FROM pending_actions d
 WHERE d.status = 'pending' AND d.expires_at > :now AND d.kind = ANY (CAST(:kinds AS text[]))
   AND d.id <> :draft_id
 ORDER BY (d.created_at, d.id) < (SELECT o.created_at, o.id FROM pending_actions o
                                   WHERE o.id = :draft_id), d.created_at, d.id
 LIMIT 1
"""
)


class Queued(NamedTuple):
    """A row of the queue; times are UTC."""

    id: UUID
    kind: str
    channel: str | None
    """Of a message."""
    given_name: str
    family_name: str
    begins: str
    proposer: str
    connection: str
    connection_revoked: bool
    created_at: datetime
    expires_at: datetime
    edited: bool
    decider: str | None
    decided_at: datetime | None


class Counts(NamedTuple):
    """How many wait."""

    mine: int
    everyone: int
    held: int

    @property
    def waiting(self) -> int:
        """For somebody to look at: everyone's, and what is held for oneself."""
        return self.everyone + self.held


async def drafts(
    clinic: ClinicSession, which: Which, *, limit: int = 25, cursor: str | None = None
) -> Page[Queued]:
    """What waits, the oldest first; what was decided, the last decided first.

    Only of kinds that one may propose or sign; held ones are one's own. Raises NotPermitted,
    InvalidInput for the cursor.
    """
    principal = await clinic.begin()
    decided = which in {Which.SIGNED, Which.REJECTED}
    listing = Listing(clinic, "queue", which)
    at, after = listing.place(cursor, Moment, NEWEST if decided else OLDEST)
    asked = {"kinds": readable(principal), "at": at, "id": after, "limit": limit + 1}
    own = {"user_id": principal.user_id, "now": principal.now}
    match which:
        case Which.SIGNED | Which.REJECTED:
            rows = await clinic.rows(_DECIDED, status=which, **asked)
        case Which.HELD:
            rows = await clinic.rows(_HELD, **own, **asked)
        case _:
            rows = await clinic.rows(_WAITING, everyone=which is Which.ALL, **own, **asked)
    found = [Queued._make(row) for row in rows]
    return listing.page(found, limit, lambda row: (row.decided_at or row.created_at, row.id))


async def counts(clinic: ClinicSession) -> Counts:
    """How many wait. Raises NotPermitted."""
    principal = await clinic.begin()
    asked = {"kinds": readable(principal), "user_id": principal.user_id, "now": principal.now}
    (row,) = await clinic.rows(_COUNTS, **asked)
    return Counts._make(row)


async def next_after(clinic: ClinicSession, draft_id: UUID) -> UUID | None:
    """What waits behind this one, and from the end on again at the beginning; None if nothing."""
    principal = await clinic.begin()
    asked = {"kinds": readable(principal), "now": principal.now, "draft_id": draft_id}
    rows = await clinic.rows(_NEXT, **asked)
    return rows[0][0] if rows else None
