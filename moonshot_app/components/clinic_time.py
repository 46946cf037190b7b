"""Times as people at the clinic say them, in the clinic's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.principal import Principal

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ClinicTime:
    """Says times for one page, as of the moment at which it was asked for."""

    principal: Principal

    def day(self, moment: datetime) -> str:
        """Nov 20; with the year unless it is this one."""
        return self.date(moment.astimezone(self.principal.zone).date())

    def date(self, day: date) -> str:
        """As `day`, of a date."""
        year = "" if day.year == self.principal.today.year else f", {day.year}"
        return f"{day:%b} {day.day}{year}"

    def clock(self, moment: datetime, *, seconds: bool = False) -> str:
        """9:58 am, or 9:58:40 am."""
        local = moment.astimezone(self.principal.zone)
        shown = f"{local:%I:%M:%S}" if seconds else f"{local:%I:%M}"
        return f"{shown.lstrip('0')} {local:%p}".lower()

    def minute(self, moment: datetime) -> str:
        """Nov 20, 9:58 am."""
        return f"{self.day(moment)}, {self.clock(moment)}"

    def second(self, moment: datetime) -> str:
        """9:58:40 am of today, else Nov 20, 9:58:40 am."""
        clock = self.clock(moment, seconds=True)
        local = moment.astimezone(self.principal.zone)
        return clock if local.date() == self.principal.today else f"{self.day(moment)}, {clock}"

    def about(self, moment: datetime | None) -> str:
        """When a credential was last used: kept to the hour."""
        if moment is None:
            return "Never"
        ago = self.principal.now - moment
        if ago < _HOUR:
            return "In this hour"
        days = (self.principal.today - moment.astimezone(self.principal.zone).date()).days
        return {0: "Today", 1: "Yesterday"}.get(days) or self.day(moment)

    def until(self, moment: datetime) -> str:
        """In 90 days, tomorrow, today at 4:10 pm."""
        days = (moment.astimezone(self.principal.zone).date() - self.principal.today).days
        if days <= 0:
            return f"today at {self.clock(moment)}"
        return "tomorrow" if days == 1 else f"in {days} days"
