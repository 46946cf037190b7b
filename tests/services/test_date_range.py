"""Ranges of days: words around the ends of days, weeks, months and years, and what is no range."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.date_range import WORDS, DateRange, NotARange, midnight

NEW_YORK = ZoneInfo("America/New_York")


def days(word: str, today: str) -> str:
    first, last = DateRange.parse(word).days(date.fromisoformat(today))
    return f"{first}/{last}"


@pytest.mark.promise("6.date-range.words")
@pytest.mark.parametrize(
    ("word", "today", "expected"),
    [
        ("today", "2024-02-29", "2024-02-29/2024-02-29"),
        ("tomorrow", "2024-02-28", "2024-02-29/2024-02-29"),
        ("tomorrow", "2025-02-28", "2025-03-01/2025-03-01"),
        ("tomorrow", "2025-12-31", "2026-01-01/2026-01-01"),
        ("yesterday", "2024-03-01", "2024-02-29/2024-02-29"),
        ("yesterday", "2026-01-01", "2025-12-31/2025-12-31"),
        ("this_week", "2026-06-29", "2026-06-29/2026-07-05"),
        ("this_week", "2026-07-05", "2026-06-29/2026-07-05"),
        ("this_week", "2026-01-01", "2025-12-29/2026-01-04"),
        ("next_week", "2026-07-05", "2026-07-06/2026-07-12"),
        ("last_week", "2026-06-29", "2026-06-22/2026-06-28"),
        ("this_month", "2024-02-29", "2024-02-01/2024-02-29"),
        ("this_month", "2025-02-01", "2025-02-01/2025-02-28"),
        ("this_month", "2025-12-31", "2025-12-01/2025-12-31"),
        ("this_month", "2025-04-30", "2025-04-01/2025-04-30"),
        ("last_month", "2024-03-31", "2024-02-01/2024-02-29"),
        ("last_month", "2026-01-31", "2025-12-01/2025-12-31"),
        ("last_7_days", "2026-01-03", "2025-12-28/2026-01-03"),
        ("last_30_days", "2024-03-01", "2024-02-01/2024-03-01"),
        ("last_90_days", "2026-03-31", "2026-01-01/2026-03-31"),
        ("this_year", "2024-02-29", "2024-01-01/2024-12-31"),
        ("2024-02-29/2024-02-29", "2026-01-01", "2024-02-29/2024-02-29"),
    ],
)
def test_a_word_means_these_days(word: str, today: str, expected: str):
    assert days(word, today) == expected


@pytest.mark.promise("6.date-range.words")
@settings(max_examples=40)
@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_words_agree_with_each_other_on_any_day(today: date):
    of = {word: DateRange.parse(word).days(today) for word in WORDS}
    day = timedelta(days=1)
    for weeks in ("this_week", "next_week", "last_week"):
        first, last = of[weeks]
        assert (first.isoweekday(), last - first) == (1, 6 * day)
    assert of["last_week"][1] + day == of["this_week"][0]
    assert of["this_week"][1] + day == of["next_week"][0]
    assert of["last_month"][1] + day == of["this_month"][0]
    assert of["last_month"][0].day == of["this_month"][0].day == 1
    for word, length in (("last_7_days", 7), ("last_30_days", 30), ("last_90_days", 90)):
        assert of[word] == (today - (length - 1) * day, today)
    for word in ("today", "this_week", "this_month", "this_year", "last_7_days"):
        assert of[word][0] <= today <= of[word][1]


@pytest.mark.promise("6.date-range.clinic-days")
@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2027-03-14/2027-03-14", 23),
        ("2027-11-07/2027-11-07", 25),
        ("2027-03-13/2027-03-13", 24),
        ("2027-03-01/2027-03-31", 31 * 24 - 1),
    ],
)
def test_a_range_is_as_long_as_its_days_are(text: str, hours: int):
    begin, end = DateRange.parse(text).instants(date(2027, 1, 1), NEW_YORK)
    assert end.astimezone(UTC) - begin.astimezone(UTC) == timedelta(hours=hours)
    assert (begin.hour, end.hour) == (0, 0)


def test_a_day_begins_at_the_clinic_s_midnight():
    assert midnight(date(2027, 1, 1), NEW_YORK) == datetime(2027, 1, 1, 5, tzinfo=UTC)
    assert midnight(date(2027, 7, 1), NEW_YORK) == datetime(2027, 7, 1, 4, tzinfo=UTC)


def test_a_day_without_a_midnight_begins_all_the_same():
    # At midnight of 2018-11-04 clocks in São Paulo went forward to one o'clock.
    begins = midnight(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))
    assert begins.astimezone(UTC) == datetime(2018, 11, 4, 3, tzinfo=UTC)


@pytest.mark.promise("6.date-range.two-days")
@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01/2026-01-01",
        "2024-01-01/2026-12-31",
        "2024-02-29/2027-02-28",
        "2023-03-01/2026-02-28",
        "0001-01-01/0001-01-01",
        "9996-12-31/9999-12-30",
        "9997-01-01/9999-12-31",
        "9999-12-31/9999-12-31",
    ],
)
def test_two_days_are_a_range_of_at_most_three_years(text: str):
    assert str(DateRange.parse(text)) == text


UNKNOWN = "must be one of today, tomorrow, "
NO_DAYS = "must be two days of the calendar, YYYY-MM-DD/YYYY-MM-DD: "
REFUSED = {
    "": UNKNOWN,
    "Today": UNKNOWN,
    "today ": UNKNOWN,
    " today": UNKNOWN,
    "next_month": UNKNOWN,
    "2026-01-01": UNKNOWN,
    "2026-01-01/": UNKNOWN,
    "2026-1-1/2026-1-2": UNKNOWN,
    "20260101/20260102": UNKNOWN,
    "2026-01-01 / 2026-01-02": UNKNOWN,
    "2026-01-01/2026-01-02\n": UNKNOWN,
    "2026-W01-1/2026-W01-2": UNKNOWN,
    "202\u0666-01-01/2026-01-02": UNKNOWN,
    "2025-02-29/2025-03-01": f"{NO_DAYS}the first is not",
    "0000-01-01/0001-01-02": f"{NO_DAYS}the first is not",
    "2026-01-01/2026-01-32": f"{NO_DAYS}the last is not",
    "2026-13-01/2026-14-01": f"{NO_DAYS}neither is",
    "2026-01-02/2026-01-01": "must be the first day and then the last, ",
    "2024-01-01/2027-01-01": "must be at most 3 years, both days included: it is more",
    "2024-02-29/2027-03-01": "must be at most 3 years, both days included: it is more",
    "0001-01-01/9999-12-31": "must be at most 3 years, both days included: it is more",
}


@pytest.mark.promise("6.date-range.two-days")
@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_range_is_told_what_is_wrong_with_it(text: str):
    with pytest.raises(NotARange) as refused:
        DateRange.parse(text)
    said = str(refused.value)
    assert said.startswith(REFUSED[text])
    assert text.strip() in ("", *WORDS) or text not in said


def test_who_says_no_known_word_is_told_the_words():
    with pytest.raises(NotARange) as refused:
        DateRange.parse("next_month")
    said = str(refused.value)
    assert all(word in said for word in WORDS)
    assert said.endswith("; or two days, YYYY-MM-DD/YYYY-MM-DD: it is neither")


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Kiritimati"])
def test_the_calendar_may_be_used_up_to_its_last_day(zone: str):
    of_two_days = DateRange.parse("9999-12-30/9999-12-31")
    begin, end = of_two_days.instants(date(2026, 1, 1), ZoneInfo(zone))
    assert (begin.isoformat()[:19], end.isoformat()[:26]) == (
        "9999-12-30T00:00:00",
        "9999-12-31T23:59:59.999999",
    )


@settings(max_examples=40)
@given(st.text(max_size=30))
def test_no_text_does_worse_than_be_refused(text: str):
    try:
        DateRange.parse(text).instants(date(2026, 1, 1), NEW_YORK)
    except ValueError:
        return
    assert text in WORDS or len(text) == 21
