"""The clinic's rows as they come into being, with one source of chance, of ids and of time."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import configure_mappers
from sqlalchemy.orm.attributes import manager_of_class

from models.base import ClinicRow

Row = TypeVar("Row", bound=ClinicRow)


class Record:
    """Everything written so far. Times that rows carry are UTC; days are the clinic's own."""

    def __init__(self, *, seed: int, tenant_id: UUID, now: datetime, time_zone: ZoneInfo) -> None:
        configure_mappers()
        self.tenant_id = tenant_id
        self.now = now
        self.time_zone = time_zone
        self.today = now.astimezone(time_zone).date()
        self.rows: list[ClinicRow] = []
        self._columns: dict[str, tuple[set[str], dict[str, Any]]] = {}
        self.chance = Random(seed)  # noqa: S311 -- repeatable on purpose; nothing secret
        self._id_bits = Random(f"{seed} {tenant_id}")  # noqa: S311 -- as above

    def add(self, table: type[Row], at: datetime, **values: Any) -> Row:
        """Write a row whose id carries the time `at`. Raises TypeError for a wrong column."""
        values |= {"tenant_id": self.tenant_id, "id": self.new_id(at)}
        if table.__name__ not in self._columns:
            self._columns[table.__name__] = _columns(table)
        required, defaults = self._columns[table.__name__]
        if not required <= values.keys() or not values.keys() <= defaults.keys() | required:
            raise TypeError(f"{table.__name__} does not have just these columns: {sorted(values)}")
        # filled as the ORM fills one it has loaded: the constructor takes ten times as long
        row = manager_of_class(table).new_instance()
        vars(row).update(defaults | values)
        self.rows.append(row)
        return row

    def new_id(self, at: datetime) -> UUID:
        """A UUID version 7 (RFC 9562) of that time."""
        milliseconds = int(at.timestamp() * 1000)
        high, low = self._id_bits.getrandbits(12), self._id_bits.getrandbits(62)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)

    def at(self, day: date, minute: int) -> datetime:
        """The moment so many minutes after local midnight by the clock on the wall."""
        hour, minute = divmod(minute, 60)
        wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.time_zone)
        return wall.astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        """The clinic's day of a moment."""
        return at.astimezone(self.time_zone).date()

    def before_now(self, *, hours: float) -> datetime:
        """So many hours ago."""
        return self.now - timedelta(hours=hours)

    def minutes(self, least: int, most: int) -> timedelta:
        """A stretch of time by chance."""
        return timedelta(minutes=self.chance.randint(least, most))

    def days_ago(self, days: int) -> date:
        """So many days before today."""
        return self.today - timedelta(days=days)


def _columns(table: type[ClinicRow]) -> tuple[set[str], dict[str, Any]]:
    """What must be given, and what is there when the rest is not given."""
    fields = table.model_fields
    required = {name for name, field in fields.items() if field.is_required()}
    return required, {name: field.default for name, field in fields.items() if name not in required}
