"""Prompts: listed and given to who may call all their tools, and put on record like calls."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from mcp.types import TextContent
from psycopg import Connection

from mcp_server import catalog
from mcp_server.prompt import Prompt
from models.permission import Role
from tests.ground import APP
from tests.mcp_server import people
from tests.mcp_server.endpoint import VERSIONS, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.samples import CANARY
from tests.mcp_server.test_official_client import ERAS, connected
from tests.personas import Clinic

TOOLS, PROMPTS = catalog.load(), catalog.load_prompts()
CLINICAL = {"labs_due", "morning_huddle", "no_show_follow_up", "visit_note"}
SCHEDULE = {"no_show_follow_up"}
MAY = {
    Role.OWNER: CLINICAL,
    Role.PROVIDER: CLINICAL,
    Role.NURSE: CLINICAL,
    Role.FRONT_DESK: SCHEDULE,
    Role.BILLER: SCHEDULE,
    Role.GROWTH: SCHEDULE,
    Role.AUDITOR: set[str](),
}
WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")

pytestmark = pytest.mark.usefixtures("rested")


def arguments(prompt: Prompt, furnished: Furnished) -> dict[str, str]:
    """As clients send them: all as text."""
    known = {"patient_id": str(furnished.patients[0].id)}
    return {p.name: known[p.name] for p in prompt.parameters if p.required}


def get(endpoint: Endpoint, token: str, name: Any, given: Any = None, **more: Any) -> Any:
    return endpoint.ask("prompts/get", {"name": name, "arguments": given}, token=token, **more)


def text(answer: Any) -> str:
    (message,) = answer.result["messages"]
    assert message["role"] == "user"
    return message["content"]["text"]


def test_every_prompt_is_said_here():
    assert set.union(*MAY.values()) == PROMPTS.keys()


@pytest.mark.promise("6.prompts.listed", "10.calls.prompts-and-resources")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("role", Role)
def test_a_role_is_offered_and_given_the_prompts_whose_tools_it_has(
    endpoint: Endpoint, furnished: Furnished, audit_log: AuditLog, role: Role, version: str
):
    person = getattr(furnished.clinic, role)
    token, before = person.token.text, audit_log.count(furnished.clinic)
    listed = endpoint.ask("prompts/list", token=token, version=version).result["prompts"]
    assert {prompt["name"] for prompt in listed} == MAY[role]
    for name, prompt in PROMPTS.items():
        answer = get(endpoint, token, name, arguments(prompt, furnished), version=version)
        (row,) = audit_log.rows(furnished.clinic, after=before)
        before += 1
        assert (row.tool_name, row.user_id) == (f"prompt/{name}", person.user_id)
        if name in MAY[role]:
            assert text(answer)
            assert (row.status, row.reason) == ("ok", None)
        else:
            assert answer.error == {"code": -32602, "message": "Unknown prompt"}
            assert (row.status, row.reason) == ("error", "unknown_prompt")


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.anyio
async def test_the_official_client_lists_and_gets_them(
    endpoint: Endpoint, furnished: Furnished, mode: str
):
    async with connected(endpoint, furnished.clinic.nurse.token.text, mode) as client:
        listed = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
        assert listed.keys() == PROMPTS.keys()
        for name, prompt in PROMPTS.items():
            told = listed[name]
            assert told.title
            assert told.description
            said = {a.name: a.required for a in told.arguments or ()}
            assert said == {p.name: p.required for p in prompt.parameters}
            assert all(argument.description for argument in told.arguments or ())
            got = await client.get_prompt(name, arguments(prompt, furnished))
            (message,) = got.messages
            assert isinstance(message.content, TextContent)
            assert all(tool in message.content.text for tool in prompt.tools)


@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_a_prompt_speaks_of_its_tools_alone_and_of_what_they_take_and_give(
    endpoint: Endpoint, furnished: Furnished, name: str
):
    prompt = PROMPTS[name]
    given = arguments(prompt, furnished)
    said = text(get(endpoint, furnished.clinic.owner.token.text, name, given))
    named = [*prompt.tools, *([prompt.proposes] if prompt.proposes else [])]
    assert [tool for tool in TOOLS if tool in said] == sorted(named)
    known = {*named}
    for tool in named:
        known |= set(WORD.findall(str(TOOLS[tool].input_schema) + str(TOOLS[tool].output_schema)))
    assert {*WORD.findall(said)} <= known


CALL = re.compile(r"Call ((?:[a-z_]+(?:, | and )?)+) with ([^.,]*)[.,]")
"""In a prompt: some tools, and what they are to be called with."""


@pytest.mark.parametrize("filled", [False, True], ids=["least", "all"])
@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_the_calls_that_a_prompt_dictates_are_answered(
    endpoint: Endpoint, furnished: Furnished, name: str, *, filled: bool
):
    prompt, token = PROMPTS[name], furnished.clinic.owner.token.text
    every = {
        "within_days": "30",
        "date_range": "last_month",
        "provider_id": str(furnished.clinic.provider.user_id),
        "patient_id": str(furnished.patients[0].id),
    }
    given = arguments(prompt, furnished)
    if filled:
        given |= {p.name: every[p.name] for p in prompt.parameters if p.name in every}
    said = text(get(endpoint, token, name, given))
    called: list[str] = []
    for names, what in CALL.findall(said):
        told = what.replace("the same patient_id", f"patient_id {every['patient_id']}")
        pairs = [pair.split(" ", 1) for pair in told.split(" and ")]
        for tool in re.split(", | and ", names):
            assert endpoint.call(tool, dict(pairs), token=token).content is not None
            called.append(tool)
    assert sorted(called) == sorted(prompt.tools)


def test_arguments_come_as_text_and_a_field_left_empty_is_not_given(
    endpoint: Endpoint, clinic: Clinic
):
    token = clinic.nurse.token.text
    assert "within 30 days" in text(get(endpoint, token, "labs_due", {"within_days": "30"}))
    for given in ({"within_days": ""}, {}, None):
        assert "within 14 days" in text(get(endpoint, token, "labs_due", given))
    said = text(get(endpoint, token, "no_show_follow_up", {"date_range": "last_30_days"}))
    assert "date_range last_30_days" in said


def test_a_line_that_was_picked_stands_for_its_id(endpoint: Endpoint, clinic: Clinic):
    token, patient = clinic.nurse.token.text, str(uuid4())
    given = {"patient_id": f"Alba Example 1961-05-01 [{patient}]", "date": "2026-01-31"}
    said = text(get(endpoint, token, "visit_note", given))
    assert f"patient_id {patient}" in said
    assert "and date 2026-01-31" in said
    assert "Alba" not in said


@pytest.mark.parametrize(
    "wrong",
    [
        ("labs_due", {"within_days": "soon"}, "within_days"),
        ("labs_due", {"within_days": "181"}, "within_days"),
        ("visit_note", {}, "patient_id"),
        ("visit_note", {"patient_id": f"{CANARY} [nobody]"}, "patient_id"),
        ("visit_note", [CANARY], "arguments"),
        ("no_show_follow_up", {"date_range": CANARY}, "date_range"),
        ("morning_huddle", {"nobody": CANARY}, "nobody"),
    ],
)
def test_what_is_wrong_is_told_without_repeating_it(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog, wrong: tuple[str, Any, str]
):
    name, given, told = wrong
    answer = get(endpoint, clinic.nurse.token.text, name, given)
    assert answer.code == -32602
    assert told in answer.error["message"]
    assert CANARY not in answer.text
    row = audit_log.only(clinic)
    assert (row.tool_name, row.status) == (f"prompt/{name}", "error")
    assert CANARY not in str(row)


@pytest.mark.promise("5.refusals.rate-of-other-methods")
def test_prompts_completions_and_resources_count_like_calls(endpoint: Endpoint, clinic: Clinic):
    token = clinic.nurse.token.text

    def left() -> int:
        told = endpoint.call("whoami", token=token).content
        return told["requests_left_this_minute"]

    before = left()
    get(endpoint, token, "labs_due")
    endpoint.ask("resources/read", {"uri": "moonshot://lab-protocol"}, token=token)
    endpoint.ask("completion/complete", {}, token=token)
    assert left() == before - 4


def test_a_credential_with_some_tools_has_the_prompts_of_these(
    endpoint: Endpoint, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    _, token = people.mint(connect(APP), clinic.nurse, tools=["find_labs_due"])
    listed = endpoint.ask("prompts/list", token=token.text).result["prompts"]
    assert [prompt["name"] for prompt in listed] == ["labs_due"]
    assert get(endpoint, token.text, "morning_huddle").code == -32602


@pytest.mark.parametrize("name", [None, 5, [], {"a": 1}, "", "whoami", "x" * 5_000, CANARY])
def test_a_prompt_that_is_not_there_is_unknown_whatever_its_name_is(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog, name: Any
):
    answer = get(endpoint, clinic.nurse.token.text, name, {CANARY: CANARY})
    assert answer.error == {"code": -32602, "message": "Unknown prompt"}
    row = audit_log.only(clinic)
    assert (row.status, row.reason) == ("error", "unknown_prompt")
    assert CANARY not in str(row)
