"""Filters of the log, to an address and back."""

from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from models.permission import Role
from models.vocabulary import CallStatus, Tier
from moonshot_app import call_filters
from services.errors import InvalidInput
from services.principal import Principal

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""Still November 21 in New York."""


@pytest.fixture
def principal() -> Principal:
    zone = ZoneInfo("America/New_York")
    return Principal(uuid4(), uuid4(), uuid4(), (Role.OWNER,), Tier.SANDBOX, zone, NOW)


def test_today_is_the_clinics_day(principal: Principal):
    filters = call_filters.read({"when": "today"}, principal)
    assert filters.since == datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
    assert filters.until == datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def test_what_is_not_said_is_not_filtered(principal: Principal):
    filters = call_filters.read({"status": "", "tool": ""}, principal)
    assert filters.asked().keys() == {"since", "until"}


def test_each_filter_is_read(principal: Principal):
    person, credential = uuid4(), uuid4()
    query = {"person": str(person), "credential": str(credential), "client": "claude-code"}
    filters = call_filters.read(query | {"tool": "get_labs", "status": "error"}, principal)
    assert (filters.user_id, filters.credential_id) == (person, credential)
    assert (filters.client_name, filters.tool_name) == ("claude-code", "get_labs")
    assert filters.status is CallStatus.ERROR


@pytest.mark.parametrize(
    "query",
    [
        {"when": "whenever"},
        {"when": "2026-02-30/2026-03-01"},
        {"person": "Dana"},
        {"credential": "1"},
        {"status": "fine"},
    ],
)
def test_an_address_that_was_made_up_is_refused(principal: Principal, query: dict[str, str]):
    with pytest.raises(InvalidInput):
        call_filters.read(query, principal)


def test_an_address_keeps_what_was_chosen_and_leaves_out_what_is_empty():
    chosen = {"when": "today", "status": "error", "tool": ""}
    assert call_filters.address("/log/", chosen, status="") == "/log/?when=today"
    assert call_filters.address("/log/", {}, client="a&b") == "/log/?client=a%26b"
