"""A clinic whose thyroid panel is due for who takes a certain drug."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from models.base import ClinicRow
from models.patient import Patient
from tests import factories
from tests.mcp_server import rows
from tests.mcp_server.rows import utc
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]

TODAY = date(2026, 6, 30)
LATE_EVENING = "2026-06-30T23:30:00-04:00"
"""Half an hour before the clinic's midnight."""


def days(number: int) -> timedelta:
    return timedelta(days=number)


class House:
    """A clinic with a thyroid panel (TSH required) and a drug that needs it: 56 days, then 180."""

    def __init__(self, clinic: Clinic, write: Write, ask: Ask) -> None:
        self.clinic, self.write, self._ask = clinic, write, ask
        self.panel = rows.panel(
            clinic.tenant_id, "thyroid", ("3016-3", "11580-8"), optional="3024-7"
        )
        write(*self.panel, self.interval("replacement", ["10582"], first=56, then=180))

    def interval(
        self, key: str, codes: list[str], *, first: int, then: int, **over: Any
    ) -> ClinicRow:
        days = {"first_due_days": first, "interval_days": then}
        return rows.interval(self.panel[0], key, codes, **days, **over)

    def patient(self, name: str = "John Smith", **over: Any) -> Patient:
        patient = rows.patient(self.clinic.tenant_id, name, **over)
        self.write(patient)
        return patient

    def takes(self, who: Patient, since: date, **over: Any) -> None:
        given = {"ingredient_rxnorm": "10582", "started_on": since}
        self.write(rows.medication(who, "levothyroxine", **(given | over)))

    def drawn(self, who: Patient, on: date, loinc: str = "3016-3") -> None:
        at = utc(f"{on}T13:00")
        self.write(factories.lab_result(who, loinc=loinc, collected_at=at))

    def due(self, **asked: Any) -> list[dict[str, Any]]:
        page = self._ask(self.clinic, "find_labs_due", **asked)
        return page["due"]
