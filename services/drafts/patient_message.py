"""A message to a patient, by the portal or as an SMS."""

import re
from typing import ClassVar, Final
from uuid import UUID

from models.identifier import uuid7
from models.permission import Permission
from models.vocabulary import Channel, DraftKind, PatientStatus
from services.clinical.patients import NO_SUCH_PATIENT
from services.clinical.telephone import e164
from services.database.session import ClinicSession
from services.database.statement import statement
from services.drafts.kind import Kind, Payload, Signed, bounded
from services.errors import InvalidInput, NotFound

LONGEST: Final = {Channel.PORTAL: 10_000, Channel.SMS: 1_600}
"""Characters of a body; an SMS of more than ten parts is cut by carriers."""
SEND: Final = "send_message"
"""The job that takes a signed SMS to the carrier."""
_LINK: Final = re.compile(
    r"(?:https?://|www\.)\S|\b[\w-]+\.(?:com|net|org|io|ly|me|co)\b/?\S*", re.IGNORECASE
)
_CONSENT: Final = {Channel.PORTAL: "portal_messages", Channel.SMS: "sms"}

_REACH = statement(
    """
SELECT p.status, p.phone,
       (SELECT c.granted FROM patient_consents c WHERE c.tenant_id = p.tenant_id
           AND c.patient_id = p.id AND c.kind = :consent)
  FROM patients p WHERE p.id = :patient_id
"""
)
_IN_PORTAL = statement(
    """
INSERT INTO portal_messages (tenant_id, id, patient_id, body, signer_id, pending_action_id, sent_at)
VALUES (app.tenant(), :id, :patient_id, :body, :signer_id, :draft_id, :at)
"""
)
_BY_PHONE = statement(
    """
INSERT INTO spruce_outbound (tenant_id, id, patient_id, to_phone, body, signer_id,
       pending_action_id, idempotency_key, status, attempts)
SELECT p.tenant_id, :id, p.id, p.phone, :body, :signer_id, :draft_id, :key, 'queued', 0
  FROM patients p WHERE p.id = :patient_id
"""
)
_OUTBOX = statement(
    "INSERT INTO outbox (tenant_id, id, kind, ref_id) VALUES (app.tenant(), :id, :kind, :ref_id)"
)


class PatientMessage(Kind):
    """Becomes a message in the portal, or one that is sent to the patient's phone."""

    name: ClassVar = DraftKind.MESSAGE
    proposing: ClassVar = Permission.DRAFT_MESSAGES
    signing: ClassVar = Permission.SEND_MESSAGES

    def read(self, given: Payload) -> dict[str, str]:
        """Channel and body. A link in an SMS is refused: patients are taught not to follow one."""
        if unknown := sorted(given.keys() - {"channel", "body"}):
            raise InvalidInput(dict.fromkeys(unknown, "is no part of a message"))
        try:
            channel = Channel(given.get("channel", ""))
        except ValueError:
            raise InvalidInput({"channel": "must be portal or sms"}) from None
        body = bounded("body", given.get("body", ""), LONGEST[channel])
        if not body:
            raise InvalidInput({"body": "says nothing"})
        if channel is Channel.SMS and _LINK.search(body):
            raise InvalidInput({"body": "an SMS holds no link; point to the portal in words"})
        return {"channel": channel.value, "body": body}

    async def check(self, clinic: ClinicSession, patient_id: UUID, payload: Payload) -> None:
        """Whether the patient is there, agreed to this channel and can be reached by it."""
        channel = Channel(payload["channel"])
        asked = {"patient_id": patient_id, "consent": _CONSENT[channel]}
        rows = await clinic.rows(_REACH, **asked)
        if not rows:
            raise NotFound(NO_SUCH_PATIENT)
        ((status, phone, granted),) = rows
        if status == PatientStatus.DECEASED:
            raise InvalidInput({"patient_id": "this patient has died; nothing is sent"})
        if granted is not True:
            said = "has opted out of" if granted is False else "has not agreed to"
            raise InvalidInput({"channel": f"the patient {said} messages by {channel}"})
        if channel is Channel.SMS and (phone is None or e164(phone) != phone):
            raise InvalidInput({"channel": "the patient has no telephone number for an SMS"})

    def carry_out(self, clinic: ClinicSession, signed: Signed) -> None:
        """The message itself, and for a phone the job that sends it, in one transaction."""
        to = {
            "id": uuid7(),
            "patient_id": signed.patient_id,
            "body": signed.payload["body"],
            "signer_id": signed.signer_id,
            "draft_id": signed.draft_id,
        }
        if signed.payload["channel"] == Channel.PORTAL:
            clinic.queue(_IN_PORTAL, at=signed.at, **to)
        else:
            clinic.queue(_BY_PHONE, key=uuid7(), **to)
            clinic.queue(_OUTBOX, id=uuid7(), kind=SEND, ref_id=to["id"])
