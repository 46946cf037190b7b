"""The tool draft_chart_note."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, structs

from mcp_server.proposing import ClientRequestId, Drafted, drafted
from mcp_server.question import Link
from mcp_server.tool import PatientId, write_tool
from models.permission import Permission
from models.vocabulary import DraftKind
from services.database.session import ClinicSession
from services.drafts import proposals
from services.drafts.chart_note import LONGEST_PART

Part = Annotated[str, Meta(max_length=LONGEST_PART)]


class Soap(Struct):
    """A note in four parts."""

    subjective: Part = ""
    objective: Part = ""
    assessment: Part = ""
    plan: Part = ""


@write_tool(title="Draft a chart note", permission=Permission.DRAFT_CHARTS)
async def draft_chart_note(
    clinic: ClinicSession,
    patient_id: PatientId,
    soap: Annotated[Soap, Meta(description="Plain text in each part; at least one.")],
    encounter_id: Annotated[
        UUID | None, Meta(description="A visit as get_visit_facts returns it; else omit.")
    ] = None,
    client_request_id: ClientRequestId | None = None,
    *,
    link: Link,
) -> Drafted:
    """Proposes a chart note, which waits at the link until a clinician edits, signs or rejects it.

    Nothing enters the chart before. After text of a patient or another outsider was read, the
    proposal is held: the answer is an error with the link where its holder releases it.
    """
    proposed = await proposals.propose(
        clinic,
        DraftKind.CHART_NOTE,
        patient_id,
        structs.asdict(soap),
        encounter_id=encounter_id,
        client_request_id=client_request_id,
    )
    return await drafted(clinic, proposed, link)
