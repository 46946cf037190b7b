"""Cursors: the place after the last row, for the question that gave it; none other is believed."""

import base64
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.database import opening
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.errors import InvalidInput
from services.paging import NEWEST, OLDEST, Listing, Moment
from tests.personas import Clinic

pytestmark = pytest.mark.anyio

ID = UUID("01a203d8-a578-70ec-a6f1-63ccae387230")
PLACES: list[tuple[Any, Any]] = [
    (Moment, (datetime(2026, 1, 1, 12, 30, 1, 5, UTC), ID)),
    (tuple[date, UUID], (date(2026, 1, 1), ID)),
    (tuple[float, UUID], (0.8333, ID)),
    (tuple[date, UUID, UUID], (date.max, ID, ID)),
]
WORDS = st.one_of(
    st.none(), st.booleans(), st.integers(-999, 999), st.text(max_size=9), st.uuids(), st.dates()
)
QUESTIONS = st.tuples(st.sampled_from(["labs", "vitals"]), WORDS, WORDS)


@pytest.fixture
async def session(pool: Pool, clinic: Clinic) -> AsyncGenerator[ClinicSession]:
    """The owner's, begun."""
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        await session.begin()
        yield session


def cursor_of(listing: Listing, place: Any) -> str:
    cut = listing.page([place, place], 1, lambda row: row)
    assert cut.next_cursor is not None
    return cut.next_cursor


@pytest.mark.parametrize(("kind", "place"), PLACES)
async def test_a_place_comes_back_as_it_was(session: ClinicSession, kind: Any, place: Any):
    listing = Listing(session, "labs", ID, None)
    assert listing.place(cursor_of(listing, place), kind, None) == place


async def test_any_moment_comes_back_as_it_was_to_the_same_question(session: ClinicSession):
    @settings(max_examples=40, deadline=None)
    @given(QUESTIONS, st.datetimes(timezones=st.just(UTC)), st.uuids())
    def test(question: Any, at: datetime, id_: UUID):
        cursor = cursor_of(Listing(session, *question), (at, id_))
        assert Listing(session, *question).place(cursor, Moment, NEWEST) == (at, id_)

    test()


async def test_no_other_question_takes_it(session: ClinicSession):
    @settings(max_examples=100, deadline=None)
    @given(QUESTIONS, QUESTIONS)
    def test(question: Any, other: Any):
        if str(question) == str(other):
            return
        cursor = cursor_of(Listing(session, *question), NEWEST)
        with pytest.raises(InvalidInput, match="to the same question"):
            Listing(session, *other).place(cursor, Moment, NEWEST)

    test()


async def test_no_other_person_takes_it(pool: Pool, clinic: Clinic, session: ClinicSession):
    cursor = cursor_of(Listing(session, "labs", ID), NEWEST)
    async with clinic_transaction(pool, opening.session(clinic.nurse.session_hash)) as other:
        listing = Listing(other, "labs", ID)
        listing.place(cursor, Moment, NEWEST)  # who asks is not known yet
        with pytest.raises(InvalidInput, match="to the same question"):
            await other.begin()


@pytest.mark.promise("6.lists.opaque")
async def test_a_place_that_was_changed_is_refused(session: ClinicSession):
    listing = Listing(session, "labs", ID)
    raw = base64.urlsafe_b64decode(cursor_of(listing, NEWEST) + "==")

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(raw) - 1), st.integers(1, 255))
    def test(at: int, change: int):
        changed = raw[:at] + bytes([raw[at] ^ change]) + raw[at + 1 :]
        with pytest.raises(InvalidInput):
            listing.place(base64.urlsafe_b64encode(changed).decode(), Moment, NEWEST)

    test()


async def test_a_cursor_goes_into_a_url_as_it_is(session: ClinicSession):
    cursor = cursor_of(Listing(session, "labs"), (datetime(2026, 1, 1, tzinfo=UTC), ID))
    assert set(cursor) <= set(base64.urlsafe_b64encode(bytes(range(256))).decode()) - {"="}
    assert len(cursor) < 300


async def test_the_first_page_begins_at_the_start(session: ClinicSession):
    assert Listing(session, "labs").place(None, Moment, NEWEST) == NEWEST


def test_nothing_lies_beyond_either_end():
    later = (datetime.max.replace(tzinfo=UTC) - timedelta(microseconds=1), ID)
    assert OLDEST < later < NEWEST


MADE_UP = base64.urlsafe_b64encode(f'["2000-01-01T00:00:00Z","{ID}"]'.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "bnVsbA",
        "e30",
        "W10",
        "WyIyMDI2Il0",
        "\u00e9",
        "=",
        "%",
        MADE_UP,
        "A" * 12 + MADE_UP,
    ],
)
@pytest.mark.parametrize("kind", [kind for kind, _ in PLACES])
async def test_another_text_is_refused_without_being_repeated(
    session: ClinicSession, kind: Any, cursor: str
):
    with pytest.raises(InvalidInput) as refused:
        Listing(session, "labs").place(cursor, kind, None)
    assert str(refused.value) == (
        "cursor: must be the next_cursor that this list gave to the same question, with the other "
        "arguments as they were (limit may differ); leave it out to begin the list again"
    )


async def test_any_text_is_refused(session: ClinicSession):
    @settings(max_examples=40, deadline=None)
    @given(st.text(max_size=60))
    def test(text: str):
        with pytest.raises(InvalidInput):
            Listing(session, "labs").place(text, Moment, NEWEST)

    test()


@pytest.mark.parametrize(
    ("rows", "limit", "shown", "more"),
    [
        ([], 2, [], False),
        ([1], 2, [1], False),
        ([1, 2], 2, [1, 2], False),
        ([1, 2, 3], 2, [1, 2], True),
    ],
)
async def test_a_row_too_many_says_that_there_is_more(
    session: ClinicSession, rows: list[int], limit: int, shown: list[int], *, more: bool
):
    cut = Listing(session, "labs").page(rows, limit, lambda row: row)
    assert (list(cut.rows), cut.more) == (shown, more)
    assert (cut.next_cursor is not None) is more
