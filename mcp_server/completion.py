"""Argument completion: whom a person may mean who begins to type a name.

What is offered gives out names of patients, so it is asked and put on record like a tool's answer.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta, field, inspect

from mcp_server import pick
from mcp_server.arguments import Parameter
from mcp_server.marked import PATIENT, PROVIDER, bears, reader
from mcp_server.prompt import Prompt, UnknownPrompt
from mcp_server.question import Question, Result
from mcp_server.text import Doubtful, Label, marker, of_kind
from mcp_server.tool import TOOLS, OfPatient
from mcp_server.wording import full_name
from services.clinical import patients
from services.clinical.patients import FoundPatient
from services.database.opening import Grant
from services.database.session import ClinicSession
from services.practice import staff
from services.principal import Principal
from services.safety import given

_OFFERED: Final = 10
_SEARCH: Final = "search_patients"
_SHORTEST: Final = 2
"""Characters of a name that are looked for."""
_LINE: Final = re.compile(r"(.+) \d{4}-\d\d-\d\d \[[0-9a-f-]{36}\]", re.ASCII)


def _is_line(text: str) -> bool:
    found = _LINE.fullmatch(text)
    return found is not None and given.is_full_name(found[1])


PatientLine = Annotated[str, of_kind("name", _is_line)]
Typed = Annotated[str, Meta(max_length=100, description="What was typed so far.")]


class Completed(Result, kw_only=True):
    """Who may be meant, the likeliest first, each as one line; the ids are for the record."""

    patients: list[PatientLine] = field(default_factory=list[PatientLine])
    providers: list[Label] = field(default_factory=list[Label])
    patient_ids: list[OfPatient] = field(default_factory=list[OfPatient])
    more: bool = False

    @property
    def values(self) -> list[str]:
        """As they are offered."""
        return [*self.patients, *self.providers]


_Meant = Callable[[ClinicSession, str], Awaitable[Completed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(Question):
    """The completion of a prompt's arguments, for who may use the prompt."""

    unknown = UnknownPrompt

    of: Prompt

    def allow(self, principal: Principal, grant: Grant) -> None:
        """Raise UnknownPrompt, or BeyondGrant, as the prompt does."""
        self.of.allow(principal, grant)


def completion(of: Prompt) -> Completion:
    """How its arguments are completed; only persons are, of other arguments nothing is offered."""
    meant = {p.name: _meant(p) for p in of.parameters}

    async def complete(
        clinic: ClinicSession, *, prompt: str, argument: str, value: str
    ) -> Completed:
        del prompt
        return await meant[argument](clinic, pick.name_in(value))

    closed = {"prompt": (of.name,), "argument": tuple(meant)}
    names = [Parameter(n, inspect.LiteralType(v), required=True) for n, v in closed.items()]
    answers = inspect.type_info(Completed)
    return Completion(
        name="completion",
        title="Completion",
        description="Whom a person may mean.",
        function=complete,
        parameters=(*names, Parameter("value", inspect.type_info(Typed), required=True)),
        result=Completed,
        harmless=frozenset(closed),
        named_patients=(),
        patients_in=reader(answers, PATIENT),
        mark=marker(answers),
        of=of,
    )


def _meant(parameter: Parameter) -> _Meant:
    if bears(parameter.type, PATIENT):
        return _patients
    return _providers if bears(parameter.type, PROVIDER) else _nobody


async def _patients(clinic: ClinicSession, typed: str) -> Completed:
    principal = await clinic.begin()
    # What a credential may not search for, it does not find by typing either.
    searches = TOOLS[_SEARCH].is_open_to(principal, clinic.grant)
    if len(typed) < _SHORTEST or not searches:
        return Completed()
    found = await patients.search(clinic, typed, limit=_OFFERED)
    lines = [_line(row) for row in found.rows]
    return Completed(patients=lines, patient_ids=[row.id for row in found.rows], more=found.more)


def _line(row: FoundPatient) -> str:
    name = full_name(row.given_name, row.family_name)
    line = pick.line(f"{name} {row.birth_date}", row.id)
    return Doubtful(line) if isinstance(name, Doubtful) else line


async def _providers(clinic: ClinicSession, typed: str) -> Completed:
    found = await staff.seeing_patients(clinic, typed, limit=_OFFERED + 1)
    lines = [pick.line(member.name, member.user_id) for member in found[:_OFFERED]]
    return Completed(providers=lines, more=len(found) > _OFFERED)


async def _nobody(clinic: ClinicSession, typed: str) -> Completed:
    del typed
    await clinic.begin()
    return Completed()
