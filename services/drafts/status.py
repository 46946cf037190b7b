"""What has become of proposals, as the assistant that made them may be told."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.database.session import ClinicSession
from services.database.statement import statement
from services.drafts.kinds import readable
from services.errors import NotFound
from services.paging import NEWEST, Listing, Moment, Page

_STATUS = statement(
    """
WITH made AS (
  SELECT a.id, a.held_proposal_id AS also, a.kind, a.status, a.patient_id, a.created_at,
         a.expires_at, a.decided_at, a.reject_reason, a.proposed_by,
         (SELECT o.status FROM spruce_outbound o
           WHERE o.tenant_id = a.tenant_id AND o.pending_action_id = a.id) AS delivery,
         EXISTS (SELECT FROM portal_messages m
                  WHERE m.tenant_id = a.tenant_id AND m.pending_action_id = a.id) AS in_portal
    FROM pending_actions a
   WHERE a.kind = ANY (CAST(:kinds AS text[]))
  UNION ALL
  SELECT h.id, NULL, h.kind, h.status, h.patient_id, h.created_at, h.expires_at, h.decided_at,
         NULL, h.proposed_by, NULL, false
    FROM held_proposals h
   WHERE h.status <> 'released' AND h.proposed_by = :user_id
     AND h.kind = ANY (CAST(:kinds AS text[]))
)
SELECT m.id, m.kind,
       CASE WHEN m.in_portal OR m.delivery IN ('sent', 'delivered') THEN 'sent'
            WHEN m.status IN ('pending', 'held') AND m.expires_at <= :now THEN 'expired'
            ELSE m.status END,
       m.patient_id, m.created_at, m.decided_at, m.reject_reason, m.delivery
  FROM made m
 WHERE CASE WHEN CAST(:draft_id AS uuid) IS NULL THEN m.proposed_by = :user_id
            ELSE :draft_id IN (m.id, m.also) END
   AND (m.created_at, m.id) < (:at, :id)
 ORDER BY m.created_at DESC, m.id DESC LIMIT :limit
"""
)


class Status(NamedTuple):
    """Where a proposal stands; times are UTC."""

    id: UUID
    kind: str
    status: str
    """pending, held, signed, sent, rejected, discarded or expired."""
    patient_id: UUID
    created_at: datetime
    decided_at: datetime | None
    reject_reason: str | None
    delivery: str | None
    """Of a signed SMS: where it stands."""


async def of_drafts(
    clinic: ClinicSession,
    draft_id: UUID | None = None,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page[Status]:
    """One's own proposals, the newest first, by whichever credential; or one of the clinic's.

    A held proposal is its holder's alone; released, it goes on under its new id and its old one.
    Only kinds that one may propose or sign. Raises NotPermitted, NotFound, InvalidInput for the
    cursor.
    """
    principal = await clinic.begin()
    kinds = readable(principal)
    listing = Listing(clinic, "drafts", draft_id)
    at, after = listing.place(cursor, Moment, NEWEST)
    rows = await clinic.rows(
        _STATUS,
        kinds=kinds,
        user_id=principal.user_id,
        now=principal.now,
        draft_id=draft_id,
        at=at,
        id=after,
        limit=limit + 1,
    )
    if draft_id is not None and not rows:
        raise NotFound("There is no such draft in this clinic.")
    found = [Status._make(row) for row in rows]
    return listing.page(found, limit, lambda draft: (draft.created_at, draft.id))
