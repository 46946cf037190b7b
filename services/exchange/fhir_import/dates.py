"""FHIR's date, dateTime and instant: a year, a month, a day, or a moment with its time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FORM = re.compile(
    r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2])(-(?P<day>\d\d)"
    r"(T(?P<time>([01]\d|2[0-3]):[0-5]\d:)(?P<second>[0-5]\d|60)(\.(?P<fraction>\d+))?"
    r"(?P<zone>Z|[+-](0\d|1[0-4]):[0-5]\d))?)?)?",
    re.ASCII,
)
_LEAP_SECOND = "60"


class When:
    """As exact as it was written. No dataclass, or JSON objects would be taken for it."""

    __slots__ = ("day", "moment")

    def __init__(self, day: date | None, moment: datetime | None) -> None:
        self.day = day
        """None for a year or a month alone."""
        self.moment = moment
        """UTC; None where no time of day was given."""

    def on(self, zone: ZoneInfo) -> date | None:
        """The date at the clinic; a date without a time is that date anywhere."""
        if self.moment is None:
            return self.day
        try:
            return self.moment.astimezone(zone).date()
        except OverflowError:
            return self.moment.date()

    def at(self, zone: ZoneInfo) -> datetime | None:
        """The moment; of a date without a time, the first of that day at the clinic."""
        if self.moment is not None or self.day is None:
            return self.moment
        try:
            return datetime.combine(self.day, time(), zone).astimezone(UTC)
        except OverflowError:
            return datetime.combine(self.day, time(), UTC)


def parse_when(text: str) -> When:
    """Read it; ValueError, without the text, if it is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError("Expected a FHIR date, or a dateTime with a time zone")
    if match["day"] is None:
        return When(None, None)
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        return When(day, _moment(day, match) if match["time"] else None)
    except (ValueError, OverflowError):
        raise ValueError("Expected a date of the calendar") from None


def _moment(day: date, match: re.Match[str]) -> datetime:
    leap = match["second"] == _LEAP_SECOND
    second = "59" if leap else match["second"]
    micros = (match["fraction"] or "")[:6].ljust(6, "0")
    zone = "+00:00" if match["zone"] == "Z" else match["zone"]
    moment = datetime.fromisoformat(f"{day}T{match['time']}{second}.{micros}{zone}")
    return moment.astimezone(UTC) + timedelta(seconds=leap)
