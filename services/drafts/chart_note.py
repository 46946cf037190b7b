"""A chart note in four parts (SOAP: subjective, objective, assessment, plan)."""

from typing import ClassVar, Final
from uuid import UUID

from models.identifier import uuid7
from models.permission import Permission
from models.vocabulary import DraftKind
from services.clinical.patients import require_patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.drafts.kind import Kind, Payload, Signed, bounded, digest
from services.errors import InvalidInput

PARTS: Final = ("subjective", "objective", "assessment", "plan")
LONGEST_PART: Final = 20_000
"""Characters."""

_NOTE = statement(
    """
INSERT INTO chart_notes (tenant_id, id, patient_id, encounter_id, subjective, objective, assessment,
       plan, author_id, signer_id, signed_at, pending_action_id, proposed_sha256, signed_sha256)
VALUES (app.tenant(), :id, :patient_id, :encounter_id, :subjective, :objective, :assessment, :plan,
       :author_id, :signer_id, :signed_at, :draft_id, :proposed, :signed)
"""
)


class ChartNote(Kind):
    """Becomes a row of the chart."""

    name: ClassVar = DraftKind.CHART_NOTE
    proposing: ClassVar = Permission.DRAFT_CHARTS
    signing: ClassVar = Permission.EDIT_CHARTS

    def read(self, given: Payload) -> dict[str, str]:
        """The parts that say something."""
        if unknown := sorted(given.keys() - set(PARTS)):
            raise InvalidInput(dict.fromkeys(unknown, f"is no part; there are {PARTS}"))
        said = {part: bounded(part, given.get(part, ""), LONGEST_PART) for part in PARTS}
        if not any(said.values()):
            raise InvalidInput({"soap": "says nothing"})
        return {part: text for part, text in said.items() if text}

    async def check(self, clinic: ClinicSession, patient_id: UUID, payload: Payload) -> None:
        """Raises NotFound for the patient."""
        del payload
        await require_patient(clinic, patient_id)

    def carry_out(self, clinic: ClinicSession, signed: Signed) -> None:
        """One row of the chart, with the hashes of the words proposed and of those signed."""
        clinic.queue(
            _NOTE,
            id=uuid7(),
            patient_id=signed.patient_id,
            encounter_id=signed.encounter_id,
            author_id=signed.proposed_by,
            signer_id=signed.signer_id,
            signed_at=signed.at,
            draft_id=signed.draft_id,
            proposed=signed.proposed_sha256,
            signed=digest(signed.payload),
            **{part: signed.payload.get(part) for part in PARTS},
        )
