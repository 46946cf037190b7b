"""When the synthetic clinic is open, in its own local time."""

from datetime import date, timedelta

QUARTER = 15
"""Visits begin on the quarter of an hour."""

_WEEKDAY = (8 * 60, 18 * 60)
_SATURDAY_HOURS = (9 * 60, 13 * 60)
ON_CLOSED_DAY = _WEEKDAY
"""Who is seen although the clinic is closed is not seen at night."""

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


def hours(day: date) -> tuple[int, int] | None:
    """Opening and closing as minutes after midnight; None where closed."""
    if day.weekday() == _SUNDAY or is_holiday(day):
        return None
    return _SATURDAY_HOURS if day.weekday() == _SATURDAY else _WEEKDAY


def is_holiday(day: date) -> bool:
    """Whether it is one of the six US holidays on which nearly everything is closed."""
    memorial_day = _nth(day.year, 6, 1, _MONDAY) - timedelta(weeks=1)
    return day in (
        date(day.year, 1, 1),
        memorial_day,
        date(day.year, 7, 4),
        _nth(day.year, 9, 1, _MONDAY),
        _nth(day.year, 11, 4, _THURSDAY),
        date(day.year, 12, 25),
    )


def _nth(year: int, month: int, nth: int, weekday: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=nth - 1)
