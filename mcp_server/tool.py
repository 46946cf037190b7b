"""What a tool is: a typed function, the permission it needs, and what a client is told of it."""

import inspect as python
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Meta, inspect

from mcp_server import schema
from mcp_server.arguments import Parameter
from mcp_server.marked import ANY_CASE, PATIENT, Reader, marked, reader
from mcp_server.text import Mark, marker
from models.permission import Permission
from models.vocabulary import CredentialKind
from services.clinical.lab_protocol import PANELS
from services.database.opening import Grant
from services.principal import Principal

PatientId = Annotated[UUID, marked(PATIENT, description="As search_patients returns it.")]
"""As an argument and in answers: the audit log keeps whose data was asked for and given out."""
Cursor = Annotated[
    str, Meta(max_length=300, description="next_cursor of the page before; omit for the first.")
]
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


class UnknownTool(Exception):
    """There is no such tool, or none for this role: the caller cannot tell which."""

    reason = "unknown_tool"


class BeyondGrant(UnknownTool):
    """Its role has the tool, but the person allowed less when the assistant asked (OAuth)."""

    reason = "beyond_grant"


class Result(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a tool answers. A field whose value is its default is left out: no nulls."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as the catalog holds it."""

    name: str
    title: str
    description: str
    permission: Permission | None
    writes: bool
    function: Callable[..., Awaitable[Result]]
    parameters: tuple[Parameter, ...]
    result: type[Result]
    harmless: frozenset[str]
    """Arguments that the audit log may keep as they came."""
    named_patients: tuple[str, ...]
    """Arguments that are ids of patients."""
    patients_in: Reader | None
    """Gives the patients whose data is in an answer; None where answers name nobody."""
    mark: Mark | None
    """Marks the untrusted strings of an answer; None where it can have none."""

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

    def make(function: Callable[..., Awaitable[Result]]) -> Tool:
        hints = get_type_hints(function, include_extras=True)
        _clinic, *parameters = python.signature(function).parameters.values()
        description = " ".join((python.getdoc(function) or "").split())
        if not description:
            raise TypeError(f"{function.__name__} has no docstring")
        read = tuple(_parameter(p, hints[p.name]) for p in parameters)
        tool = Tool(
            name=function.__name__,
            title=title,
            description=description,
            permission=permission,
            writes=False,
            function=function,
            parameters=read,
            result=hints["return"],
            harmless=frozenset(p.name for p in read if p.harmless),
            named_patients=tuple(p.name for p in read if p.names_patient),
            patients_in=reader(inspect.type_info(hints["return"]), PATIENT),
            mark=marker(inspect.type_info(hints["return"])),
        )
        TOOLS[tool.name] = tool
        return tool

    return make


TOOLS: dict[str, Tool] = {}
"""Every tool that was made; `catalog` makes them all."""


def visible_to(principal: Principal, grant: Grant) -> list[Tool]:
    """The tools that this person may call with this credential, in the order of their names."""
    return [TOOLS[name] for name in sorted(TOOLS) if _allowed(TOOLS[name], principal, grant)]


def _allowed(tool: Tool, principal: Principal, grant: Grant) -> bool:
    try:
        tool.allow(principal, grant)
    except UnknownTool:
        return False
    return True


def _parameter(parameter: python.Parameter, hint: Any) -> Parameter:
    required = parameter.default is parameter.empty
    kind = schema.without_none(inspect.type_info(hint))
    default = None if required else parameter.default
    if not required and default is not None:
        shown = {"default": default}
        kind = inspect.Metadata(kind, extra_json_schema=shown, extra=None)
    return Parameter(parameter.name, kind, required, default)
