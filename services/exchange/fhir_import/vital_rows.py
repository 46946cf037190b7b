"""Rows of vitals: observations that were taken together fill one row, each its own columns."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.vital import Vital
from services.database.session import ClinicSession
from services.database.statement import statement
from services.exchange.fhir_import.mapping import Mapped
from services.exchange.fhir_import.report import Note, Outcome
from services.exchange.fhir_import.resources.vital_sign import COLUMNS

_MEASURED = tuple(dict.fromkeys(column for column, _ in COLUMNS.values()))
_THERE = statement(f"SELECT id, {', '.join(_MEASURED)} FROM vitals WHERE id = ANY(:ids)")  # noqa: S608 -- names of the models

Values = dict[str, Decimal]


class VitalRows:
    """Of one file. What is not in the file stays as it is: it may have come with another one."""

    def __init__(self, session: ClinicSession) -> None:
        self._session = session
        self._filled = defaultdict[UUID, int](int)
        """By row, a bit for each column that this file has filled."""

    async def put(self, mapped: Sequence[Mapped]) -> list[Outcome]:
        """Merge observations into their rows and write those; give what that did for each one."""
        parts = [self._part(one) for one in mapped]
        rows = await self._session.rows(_THERE, ids=list({row.id for row, _ in parts}))
        there = {row[0]: _values(dict(zip(_MEASURED, row[1:], strict=True))) for row in rows}
        merged: dict[UUID, Vital] = {}
        for row, given in parts:
            into = merged.setdefault(row.id, row)
            before = there.get(row.id, {}) if into is row else {}
            for column, value in (before | given).items():
                setattr(into, column, value)
        upserted = await self._session.upsert(list(merged.values()))
        return [
            _outcome(given, there.get(row.id, {})) if row.id in upserted.written else Outcome.SAME
            for row, given in parts
        ]

    def _part(self, one: Mapped) -> tuple[Vital, Values]:
        """The shared row, and what is given of it; a second value has a row of its own."""
        row = one.row
        if not isinstance(row, Vital):
            raise TypeError("Only vital signs share rows")
        given = _values(row.__dict__)
        bits = sum(1 << _MEASURED.index(column) for column in given)
        if self._filled[row.id] & bits:
            row.id, row.source_id = one.context.id, one.context.source_id
            one.context.notes.append(Note.SAME_TIME)
        self._filled[row.id] |= bits
        return row, given


def _values(fields: Mapping[str, Any]) -> Values:
    return {c: value for c in _MEASURED if (value := fields.get(c)) is not None}


def _outcome(given: Values, before: Values) -> Outcome:
    if not given.keys() & before.keys():
        return Outcome.NEW
    same = all(column in before and str(before[column]) == str(v) for column, v in given.items())
    return Outcome.SAME if same else Outcome.CHANGED
