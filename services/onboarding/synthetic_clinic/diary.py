"""The clinic's diary: finds an open day and a free slot, and never books anybody twice."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from services.onboarding.synthetic_clinic.opening_hours import ON_CLOSED_DAY, QUARTER, hours
from services.onboarding.synthetic_clinic.record import Record


class Slot(NamedTuple):
    """A day, and minutes after its local midnight."""

    day: date
    minute: int


class Diary:
    """What is taken: the staff's time, and the patients' days (one visit a day each)."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._taken: defaultdict[tuple[UUID, date], list[tuple[int, int]]] = defaultdict(list)
        self._patients: set[tuple[str, date]] = set()

    def book(
        self,
        staff_id: UUID,
        patient: str,
        minutes: int,
        days: tuple[date, date, date],
        *,
        on_closed_day: bool = False,
        from_minute: int | None = None,
    ) -> Slot:
        """Take a free slot on the day nearest to days[1] within days[0]..days[2].

        With `from_minute` it is the first free one after it, else the last one before it; without,
        any. `on_closed_day` allows that too. Raises LookupError where all is taken.
        """
        for day in _nearest(*days):
            opening = hours(day) or (ON_CLOSED_DAY if on_closed_day else None)
            if opening is None or (patient, day) in self._patients:
                continue
            free = [
                minute
                for minute in range(opening[0], opening[1] - minutes + 1, QUARTER)
                if self._is_free(staff_id, day, minute, minute + minutes)
            ]
            if free:
                minute = self._choose(free, from_minute)
                self._taken[staff_id, day].append((minute, minute + minutes))
                self._patients.add((patient, day))
                return Slot(day, minute)
        raise LookupError(f"No free slot from {days[0]} to {days[2]}.")

    def _is_free(self, staff_id: UUID, day: date, begin: int, end: int) -> bool:
        return all(end <= b or e <= begin for b, e in self._taken[staff_id, day])

    def _choose(self, free: list[int], from_minute: int | None) -> int:
        if from_minute is None:
            return self._record.chance.choice(free)
        return next((minute for minute in free if minute >= from_minute), free[-1])


def _nearest(earliest: date, wanted: date, latest: date) -> Iterator[date]:
    for distance in range(max((latest - wanted).days, (wanted - earliest).days) + 1):
        away = timedelta(days=distance)
        for day in dict.fromkeys((wanted + away, wanted - away)):
            if earliest <= day <= latest:
                yield day
