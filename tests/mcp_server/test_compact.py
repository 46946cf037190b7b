"""An answer spends nothing on what says nothing: no nulls, and no blank between its signs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mcp_server import catalog
from mcp_server.tool import Tool
from tests.mcp_server.endpoint import LEGACY, MODERN, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.samples import right_arguments

pytestmark = pytest.mark.usefixtures("rested")

TOOLS = [pytest.param(tool, id=name) for name, tool in sorted(catalog.load().items())]


def values(of: Any) -> Iterator[Any]:
    yield of
    below = of.values() if isinstance(of, dict) else of if isinstance(of, list) else ()
    for each in below:
        yield from values(each)


@pytest.mark.promise("6.results.compact")
@pytest.mark.parametrize("version", [LEGACY[-1], MODERN])
@pytest.mark.parametrize("tool", TOOLS)
def test_an_answer_is_compact(endpoint: Endpoint, furnished: Furnished, tool: Tool, version: str):
    given, token = right_arguments(tool, furnished), furnished.clinic.owner.token.text
    answer = endpoint.call(tool.name, given, token=token, version=version)
    (block,) = answer.result["content"]
    told = json.loads(block["text"])
    assert None not in values(told)
    shortest = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    assert len(block["text"]) <= len(shortest)
