"""The tool get_draft_status."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from mcp_server.proposing import waiting_at
from mcp_server.question import Link
from mcp_server.text import Label, Ours
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import local, local_or_none
from models.permission import Permission
from models.vocabulary import DeliveryStatus, DraftKind
from services.database.session import ClinicSession
from services.drafts import status
from services.drafts.status import Status
from services.principal import Principal

Standing = Literal["pending", "held", "signed", "sent", "rejected", "discarded", "expired"]


class DraftStanding(Result, kw_only=True):
    """Where one proposal stands."""

    draft_id: Ours
    kind: DraftKind
    status: Standing
    patient_id: OfPatient
    proposed: Ours
    decided: Ours | None = None
    reject_reason: Label | None = None
    delivery: Annotated[DeliveryStatus | None, Meta(description="Of a signed SMS.")] = None
    link: Ours


class DraftStandings(Result, kw_only=True):
    """Proposals, newest first."""

    drafts: list[DraftStanding]
    next_cursor: Ours | None = None


# Whoever may draft a chart note may draft a message too (models/permission.py).
@read_tool(title="Draft status", permission=Permission.DRAFT_MESSAGES)
async def get_draft_status(
    clinic: ClinicSession,
    draft_id: Annotated[
        UUID | None, Meta(description="As a draft tool returned it; else omit for one's own.")
    ] = None,
    limit: Annotated[int, Meta(ge=1, le=50)] = 20,
    cursor: Cursor | None = None,
    *,
    link: Link,
) -> DraftStandings:
    """Gives where drafts stand, newest first: one, or all that this person's assistants proposed.

    Pending and held ones wait for a person, for 14 days at most. Leaves out what they say.
    """
    found = await status.of_drafts(clinic, draft_id, limit=limit, cursor=cursor)
    principal = clinic.principal
    return DraftStandings(
        drafts=[_standing(row, principal, link) for row in found.rows],
        next_cursor=found.next_cursor,
    )


def _standing(row: Status, principal: Principal, link: Link) -> DraftStanding:
    return DraftStanding(
        draft_id=str(row.id),
        kind=DraftKind(row.kind),
        status=row.status,  # pyright: ignore[reportArgumentType] -- a closed set of the statement
        patient_id=row.patient_id,
        proposed=local(row.created_at, principal),
        decided=local_or_none(row.decided_at, principal),
        reject_reason=row.reject_reason,
        delivery=None if row.delivery is None else DeliveryStatus(row.delivery),
        link=waiting_at(link, row.id),
    )
