"""Cursors: the place after the last row, given back as it was, and nothing else believed."""

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.paging import NEWEST, OLDEST, Moment, from_cursor, page

ID = UUID("01a203d8-a578-70ec-a6f1-63ccae387230")
PLACES: list[tuple[Any, Any]] = [
    (Moment, (datetime(2026, 1, 1, 12, 30, 1, 5, UTC), ID)),
    (tuple[date, UUID], (date(2026, 1, 1), ID)),
    (tuple[float, UUID], (0.8333, ID)),
    (tuple[date, UUID, UUID], (date.max, ID, ID)),
]


def cursor_of(place: Any) -> str:
    cut = page([place, place], 1, lambda row: row)
    assert cut.next_cursor is not None
    return cut.next_cursor


@pytest.mark.parametrize(("kind", "place"), PLACES)
def test_a_place_comes_back_as_it_was(kind: Any, place: Any):
    assert from_cursor(cursor_of(place), kind, None) == place


@settings(max_examples=40)
@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_any_moment_comes_back_as_it_was(at: datetime, id_: UUID):
    assert from_cursor(cursor_of((at, id_)), Moment, NEWEST) == (at, id_)


def test_a_cursor_goes_into_a_url_as_it_is():
    cursor = cursor_of((datetime(2026, 1, 1, tzinfo=UTC), ID))
    assert set(cursor) <= set(base64.urlsafe_b64encode(bytes(range(256))).decode()) - {"="}
    assert len(cursor) < 300


def test_the_first_page_begins_at_the_start():
    assert from_cursor(None, Moment, NEWEST) == NEWEST


def test_nothing_lies_beyond_either_end():
    later = (datetime.max.replace(tzinfo=UTC) - timedelta(microseconds=1), ID)
    assert OLDEST < later < NEWEST


@pytest.mark.parametrize(
    "cursor", ["", "x", "bnVsbA", "e30", "W10", "WyIyMDI2Il0", "\u00e9", "=", "%"]
)
@pytest.mark.parametrize("kind", [kind for kind, _ in PLACES])
def test_another_text_is_refused_without_being_repeated(kind: Any, cursor: str):
    with pytest.raises(InvalidInput) as refused:
        from_cursor(cursor, kind, None)
    assert str(refused.value) == (
        "cursor: must be a next_cursor as an earlier answer of this tool gave it"
    )


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_no_text_does_worse_than_be_refused(text: str):
    try:
        from_cursor(text, Moment, NEWEST)
    except InvalidInput:
        return


@pytest.mark.parametrize(
    ("rows", "limit", "shown", "more"),
    [
        ([], 2, [], False),
        ([1], 2, [1], False),
        ([1, 2], 2, [1, 2], False),
        ([1, 2, 3], 2, [1, 2], True),
    ],
)
def test_a_row_too_many_says_that_there_is_more(
    rows: list[int], limit: int, shown: list[int], *, more: bool
):
    cut = page(rows, limit, lambda row: row)
    assert (list(cut.rows), cut.more) == (shown, more)
    assert (cut.next_cursor is not None) is more
