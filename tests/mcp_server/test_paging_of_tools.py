"""Every list goes on where its page ended: nothing lost, nothing twice."""

import base64
import json
from typing import Any

import pytest

from mcp_server import catalog
from mcp_server.tool import Tool
from tests.mcp_server.endpoint import Endpoint, without_nonces
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
    """The rows of a page, each with what stands around it; told apart by what they hold.

    Rates by this or that are of the whole list, and the same on each page.
    """
    lists = {name: value for name, value in content.items() if isinstance(value, list)}
    (listed,) = [value for name, value in lists.items() if not name.startswith("by_")]
    found: list[str] = []
    for item in listed:
        inner = item.pop("results", [None])
        found.extend(json.dumps([item, one], sort_keys=True) for one in inner)
    return [without_nonces(row) for row in found]


REFUSED = "cursor: must be the next_cursor that this list gave to the same question"

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
def test_a_place_that_was_made_up_is_refused_and_no_empty_list(
    endpoint: Endpoint, furnished: Furnished, tool: Tool
):
    for place in PLACES:
        given = right_arguments(tool, furnished) | {"cursor": forged(place)}
        answer = endpoint.call(tool.name, given, token=furnished.clinic.owner.token.text)
        assert answer.refusal.startswith(REFUSED), place


OTHERWISE: list[tuple[str, dict[str, Any]]] = [
    ("get_labs", {"panel": "{panel}"}),
    ("get_labs", {"patient_id": "{other}"}),
    ("get_vitals", {"patient_id": "{other}"}),
    ("get_allergies", {"patient_id": "{other}"}),
    ("get_chart_notes", {"patient_id": "{other}"}),
    ("get_chart_notes", {"since": "2020-01-01"}),
    ("get_intake_forms", {"patient_id": "{other}"}),
    ("get_problem_list", {"patient_id": "{other}"}),
    ("get_medications", {"patient_id": "{other}"}),
    ("get_medications", {"active_only": False}),
    ("get_appointments", {"date_range": "this_month"}),
    ("get_appointments", {"provider_id": "{provider}"}),
    ("search_patients", {"query": "family"}),
    ("find_abnormal_labs_across_panel", {"panel": "testosterone"}),
    ("find_abnormal_labs_across_panel", {"since": "2020-01-01"}),
    ("find_lab_trend_outliers", {"marker": "3016-3"}),
    ("find_lab_trend_outliers", {"direction": "down"}),
    ("find_lab_trend_outliers", {"months": 13}),
    ("find_labs_due", {"panel": "{panel}"}),
    ("find_labs_due", {"within_days": 31}),
    ("find_follow_ups_due", {"within_days": 31}),
    ("get_no_shows_and_cancellations", {"date_range": "last_90_days"}),
    ("find_refills_due", {"within_days": 31}),
    ("get_inbox", {"filter": "all"}),
    ("get_draft_status", {"draft_id": "{other}"}),
]
"""What selects other rows than the required arguments alone."""


def test_every_argument_that_selects_rows_is_tried():
    tried = {(tool, name) for tool, over in OTHERWISE for name in over}
    takes = {(t.name, p.name) for t in catalog.load().values() for p in t.parameters}
    lists = {tool for tool, name in takes if name == "cursor"}
    rest = {(tool, name) for tool in lists for name in ("cursor", "limit")}
    assert {(tool, name) for tool, name in takes if tool in lists} - tried == rest


@pytest.mark.promise("6.lists.opaque")
@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize(("name", "over"), OTHERWISE)
def test_a_cursor_of_one_question_is_refused_by_another(
    endpoint: Endpoint, furnished: Furnished, name: str, over: dict[str, Any]
):
    token = furnished.clinic.owner.token.text
    known = {
        "{panel}": furnished.panel,
        "{other}": str(furnished.patients[1].id),
        "{provider}": str(furnished.clinic.provider.user_id),
    }
    over = {argument: known.get(str(value), value) for argument, value in over.items()}
    given = right_arguments(catalog.load()[name], furnished) | {"limit": 1}
    cursor = endpoint.call(name, given, token=token).content["next_cursor"]
    assert endpoint.call(name, {**given, "limit": 2, "cursor": cursor}, token=token).content
    answer = endpoint.call(name, {**given, **over, "cursor": cursor}, token=token)
    assert answer.refusal.startswith(REFUSED)


@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize("tool", LISTS)
def test_a_cursor_of_one_list_or_person_is_refused_by_another(
    endpoint: Endpoint, furnished: Furnished, tool: Tool
):
    owner, provider = furnished.clinic.owner.token.text, furnished.clinic.provider.token.text
    given = right_arguments(tool, furnished) | {"limit": 1}
    cursor = endpoint.call(tool.name, given, token=owner).content["next_cursor"]
    answer = endpoint.call(tool.name, {**given, "cursor": cursor}, token=provider)
    assert answer.refusal.startswith(REFUSED)
    for other in catalog.load().values():
        if other is not tool and "cursor" in {p.name for p in other.parameters}:
            asked = right_arguments(other, furnished) | {"cursor": cursor}
            assert endpoint.call(other.name, asked, token=owner).refusal.startswith(REFUSED)


@pytest.mark.promise("6.lists.cursor")
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
