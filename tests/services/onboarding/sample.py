"""A synthetic clinic to look at: its rows by table, and what it was made from."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from models.base import ChartRow, ClinicRow
from models.patient import Coverage, Patient
from services.onboarding.synthetic_clinic import STAFF, generate
from services.onboarding.synthetic_clinic.formulary import PRODUCTS

Row = TypeVar("Row", bound=ClinicRow)

TENANT_ID = UUID("01890000-0000-7000-8000-000000000001")
OWNER_ID = UUID("01890000-0000-7000-8000-0000000000ff")
STAFF_IDS = {person.key: UUID(int=OWNER_ID.int + number) for number, person in enumerate(STAFF, 1)}
PROVIDERS = (OWNER_ID, STAFF_IDS["provider"])
CLINICIANS = (*PROVIDERS, STAFF_IDS["nurse"])
"""Who sees patients."""

BY_RXNORM = {product.rxnorm: product for product in PRODUCTS.values()}
"""The formulary by the product's RxNorm code."""

_NO_EVENTS = {"follow_up_due_on", "expires_on", "next_charge_on", "due_on"}


@dataclass(eq=False, repr=False)
class Sample:
    """A generated clinic."""

    rows: Sequence[ClinicRow]
    now: datetime
    time_zone: ZoneInfo
    _by_table: dict[type[ClinicRow], list[ClinicRow]] = field(init=False)
    _by_id: dict[type[ClinicRow], dict[UUID, ClinicRow]] = field(init=False)
    _by_patient: dict[tuple[type[ClinicRow], UUID], list[ClinicRow]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_table, self._by_id = defaultdict(list), defaultdict(dict)
        self._by_patient = defaultdict(list)
        for row in self.rows:
            self._by_table[type(row)].append(row)
            self._by_id[type(row)][row.id] = row
            if isinstance(row, ChartRow):
                self._by_patient[type(row), row.patient_id].append(row)

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def of(self, table: type[Row]) -> list[Row]:
        """All rows of a table."""
        return cast("list[Row]", self._by_table[table])

    def by_id(self, table: type[Row]) -> dict[UUID, Row]:
        """Rows of a table by id."""
        return cast("dict[UUID, Row]", self._by_id[table])

    def of_patient(self, table: type[Row], patient_id: UUID) -> list[Row]:
        """A patient's rows of a table."""
        return cast("list[Row]", self._by_patient.get((table, patient_id), []))

    def where(self, table: type[Row], **columns: Any) -> list[Row]:
        """Rows of a table with these values."""
        return [
            row
            for row in self.of(table)
            if all(getattr(row, name) == value for name, value in columns.items())
        ]

    def patient(self, row: Any) -> Patient:
        """Whose row it is."""
        return self.by_id(Patient)[row.patient_id]

    @cached_property
    def events(self) -> list[tuple[ChartRow, str, date]]:
        """Every date of every chart row; coverages and what is planned are no events."""
        return [
            (row, column, self.day_of(value) if isinstance(value, datetime) else value)
            for row in self.rows
            if isinstance(row, ChartRow) and not isinstance(row, Coverage)
            for column, value in vars(row).items()
            if isinstance(value, date) and column not in _NO_EVENTS
        ]

    def day_of(self, at: datetime) -> date:
        """The clinic's day of a moment."""
        return at.astimezone(self.time_zone).date()


def sample(seed: int, now: datetime, time_zone: ZoneInfo) -> Sample:
    """Generate one."""
    rows = generate(
        seed=seed,
        tenant_id=TENANT_ID,
        now=now,
        time_zone=time_zone,
        owner_id=OWNER_ID,
        staff_ids=STAFF_IDS,
    )
    return Sample(rows, now, time_zone)


def table_of(row: ClinicRow) -> Table:
    """The table of a row."""
    return cast("Table", type(row).__table__)  # pyright: ignore[reportAttributeAccessIssue] -- SQLModel adds it


def name_of(row: ClinicRow) -> str:
    """How a violation names a row."""
    return f"{table_of(row).name} {row.id}"
