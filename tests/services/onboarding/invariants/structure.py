"""What must hold of the rows as rows."""

from collections import Counter, defaultdict
from functools import cache
from uuid import UUID

from sqlalchemy import Table

from models.base import ChartRow, ClinicRow
from models.invoice import Invoice, InvoiceLine, Payment, Refund
from tests.services.onboarding.sample import OWNER_ID, STAFF_IDS, Sample, name_of, table_of


def ids_are_new_and_carry_time(sample: Sample) -> list[str]:
    """Ids are UUIDs of version 7, none twice, none from the future."""
    counts = Counter(row.id.int for row in sample.rows)
    now = int(sample.now.timestamp() * 1000)
    return [
        str(UUID(int=number))
        for number, count in counts.items()
        if count > 1
        or number >> 76 & 0xF != _VERSION
        or number >> 62 & 0b11 != _VARIANT
        or number >> 80 > now
    ]


_VERSION, _VARIANT = 7, 0b10


def references_resolve_in_order(sample: Sample) -> list[str]:
    """Each foreign key points to a colleague, or to a row that comes before."""
    written = {"staff": {OWNER_ID, *STAFF_IDS.values()}}
    broken: list[str] = []
    for row in sample.rows:
        for column, target in _references(table_of(row)):
            value = vars(row)[column]
            if value is not None and value not in written.get(target, ()):
                broken.append(f"{name_of(row)}.{column}")
        written.setdefault(table_of(row).name, set()).add(row.id)
    return broken


def references_stay_with_one_patient(sample: Sample) -> list[str]:
    """A row of one patient's record does not point into another's."""
    owners = {row.id: row.patient_id for row in sample.rows if isinstance(row, ChartRow)}
    return [
        f"{name_of(row)}.{column}"
        for row in sample.rows
        if isinstance(row, ChartRow)
        for column, _ in _references(table_of(row))
        if (value := vars(row)[column]) in owners and owners[value] != row.patient_id
    ]


def unique_is_unique(sample: Sample) -> list[str]:
    """What a unique index keeps apart is apart; NULL is no conflict."""
    by_table: defaultdict[Table, list[ClinicRow]] = defaultdict(list)
    for row in sample.rows:
        by_table[table_of(row)].append(row)
    twice: list[str] = []
    for table, rows in by_table.items():
        for index in table.indexes:
            if index.unique:
                names = [column.name for column in index.columns]
                keys = Counter(tuple(vars(row)[name] for name in names) for row in rows)
                twice += [
                    f"{table.name} {key[1:]}"
                    for key, count in keys.items()
                    if count > 1 and None not in key
                ]
    return twice


def required_columns_are_filled(sample: Sample) -> list[str]:
    """No column that the table requires is NULL."""
    return [
        f"{name_of(row)}.{column}"
        for row in sample.rows
        for column in _required(table_of(row))
        if vars(row)[column] is None
    ]


def parts_of_a_bill_have_its_provider(sample: Sample) -> list[str]:
    """Lines, payments and refunds belong to the provider of their invoice."""
    bills = sample.by_id(Invoice)
    return [
        name_of(row)
        for table in (InvoiceLine, Payment, Refund)
        for row in sample.of(table)
        if row.provider_id != bills[row.invoice_id].provider_id
    ]


@cache
def _required(table: Table) -> list[str]:
    return [c.name for c in table.columns if not c.nullable and c.server_default is None]


@cache
def _references(table: Table) -> list[tuple[str, str]]:
    """The columns of simple references, each with the table it points to."""
    return [
        (element.parent.name, element.column.table.name)
        for constraint in table.foreign_key_constraints
        for element in constraint.elements
        if element.column.name in {"id", "user_id"}
    ]
