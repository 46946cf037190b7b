"""Ranges of days as people say them, in the clinic's time zone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LONGEST_YEARS: Final = 3

_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DateRange:
    """A word, or a first and a last day (both included)."""

    word: str | None = None
    first: date | None = None
    last: date | None = None

    @classmethod
    def parse(cls, text: str) -> "DateRange":
        """Read a word or `YYYY-MM-DD/YYYY-MM-DD`; ValueError when it is neither, or too long."""
        if text in WORDS:
            return cls(word=text)
        match = _DAYS.fullmatch(text)
        if match is None:
            raise ValueError("neither a word of the list nor two dates")
        first, last = (date.fromisoformat(day) for day in match.groups())
        if last < first or last >= _years_later(first, LONGEST_YEARS):
            raise ValueError("the last day is before the first, or too far from it")
        return cls(first=first, last=last)

    def __str__(self) -> str:
        """As it was written."""
        return self.word or f"{self.first}/{self.last}"

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day, both included. Weeks begin on Monday (ISO 8601)."""
        if self.first is not None and self.last is not None:
            return self.first, self.last
        return _SPANS[self.word or "today"](today)

    def instants(self, today: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the first midnight (included) to the one after the last day (excluded)."""
        first, last = self.days(today)
        return midnight(first, zone), midnight(last + _DAY, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins at the clinic."""
    return datetime.combine(day, time.min, zone)


def _days(today: date, first: int, last: int) -> tuple[date, date]:
    return today + first * _DAY, today + last * _DAY


def _week(today: date, weeks: int) -> tuple[date, date]:
    return _days(today - today.weekday() * _DAY, 7 * weeks, 7 * weeks + 6)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    next_month = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return first, next_month - _DAY


_SPANS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: _days(today, 0, 0),
    "tomorrow": lambda today: _days(today, 1, 1),
    "yesterday": lambda today: _days(today, -1, -1),
    "this_week": lambda today: _week(today, 0),
    "next_week": lambda today: _week(today, 1),
    "last_week": lambda today: _week(today, -1),
    "this_month": _month,
    "last_month": lambda today: _month(today.replace(day=1) - _DAY),
    "last_7_days": lambda today: _days(today, -6, 0),
    "last_30_days": lambda today: _days(today, -29, 0),
    "last_90_days": lambda today: _days(today, -89, 0),
    "this_year": lambda today: (today.replace(month=1, day=1), today.replace(month=12, day=31)),
}
WORDS: Final = tuple(_SPANS)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
