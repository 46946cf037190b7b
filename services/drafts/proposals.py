"""What an assistant proposes: into the queue, or held while untrusted text counts (SPEC 7, 8)."""

import json
from typing import Final, NamedTuple
from uuid import UUID

from models.identifier import uuid7
from models.vocabulary import DraftKind
from services.database.session import ClinicSession
from services.database.statement import statement
from services.drafts.kind import Payload, digest
from services.drafts.kinds import KINDS
from services.errors import InvalidInput, NotFound

LONGEST_REQUEST_ID: Final = 100

_PROPOSE = statement(
    """
SELECT id, held, same, taints
  FROM app.propose(:id, :kind, :patient_id, :encounter_id, CAST(:payload AS jsonb), :sha256,
                   :client_request_id, CAST(:sources AS uuid[]))
"""
)
_ENCOUNTER = statement(
    "SELECT FROM encounters WHERE id = :encounter_id AND patient_id = :patient_id"
)
# What the same assistant read of this patient before: what a person compares the words with.
_SOURCES = statement(
    """
SELECT coalesce(array_agg(l.id ORDER BY l.created_at, l.id), '{}') FROM (
  SELECT id, created_at FROM mcp_audit_log
   WHERE user_id = :user_id AND status = 'ok' AND strpos(tool_name, 'draft') = 0
     AND patient_refs @> ARRAY[CAST(:patient_id AS uuid)]
     AND created_at > CAST(:now AS timestamptz) - interval '12 hours'
   ORDER BY created_at DESC, id DESC LIMIT 20) l
"""
)
_RELEASE = statement("SELECT app.release_held(:held_id, :sha256, :id)")
_DISCARD = statement("SELECT app.discard_held(:held_id)")
_BEGIN_ANEW = statement("SELECT app.begin_conversation(:credential_id)")


class Proposed(NamedTuple):
    """Where a proposal lies."""

    id: UUID
    held: bool
    """It waits beside the queue, until its holder releases it."""
    taint_ids: list[UUID]
    """The untrusted text because of which it is held."""


async def propose(
    clinic: ClinicSession,
    kind: DraftKind,
    patient_id: UUID,
    words: Payload,
    *,
    encounter_id: UUID | None = None,
    client_request_id: str | None = None,
) -> Proposed:
    """Put a proposal into the queue, or hold it. A retry finds the one that is there.

    The same `client_request_id`, or without it the same words within ten minutes, is a retry.
    Raises NotPermitted, NotFound for the patient, InvalidInput for the words, for a visit of
    somebody else, for a patient who may not be written to, and for an id that was used for others.
    """
    of = KINDS[kind]
    clinic.require(of.proposing)
    payload = of.read(words)
    await of.check(clinic, patient_id, payload)
    if encounter_id is not None:
        await _require_visit(clinic, patient_id, encounter_id)
    principal = await clinic.begin()
    ((sources,),) = await clinic.rows(
        _SOURCES, user_id=principal.user_id, patient_id=patient_id, now=principal.now
    )
    ((id_, held, same, taints),) = await clinic.rows(
        _PROPOSE,
        id=uuid7(),
        kind=kind,
        patient_id=patient_id,
        encounter_id=encounter_id,
        payload=json.dumps(payload),
        sha256=digest(payload),
        client_request_id=client_request_id,
        sources=list(sources),
    )
    if not same:
        raise InvalidInput({"client_request_id": "was used for another proposal; give a new one"})
    return Proposed(id_, held, list(taints or ()))


async def release(clinic: ClinicSession, held_id: UUID, sha256: str) -> UUID:
    """Let one's own held proposal, of exactly these words, into the queue; give its id there.

    Raises NotFound where there is nothing to release: it is decided or over, another's, or its
    words are others.
    """
    ((draft_id,),) = await clinic.rows(_RELEASE, held_id=held_id, sha256=sha256, id=uuid7())
    if draft_id is None:
        raise NotFound(NOTHING_HELD)
    return draft_id


async def discard(clinic: ClinicSession, held_id: UUID) -> None:
    """Throw one's own held proposal away. Raises NotFound where there is none."""
    ((done,),) = await clinic.rows(_DISCARD, held_id=held_id)
    if not done:
        raise NotFound(NOTHING_HELD)


async def begin_conversation(clinic: ClinicSession, credential_id: UUID) -> None:
    """What this connection of one's own has read counts no more. Raises NotFound."""
    ((done,),) = await clinic.rows(_BEGIN_ANEW, credential_id=credential_id)
    if not done:
        raise NotFound("There is no such connection of yours.")


NOTHING_HELD: Final = "There is no such held proposal of yours, or it was decided before."


async def _require_visit(clinic: ClinicSession, patient_id: UUID, encounter_id: UUID) -> None:
    if not await clinic.rows(_ENCOUNTER, encounter_id=encounter_id, patient_id=patient_id):
        raise InvalidInput({"encounter_id": "is no visit of this patient"})
