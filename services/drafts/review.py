"""What a person does with a proposal: reads it, edits it, rejects it, signs it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from models.vocabulary import DraftKind, DraftStatus
from services.database.session import ClinicSession
from services.database.statement import statement
from services.drafts.kind import Payload, Signed, bounded
from services.drafts.kinds import KINDS
from services.errors import AccessRefused, Conflict, NotFound, NotPermitted, ProofNeeded
from services.principal import Principal

LONGEST_REASON: Final = 500
"""Characters."""

_DRAFT = """
SELECT a.id, a.kind, a.status, a.patient_id, p.given_name, p.family_name, a.encounter_id,
       a.proposed, a.payload, a.proposed_sha256, a.version, a.proposed_by,
       (SELECT s.display_name FROM staff s
         WHERE s.tenant_id = a.tenant_id AND s.user_id = a.proposed_by),
       c.name, c.revoked_at, a.source_audit_ids, a.held_proposal_id, a.created_at, a.expires_at,
       (SELECT s.display_name FROM staff s
         WHERE s.tenant_id = a.tenant_id AND s.user_id = a.decided_by),
       a.decided_at, a.reject_reason
  FROM pending_actions a
  JOIN patients p ON p.tenant_id = a.tenant_id AND p.id = a.patient_id
  JOIN mcp_credentials c ON c.tenant_id = a.tenant_id AND c.id = a.credential_id
"""
_ONE = statement(f"{_DRAFT} WHERE a.id = :draft_id")
_LOCKED = statement("SELECT FROM pending_actions WHERE id = :draft_id FOR UPDATE")
_EDIT = statement(
    """
UPDATE pending_actions SET payload = CAST(:payload AS jsonb), version = version + 1
 WHERE id = :draft_id AND status = 'pending' AND version = :version AND expires_at > :now
RETURNING version
"""
)
_DECIDE = statement(
    """
UPDATE pending_actions SET status = :status, decided_by = :decided_by, decided_at = :now,
       reject_reason = :reason
 WHERE id = :draft_id AND status = 'pending' AND version = :version AND expires_at > :now
RETURNING id
"""
)
_SOURCES = statement(
    """
SELECT l.tool_name, l.created_at FROM mcp_audit_log l
 WHERE l.id = ANY (CAST(:ids AS uuid[])) ORDER BY l.id
"""
)
_REFUSAL = statement("SELECT app.signing_refusal(:kind)")


class Source(NamedTuple):
    """A call that gave out something of the patient before; the time is UTC."""

    tool_name: str
    at: datetime


class Draft(NamedTuple):
    """A proposal in the queue; times are UTC."""

    id: UUID
    kind: str
    status: str
    patient_id: UUID
    given_name: str
    family_name: str
    encounter_id: UUID | None
    proposed: dict[str, str]
    """As the assistant wrote it."""
    payload: dict[str, str]
    """As it stands."""
    proposed_sha256: str
    version: int
    proposed_by: UUID
    proposer: str
    connection: str
    connection_revoked_at: datetime | None
    source_audit_ids: list[UUID]
    held_proposal_id: UUID | None
    created_at: datetime
    expires_at: datetime
    decider: str | None
    decided_at: datetime | None
    reject_reason: str | None

    def is_open(self, now: datetime) -> bool:
        """Whether it still waits: nobody decided, and its fourteen days are not over."""
        return self.status == DraftStatus.PENDING and self.expires_at > now


async def draft(clinic: ClinicSession, draft_id: UUID) -> Draft:
    """One proposal, to who may propose or sign its kind. Raises NotFound, NotPermitted."""
    found = await _found(clinic, draft_id)
    _require_reader(clinic.principal, DraftKind(found.kind))
    return found


async def sources(clinic: ClinicSession, audit_ids: Sequence[UUID]) -> list[Source]:
    """Which calls a draft drew on, the first one first."""
    return [Source._make(row) for row in await clinic.rows(_SOURCES, ids=list(audit_ids))]


async def edit(clinic: ClinicSession, draft_id: UUID, version: int, words: Payload) -> int:
    """Put other words in its place; give the new version. The assistant's own are kept.

    Raises NotFound, NotPermitted, InvalidInput for the words, Conflict where somebody edited or
    decided it since this version.
    """
    found = await draft(clinic, draft_id)
    payload = KINDS[DraftKind(found.kind)].read(words)
    now = clinic.principal.now
    asked = {"draft_id": draft_id, "version": version, "payload": json.dumps(payload), "now": now}
    rows = await clinic.rows(_EDIT, **asked)
    if not rows:
        raise _conflict(await _found(clinic, draft_id), version, now)
    return rows[0][0]


async def reject(clinic: ClinicSession, draft_id: UUID, version: int, reason: str) -> None:
    """Take it out of the queue, and say why: the assistant may be told.

    Raises NotFound, NotPermitted, InvalidInput for the reason, Conflict.
    """
    await draft(clinic, draft_id)
    said = bounded("reason", reason, LONGEST_REASON)
    await _decide(clinic, draft_id, version, DraftStatus.REJECTED, said or None)


async def sign(clinic: ClinicSession, draft_id: UUID, version: int) -> None:
    """Sign exactly what this version says; what follows from it is in the same transaction.

    All that a signature needs is asked anew here, whatever a page showed: the role, the licence,
    the clinic's agreements, the password given in the last quarter of an hour, whether the patient
    may be written to, and that nobody was quicker.
    Raises NotFound, NotPermitted, AccessRefused, ProofNeeded, InvalidInput, Conflict.
    """
    found = await _found(clinic, draft_id)
    kind = KINDS[DraftKind(found.kind)]
    principal = clinic.principal
    principal.require(kind.signing)
    ((refusal,),) = await clinic.rows(_REFUSAL, kind=found.kind)
    if refusal == "not_permitted":
        raise NotPermitted("Only a person who is signed in may sign this.")
    if refusal == ProofNeeded.reason:
        raise ProofNeeded
    if refusal is not None:
        raise AccessRefused(refusal)
    await kind.check(clinic, found.patient_id, found.payload)
    await _decide(clinic, draft_id, version, DraftStatus.SIGNED, None)
    kind.carry_out(
        clinic,
        Signed(
            draft_id,
            found.patient_id,
            found.encounter_id,
            found.payload,
            found.proposed_sha256,
            found.proposed_by,
            principal.user_id,
            principal.now,
        ),
    )


async def _decide(
    clinic: ClinicSession, draft_id: UUID, version: int, status: DraftStatus, reason: str | None
) -> None:
    principal = clinic.principal
    rows = await clinic.rows(
        _DECIDE,
        draft_id=draft_id,
        version=version,
        status=status,
        reason=reason,
        decided_by=principal.user_id,
        now=principal.now,
    )
    if not rows:
        raise _conflict(await _found(clinic, draft_id), version, principal.now)


async def _found(clinic: ClinicSession, draft_id: UUID) -> Draft:
    rows = await clinic.rows(_ONE, draft_id=draft_id)
    if not rows:
        raise NotFound("There is no such draft in this clinic.")
    return Draft._make(rows[0])


def _require_reader(principal: Principal, kind: DraftKind) -> None:
    of = KINDS[kind]
    if not any(principal.may(permission) for permission in (of.proposing, of.signing)):
        principal.require(of.signing)


def _conflict(found: Draft, version: int, now: datetime) -> Conflict:
    """Why it could not be done: who was quicker, and what now."""
    if found.status == DraftStatus.SIGNED:
        return Conflict(f"{found.decider} has signed this already.")
    if found.status == DraftStatus.REJECTED:
        return Conflict(f"{found.decider} has rejected this already.")
    if found.expires_at <= now:
        return Conflict("This draft has waited for 14 days and is over. Have it proposed anew.")
    return Conflict(
        f"This draft was edited meanwhile (version {found.version}, yours is {version}). "
        "Read it again before you go on."
    )
