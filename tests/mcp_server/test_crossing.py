"""Nobody learns through any tool that another clinic, or anything of it, exists."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from mcp_server import catalog
from mcp_server.tool import Tool
from models.base import uuid7
from tests.mcp_server.endpoint import VERSIONS, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.samples import declared, right_arguments

CATALOG = catalog.load()
IDS = [
    pytest.param(tool, parameter.name, id=f"{name}-{parameter.name}")
    for name, tool in sorted(CATALOG.items())
    for parameter in tool.parameters
    if declared(tool, parameter.name).get("format") == "uuid"
]
WORDS = [
    pytest.param(tool, parameter.name, id=f"{name}-{parameter.name}")
    for name, tool in sorted(CATALOG.items())
    for parameter in tool.parameters
    if declared(tool, parameter.name)["type"] == "string"
    and "format" not in declared(tool, parameter.name)
    and parameter.name not in ("cursor", "date_range", "client_request_id")
]
LISTS = [
    pytest.param(tool, id=name)
    for name, tool in sorted(CATALOG.items())
    if "cursor" in {p.name for p in tool.parameters}
]

WORDLESS: dict[str, Callable[[Any], int]] = {
    "get_billing_summary": lambda told: told["invoices"],
    "get_lead_funnel": lambda told: told["everyone"]["leads"],
}
"""Tools that answer in numbers alone: here one for each patient."""
NEW_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What is proposed bears one, and nothing else of its own."""

pytestmark = pytest.mark.usefixtures("rested")


@pytest.mark.promise("4.crossing.tools", "5.refusals.not-found")
@pytest.mark.parametrize(("tool", "parameter"), IDS)
def test_an_id_of_another_clinic_is_answered_like_one_that_does_not_exist(
    endpoint: Endpoint,
    furnished: Furnished,
    other_furnished: Furnished,
    tool: Tool,
    parameter: str,
):
    def answer(id_: UUID, version: str) -> bytes:
        given = right_arguments(tool, furnished) | {parameter: str(id_)}
        token = furnished.clinic.owner.token.text
        return endpoint.call(tool.name, given, token=token, version=version, request_id="same").body

    for version in VERSIONS:
        nobody = answer(uuid7(), version)
        assert b'"isError":true' in nobody
        for kind, id_ in other_furnished.ids.items():
            assert answer(id_, version) == nobody, kind


@pytest.mark.promise("4.crossing.tools")
@pytest.mark.parametrize(("tool", "parameter"), WORDS)
def test_a_word_of_another_clinic_finds_what_any_word_would(
    endpoint: Endpoint,
    furnished: Furnished,
    other_furnished: Furnished,
    tool: Tool,
    parameter: str,
):
    def answer(word: str) -> bytes:
        given = right_arguments(tool, furnished) | {parameter: word}
        token = furnished.clinic.owner.token.text
        said = endpoint.call(tool.name, given, token=token, request_id="same").body
        return NEW_ID.sub(b"", said) if tool.writes else said

    nothing = answer("qqqqxxqqqq")
    for kind, word in other_furnished.words.items():
        assert answer(word) == nothing, kind


@pytest.mark.promise("4.crossing.tools")
@pytest.mark.parametrize("tool", LISTS)
def test_a_cursor_of_another_clinic_is_refused(
    endpoint: Endpoint, furnished: Furnished, other_furnished: Furnished, tool: Tool
):
    def page(of: Furnished, asks: Furnished, cursor: str | None = None) -> Any:
        given = right_arguments(tool, of) | {"limit": 1, "cursor": cursor}
        return endpoint.call(tool.name, given, token=asks.clinic.owner.token.text)

    theirs = page(other_furnished, other_furnished)
    assert any(mark in theirs.text for mark in other_furnished.marks), "there is nothing to find"
    answer = page(furnished, furnished, theirs.content["next_cursor"])
    assert answer.refusal.startswith("cursor: must be the next_cursor")
    assert not [mark for mark in other_furnished.marks if mark in answer.text]


@pytest.mark.promise("1.promise.reads", "4.crossing.tools")
@pytest.mark.parametrize("name", sorted(CATALOG))
def test_an_answer_holds_nothing_of_another_clinic(
    endpoint: Endpoint, furnished: Furnished, other_furnished: Furnished, name: str
):
    given = right_arguments(CATALOG[name], furnished)
    answer = endpoint.call(name, given, token=furnished.clinic.owner.token.text)
    assert answer.content
    if name in WORDLESS:
        assert WORDLESS[name](answer.content) == len(furnished.patients)
    elif not CATALOG[name].writes:
        assert any(mark in answer.text for mark in furnished.marks), "the tool found nothing"
    assert not [mark for mark in other_furnished.marks if mark in answer.text]
