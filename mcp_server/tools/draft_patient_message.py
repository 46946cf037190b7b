"""The tool draft_patient_message."""

from typing import Annotated, Literal

from msgspec import Meta

from mcp_server.proposing import ClientRequestId, Drafted, drafted
from mcp_server.question import Link
from mcp_server.tool import PatientId, write_tool
from models.permission import Permission
from models.vocabulary import Channel, DraftKind
from services.database.session import ClinicSession
from services.drafts import proposals
from services.drafts.patient_message import LONGEST


@write_tool(title="Draft a message", permission=Permission.DRAFT_MESSAGES)
async def draft_patient_message(
    clinic: ClinicSession,
    patient_id: PatientId,
    channel: Annotated[Literal["portal", "sms"], Meta(description="Where the patient reads it.")],
    body: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=LONGEST[Channel.PORTAL],
            description=f"Plain text; an SMS has at most {LONGEST[Channel.SMS]:,} characters, "
            "no link, and points to the portal for anything clinical.",
        ),
    ],
    client_request_id: ClientRequestId | None = None,
    *,
    link: Link,
) -> Drafted:
    """Proposes a message to a patient, which waits at the link until a person signs or rejects it.

    Nothing is sent before. Refused where the patient did not agree to the channel. After text of a
    patient or another outsider was read, the proposal is held: the answer is an error with the
    link where its holder releases it.
    """
    words = {"channel": channel, "body": body}
    proposed = await proposals.propose(
        clinic, DraftKind.MESSAGE, patient_id, words, client_request_id=client_request_id
    )
    return await drafted(clinic, proposed, link)
