"""What a client may ask: a typed function, what its types say of it, and who may ask."""

import inspect as python
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, get_type_hints

import msgspec
from msgspec import inspect

from mcp_server.arguments import Parameter, parameter
from mcp_server.marked import PATIENT, Reader, reader
from mcp_server.text import Mark, marker
from services.database.opening import Grant
from services.principal import Principal


class Unknown(Exception):
    """There is no such thing, or none for this role: the caller cannot tell which."""

    reason = "unknown"
    what = ""
    """It, in a word."""


Link = Callable[[str], str]
"""The address of a page, by its path."""


class Result(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is answered. A field whose value is its default is left out: no nulls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(ABC):
    """A tool, a prompt, a completion, a resource: all are asked and put on record in one way."""

    unknown: ClassVar[type[Unknown]] = Unknown
    """What there is instead for who may not ask it."""
    recorded_under: ClassVar[str] = ""

    name: str
    title: str
    description: str
    function: Callable[..., Awaitable[Result]]
    """Takes the clinic's session and the arguments by name."""
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
    links: bool = False
    """Whether the function takes `link`, which makes an address of a page's path."""

    @property
    def recorded_as(self) -> str:
        """What the audit log calls it."""
        return self.recorded_under + self.name

    @abstractmethod
    def allow(self, principal: Principal, grant: Grant) -> None:
        """Raise `unknown` unless this person may ask it with this credential."""

    def is_open_to(self, principal: Principal, grant: Grant) -> bool:
        """Whether this person may ask it with this credential."""
        try:
            self.allow(principal, grant)
        except Unknown:
            return False
        return True


Q = TypeVar("Q", bound=Question)


def visible_to(questions: Mapping[str, Q], principal: Principal, grant: Grant) -> list[Q]:
    """What this person may ask with this credential, in the order of the names."""
    return [each for _, each in sorted(questions.items()) if each.is_open_to(principal, grant)]


def read(function: Callable[..., Any], result: type[Result] | None = None) -> dict[str, Any]:
    """What a function's name, types and docstring say of a question, by field.

    The parameters that its caller gives have type hints; `clinic` and `link` are given by us.
    `result` is the type of answers where the function's own return is made into one.
    """
    hints = get_type_hints(function, include_extras=True)
    declared = python.signature(function).parameters
    taken = [p for name, p in declared.items() if name not in ("clinic", "link")]
    description = " ".join((python.getdoc(function) or "").split())
    if not description:
        raise TypeError(f"{function.__name__} has no docstring")
    parameters = tuple(parameter(p, hints[p.name]) for p in taken)
    answers = result or hints["return"]
    return {
        "name": function.__name__,
        "description": description,
        "parameters": parameters,
        "result": answers,
        "harmless": frozenset(p.name for p in parameters if p.harmless),
        "named_patients": tuple(p.name for p in parameters if p.names_patient),
        "patients_in": reader(inspect.type_info(answers), PATIENT),
        "mark": marker(inspect.type_info(answers)),
        "links": "link" in declared,
    }
