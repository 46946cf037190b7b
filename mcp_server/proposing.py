"""What is told of a proposal: where it waits, and for whom."""

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import Meta

from mcp_server.question import Link, Result
from mcp_server.text import Ours
from mcp_server.tool import Held
from mcp_server.wording import clock_time
from services.database.session import ClinicSession
from services.drafts.proposals import LONGEST_REQUEST_ID, Proposed
from services.safety import taint
from services.safety.taint import Source

DRAFTS: Final = "/admin/ai-drafts"
CONNECTIONS: Final = "/admin/ai-mcp"
_NAMED: Final = 5

ClientRequestId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_REQUEST_ID,
        description="Any id; the same again gives the same draft. Else omit.",
    ),
]


class Drafted(Result, kw_only=True):
    """A proposal in the queue."""

    draft_id: Ours
    link: Ours


def waiting_at(link: Link, draft_id: object) -> str:
    """The page of a proposal, in the queue or held."""
    return link(f"{DRAFTS}/{draft_id}")


async def drafted(clinic: ClinicSession, proposed: Proposed, link: Link) -> Drafted:
    """Where it waits. Raises Held, which says why and what now."""
    at = waiting_at(link, proposed.id)
    if not proposed.held:
        return Drafted(draft_id=str(proposed.id), link=at)
    sources = await taint.sources(clinic, proposed.taint_ids)
    until = await taint.until(clinic)
    lasting = f" until {clock_time(until, clinic.principal)}" if until else ""
    text = (
        f"Held, and not in the queue: text that a patient or another outsider wrote was read "
        f"before ({_said(sources, clinic)}), and such text can carry instructions. Nothing is "
        f"lost and nothing is to be repeated: the proposal waits at {at}, where the person behind "
        f"this connection sees it beside that text and releases or discards it. Further proposals "
        f"are held{lasting}, or until that person begins a new conversation at "
        f"{link(CONNECTIONS)}."
    )
    raise Held(text, at)


def _said(sources: Sequence[Source], clinic: ClinicSession) -> str:
    said = [f"{s.tool_name} at {clock_time(s.at, clinic.principal)}" for s in sources[-_NAMED:]]
    more = len(sources) - len(said)
    return ", ".join(said) + (f" and {more} answers before" if more else "")
