"""The tool whoami."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mcp_server.question import visible_to
from mcp_server.text import Label, Ours
from mcp_server.tool import EVERY_ROLE, TOOLS, Result, read_tool
from mcp_server.wording import local, local_or_none
from models.permission import Role
from models.vocabulary import Tier
from services.database.session import ClinicSession
from services.identity import connection
from services.safety import taint


class Whoami(Result, kw_only=True):
    """Who asks, for which clinic, and what is left of the limits."""

    clinic: Label
    tier: Tier
    person: Label
    role: Role
    connection: Annotated[Label, Meta(description="The credential's name.")]
    read_only: bool = False
    tools: list[Ours]
    today: Annotated[date, Meta(description="At the clinic.")]
    time_zone: Ours
    requests_left_this_minute: int
    connection_expires: Ours
    sandbox_expires: Ours | None = None
    tainted: Annotated[
        bool, Meta(description="Text was read that a patient or another outsider wrote.")
    ]
    proposals_held_until: Annotated[Ours | None, Meta(description="Given while tainted.")] = None


@read_tool(title="Who am I", permission=EVERY_ROLE)
async def whoami(clinic: ClinicSession) -> Whoami:
    """Tells which clinic, person and role this connection acts for.

    Also which tools it may call, today's date at the clinic, and what is left of its limits.
    """
    own = await connection.own(clinic)
    held_until = await taint.until(clinic)
    principal = clinic.principal
    return Whoami(
        clinic=own.clinic,
        tier=principal.tier,
        person=f"{own.person}, {own.letters}" if own.letters else own.person,
        role=principal.roles[0],
        connection=own.name,
        read_only=own.read_only,
        tools=[tool.name for tool in visible_to(TOOLS, principal, clinic.grant)],
        today=principal.today,
        time_zone=principal.zone.key,
        requests_left_this_minute=own.requests_left,
        connection_expires=local(own.expires_at, principal),
        sandbox_expires=local_or_none(own.sandbox_expires_at, principal),
        tainted=held_until is not None,
        proposals_held_until=local_or_none(held_until, principal),
    )
