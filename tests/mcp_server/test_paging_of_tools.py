"""Every list goes on where its page ended: nothing lost, nothing twice."""

import base64
import json
from typing import Any

import pytest

from mcp_server import catalog
from mcp_server.tool import Tool
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.samples import right_arguments

LISTS = [
    pytest.param(tool, id=name)
    for name, tool in sorted(catalog.load().items())
    if "cursor" in {p.name for p in tool.parameters}
]


def forged(place: Any) -> str:
    """A cursor as a client might make one up: the place in JSON, in base64url."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def items(content: dict[str, Any]) -> list[str]:
    """The rows of a page, each with what stands around it; told apart by what they hold."""
    ((_, listed),) = [(name, value) for name, value in content.items() if isinstance(value, list)]
    found: list[str] = []
    for item in listed:
        inner = item.pop("results", [None])
        found.extend(json.dumps([item, one], sort_keys=True) for one in inner)
    return found


PLACES = [
    [first, *[id_] * ids]
    for first in (
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999-14:00",
        "2026-02-28T24:00:00Z",
        "2026-01-01T00:00:00",
        "0001-01-01",
        "9999-12-31",
        "2026-02-29",
        -1e308,
        1e308,
        0,
        10**30,
    )
    for id_ in ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
    for ids in (1, 2)
]


@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize("tool", LISTS)
def test_a_forged_cursor_is_a_place_in_ones_own_list_or_wrong(
    endpoint: Endpoint, furnished: Furnished, tool: Tool
):
    went_well = 0
    for place in PLACES:
        given = right_arguments(tool, furnished) | {"cursor": forged(place)}
        answer = endpoint.call(tool.name, given, token=furnished.clinic.owner.token.text)
        if answer.result["isError"]:
            assert answer.refusal.startswith("cursor: must be a next_cursor"), place
        else:
            went_well += 1
    assert 2 <= went_well < len(PLACES)


@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize("tool", LISTS)
@pytest.mark.parametrize("limit", [1, 2])
def test_pages_put_together_are_the_whole_list(
    endpoint: Endpoint, furnished: Furnished, tool: Tool, limit: int
):
    def answer(**over: Any) -> dict[str, Any]:
        given = right_arguments(tool, furnished) | over
        return endpoint.call(tool.name, given, token=furnished.clinic.owner.token.text).content

    whole = answer(limit=50)
    assert "next_cursor" not in whole
    everything = items(whole)
    assert len(everything) > 2
    collected: list[str] = []
    page = answer(limit=limit)
    while True:
        rows = items(page)
        collected.extend(rows)
        if "next_cursor" not in page:
            break
        assert len(rows) == limit
        page = answer(limit=limit, cursor=page["next_cursor"])
    assert sorted(collected) == sorted(everything)
    if tool.name != "get_labs":
        assert collected == everything
