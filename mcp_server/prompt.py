"""What a prompt is: a text that a person picks, which tells a model what to ask in which order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from mcp_server import pick
from mcp_server.marked import PATIENT, PROVIDER, marked
from mcp_server.question import Question, Result, Unknown, read
from mcp_server.text import Ours
from mcp_server.tool import TOOLS, BeyondGrant, UnknownTool
from services.database.opening import Grant
from services.database.session import ClinicSession
from services.principal import Principal

PatientPicked = Annotated[
    UUID, marked(PATIENT, description="The patient: begin to type a name, or give the patient_id.")
]
ProviderPicked = Annotated[
    UUID, marked(PROVIDER, description="A provider: begin to type a name, or give the provider_id.")
]


class UnknownPrompt(Unknown):
    """There is no such prompt, or none for this role: the caller cannot tell which."""

    reason = "unknown_prompt"
    what = "prompt"


class Said(Result, kw_only=True):
    """What a prompt says. Nobody's words but ours and typed arguments are in it."""

    text: Ours


def require_tools(
    names: Sequence[str], principal: Principal, grant: Grant, unknown: type[Unknown]
) -> None:
    """Raise `unknown` unless there are all these tools for this person and credential.

    BeyondGrant where asking the person again would help.
    """
    for name in names:
        if name not in TOOLS:
            raise unknown
        try:
            TOOLS[name].allow(principal, grant)
        except BeyondGrant:
            raise
        except UnknownTool:
            raise unknown from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt(Question):
    """A prompt as the catalog holds it; there is none for who may not call all its tools."""

    unknown = UnknownPrompt
    recorded_under = "prompt/"

    tools: tuple[str, ...]
    """In the order in which its text names them."""
    proposes: str | None = None
    """The tool that its text names for who has it, besides."""

    def allow(self, principal: Principal, grant: Grant) -> None:
        """Raise UnknownPrompt, or BeyondGrant, unless this person may call all its tools."""
        require_tools(self.tools, principal, grant, UnknownPrompt)

    def picked(self, given: Any) -> Any:
        """Arguments as a client sent them: of a picked line the id, of an empty field nothing."""
        return pick.ids_of(given, {p.name for p in self.parameters if pick.is_of(p)})


def prompt(
    *, title: str, tools: Sequence[str], proposes: str | None = None
) -> Callable[[Callable[..., str]], Prompt]:
    """Make a function a prompt. Its docstring is what the person reads who picks it."""

    def make(function: Callable[..., str]) -> Prompt:
        said = partial(_say, function)
        told = {"title": title, "tools": tuple(tools), "proposes": proposes, "function": said}
        made = Prompt(**told, **read(function, Said))
        PROMPTS[made.name] = made
        return made

    return make


async def _say(function: Callable[..., str], clinic: ClinicSession, **arguments: Any) -> Said:
    await clinic.begin()
    return Said(text=function(**arguments))


PROMPTS: Final[dict[str, Prompt]] = {}
"""Every prompt that was made; `catalog` makes them all."""
