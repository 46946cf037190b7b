"""What a resource is: something of the clinic that a person gives an assistant to read, by URI."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mcp_server.prompt import require_tools
from mcp_server.question import Question, Result, Unknown, read
from services.database.opening import Grant
from services.principal import Principal

JSON: Final = "application/json"


class UnknownResource(Unknown):
    """There is no such resource, or none for this role: the caller cannot tell which."""

    reason = "unknown_resource"
    what = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Question):
    """A resource as the catalog holds it: it explains some tools, and is open to who has them."""

    unknown = UnknownResource
    recorded_under = "resource/"

    tools: tuple[str, ...]

    @property
    def uri(self) -> str:
        """Its address."""
        return f"moonshot://{self.name.replace('_', '-')}"

    def allow(self, principal: Principal, grant: Grant) -> None:
        """Raise UnknownResource, or BeyondGrant, unless this person may call all its tools."""
        require_tools(self.tools, principal, grant, UnknownResource)


def resource(
    *, title: str, tools: Sequence[str]
) -> Callable[[Callable[..., Awaitable[Result]]], Resource]:
    """Make a function a resource. Its docstring is what is told of it."""

    def make(function: Callable[..., Awaitable[Result]]) -> Resource:
        told = {"title": title, "tools": tuple(tools), "function": function}
        made = Resource(**told, **read(function))
        RESOURCES[made.name] = made
        return made

    return make


RESOURCES: Final[dict[str, Resource]] = {}
"""Every resource that was made; `catalog` makes them all."""
