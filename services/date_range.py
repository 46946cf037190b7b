"""Ranges of days as people say them, in the clinic's time zone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LONGEST_YEARS: Final = 3

_FORM = "YYYY-MM-DD/YYYY-MM-DD"
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})", re.ASCII)
_DAY = timedelta(days=1)


class NotARange(ValueError):
    """A text is no range; the message says what is wrong and what is right, never the text."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """A word, or a first and a last day (both included)."""

    word: str | None = None
    first: date | None = None
    last: date | None = None

    @classmethod
    def parse(cls, text: str) -> "DateRange":
        """Read a word or `YYYY-MM-DD/YYYY-MM-DD`; NotARange when it is neither, or too long."""
        if text in WORDS:
            return cls(word=text)
        match = _DAYS.fullmatch(text)
        if match is None:
            raise NotARange(
                f"must be one of {', '.join(WORDS)}; or two days, {_FORM}: it is neither"
            )
        first, last = (_of_calendar(day) for day in match.groups())
        if first is None or last is None:
            none = "neither is" if first is last else f"the {'last' if first else 'first'} is not"
            raise NotARange(f"must be two days of the calendar, {_FORM}: {none}")
        if last < first:
            raise NotARange(f"must be the first day and then the last, {_FORM}: it ends first")
        if _years_earlier(last) >= (first.year, first.month, first.day):
            raise NotARange(
                f"must be at most {LONGEST_YEARS} years, both days included: it is more"
            )
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
        """From the first midnight (included) to the one after the last day (excluded).

        The calendar ends with 9999: its last day ends with its last microsecond.
        """
        first, last = self.days(today)
        end = datetime.max.replace(tzinfo=zone) if last == date.max else midnight(last + _DAY, zone)
        return midnight(first, zone), end


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins at the clinic."""
    return datetime.combine(day, time.min, zone)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    _, last = _month(date(year, month + 1, 1))
    return last.replace(day=min(day.day, last.day))


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


def _of_calendar(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _years_earlier(day: date) -> tuple[int, int, int]:
    """Compared as numbers: there is no 29 February of most years, and no year before 1."""
    return day.year - LONGEST_YEARS, day.month, day.day
