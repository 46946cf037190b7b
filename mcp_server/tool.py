"""What a tool is: a typed function, the permission it needs, and what a client is told of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from mcp_server import schema
from mcp_server.marked import ANY_CASE, PATIENT, marked
from mcp_server.question import Question, Result, Unknown, read
from models.permission import Permission
from models.vocabulary import CredentialKind
from services.clinical.lab_protocol import PANELS
from services.database.opening import Grant
from services.principal import Principal

PatientId = Annotated[UUID, marked(PATIENT, description="As search_patients returns it.")]
"""As an argument. The audit log keeps whose data was asked for and given out."""
OfPatient = Annotated[UUID, marked(PATIENT)]
"""In an answer; to be given back as it is."""
Cursor = Annotated[str, Meta(max_length=300, description="next_cursor; else omit.")]
Panel = Annotated[
    str,
    marked(
        ANY_CASE,
        min_length=1,
        max_length=40,
        description=f"{', '.join(p.key for p in PANELS)}, or one of the clinic's own.",
    ),
]

EVERY_ROLE: Final = None
"""Said in place of a permission by a tool that any role may call."""


class UnknownTool(Unknown):
    """There is no such tool, or none for this role: the caller cannot tell which."""

    reason = "unknown_tool"
    what = "tool"


class BeyondGrant(UnknownTool):
    """Its role has the tool, but the person allowed less when the assistant asked (OAuth)."""

    reason = "beyond_grant"


class Held(Exception):
    """What was proposed waits beside the queue: that stays so, and the call is refused.

    The text is for the model and the person behind it; `page` is where that person decides.
    """

    def __init__(self, text: str, page: str) -> None:
        super().__init__(text)
        self.page = page


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Question):
    """A tool as the catalog holds it."""

    unknown = UnknownTool

    permission: Permission | None
    writes: bool

    def allow(self, principal: Principal, grant: Grant) -> None:
        """Raise UnknownTool unless this person may call it with this credential.

        BeyondGrant where asking the person again would help.
        """
        if self.permission is not None and not principal.may(self.permission):
            raise UnknownTool
        listed = grant.tools is None or self.name in grant.tools
        if not listed or (self.writes and grant.read_only):
            raise BeyondGrant if grant.kind == CredentialKind.OAUTH else UnknownTool

    @property
    def input_schema(self) -> schema.Schema:
        """What it takes."""
        return schema.of_fields(
            {p.name: p.type for p in self.parameters},
            [p.name for p in self.parameters if p.required],
        )

    @property
    def output_schema(self) -> schema.Schema:
        """What it answers."""
        return schema.of_struct(self.result)


def read_tool(
    *, title: str, permission: Permission | None
) -> Callable[[Callable[..., Awaitable[Result]]], Tool]:
    """Make a function a tool that changes nothing. Its docstring is what the model reads."""
    return _maker(title, permission, writes=False)


def write_tool(
    *, title: str, permission: Permission
) -> Callable[[Callable[..., Awaitable[Result]]], Tool]:
    """Make a function a tool that proposes. It may raise Held, and what it wrote by then stays."""
    return _maker(title, permission, writes=True)


def _maker(
    title: str, permission: Permission | None, *, writes: bool
) -> Callable[[Callable[..., Awaitable[Result]]], Tool]:
    def make(function: Callable[..., Awaitable[Result]]) -> Tool:
        told = {"title": title, "permission": permission, "writes": writes, "function": function}
        tool = Tool(**told, **read(function))
        TOOLS[tool.name] = tool
        return tool

    return make


TOOLS: dict[str, Tool] = {}
"""Every tool that was made; `catalog` makes them all."""
