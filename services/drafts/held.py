"""A held proposal beside the untrusted text that was given out before it (SPEC 7, rule 2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.database.session import ClinicSession
from services.database.statement import statement
from services.drafts import proposals, review
from services.drafts.proposals import NOTHING_HELD
from services.errors import NotFound

MOST_PASSAGES: Final = 50
"""The last ones that were given out."""

_ONE = statement(
    """
SELECT h.id, h.kind, h.status, h.patient_id, p.given_name, p.family_name, h.payload,
       h.payload_sha256, c.name, c.revoked_at, h.created_at, h.expires_at,
       h.taint_ids,
       (SELECT a.id FROM pending_actions a
         WHERE a.tenant_id = h.tenant_id AND a.held_proposal_id = h.id)
  FROM held_proposals h
  JOIN patients p ON p.tenant_id = h.tenant_id AND p.id = h.patient_id
  JOIN mcp_credentials c ON c.tenant_id = h.tenant_id AND c.id = h.credential_id
 WHERE h.id = :held_id AND h.proposed_by = :user_id
"""
)
# Of an answer the log keeps whom it named and not what it said. So the texts are read again: what
# that tool gives out of these patients, as far as it was there when it was asked.
_PASSAGES = statement(
    """
WITH reads AS (
  SELECT l.tool_name, l.created_at AS at, l.patient_refs
    FROM mcp_taints m JOIN mcp_audit_log l ON l.tenant_id = m.tenant_id AND l.id = m.audit_id
   WHERE m.id = ANY (CAST(:taint_ids AS uuid[]))
), said AS (
  SELECT i.id, 'message' AS kind, i.patient_id, i.received_at AS at, r.at AS read_at,
         concat_ws(E'\\n', i.subject, i.body) AS text
    FROM reads r JOIN inbox_items i
      ON i.patient_id = ANY (r.patient_refs) AND i.received_at <= r.at
   WHERE r.tool_name = 'get_inbox'
  UNION ALL
  SELECT n.id, 'chart note', n.patient_id, n.signed_at, r.at,
         concat_ws(E'\\n', n.subjective, n.objective, n.assessment, n.plan)
    FROM reads r JOIN chart_notes n
      ON n.patient_id = ANY (r.patient_refs) AND n.signed_at <= r.at
   WHERE r.tool_name = 'get_chart_notes'
  UNION ALL
  SELECT f.id, 'intake form', f.patient_id, f.submitted_at, r.at,
         (SELECT string_agg(concat_ws(E'\\n', a.one->>'question', a.one->>'answer'), E'\\n'
                            ORDER BY a.place)
            FROM jsonb_array_elements(f.answers) WITH ORDINALITY a (one, place))
    FROM reads r JOIN intake_forms f
      ON f.patient_id = ANY (r.patient_refs) AND f.submitted_at <= r.at
   WHERE r.tool_name = 'get_intake_forms'
  UNION ALL
  SELECT p.id, 'details', p.id, p.created_at, r.at,
         concat_ws(E'\\n', p.given_name || ' ' || p.family_name, p.preferred_name, p.address_line,
                   p.city, p.email, p.phone)
    FROM reads r JOIN patients p ON p.id = ANY (r.patient_refs)
   WHERE r.tool_name NOT IN ('get_inbox', 'get_chart_notes', 'get_intake_forms')
)
SELECT DISTINCT ON (s.read_at, s.at, s.kind, s.id) s.kind, p.id, p.given_name, p.family_name,
       s.at, s.read_at, left(s.text, 5000)
  FROM said s JOIN patients p ON p.id = s.patient_id
 WHERE s.read_at = (SELECT max(o.read_at) FROM said o WHERE o.id = s.id AND o.kind = s.kind)
 ORDER BY s.read_at DESC, s.at DESC, s.kind, s.id LIMIT :limit
"""
)


class Held(NamedTuple):
    """A proposal that waits beside the queue; times are UTC."""

    id: UUID
    kind: str
    status: str
    patient_id: UUID
    given_name: str
    family_name: str
    payload: dict[str, str]
    payload_sha256: str
    connection: str
    connection_revoked_at: datetime | None
    created_at: datetime
    expires_at: datetime
    taint_ids: list[UUID]
    draft_id: UUID | None
    """In the queue, once it was released."""


class Passage(NamedTuple):
    """Untrusted text that was given out; times are UTC."""

    kind: str
    patient_id: UUID
    given_name: str
    family_name: str
    at: datetime
    """When it was written."""
    read_at: datetime
    text: str


async def held(clinic: ClinicSession, held_id: UUID) -> Held:
    """One's own held proposal, whatever became of it. Raises NotFound."""
    principal = await clinic.begin()
    rows = await clinic.rows(_ONE, held_id=held_id, user_id=principal.user_id)
    if not rows:
        raise NotFound(NOTHING_HELD)
    return Held._make(rows[0])


async def passages(clinic: ClinicSession, taint_ids: Sequence[UUID]) -> list[Passage]:
    """The text because of which a proposal is held, the last given out first."""
    rows = await clinic.rows(_PASSAGES, taint_ids=list(taint_ids), limit=MOST_PASSAGES)
    return [Passage._make(row) for row in rows]


async def release_and_sign(clinic: ClinicSession, held_id: UUID, sha256: str) -> UUID:
    """Release one's own proposal and sign it as it is: both, or neither. Give its id.

    Raises as `proposals.release` and `review.sign`.
    """
    draft_id = await proposals.release(clinic, held_id, sha256)
    await review.sign(clinic, draft_id, 1)
    return draft_id
