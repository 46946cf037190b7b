"""Marks on types: what is found by walking a type, and what the audit log may keep by type."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import pytest
from msgspec import Meta, field, inspect

from mcp_server import catalog
from mcp_server.arguments import Parameter
from mcp_server.marked import PATIENT, bears, reader
from mcp_server.schema import without_none
from mcp_server.tool import OfPatient, Result
from services.date_range import DateRange

CATALOG = catalog.load()
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


class Leaf(Result, kw_only=True):
    patient_id: OfPatient
    provider_id: UUID | None = None


class Branch(Result, kw_only=True):
    leaf: Leaf | None = None
    leaves: list[Leaf] = field(default_factory=list[Leaf])
    ids: list[OfPatient] | None = None
    maybe: OfPatient | None = None
    name: str = ""


class Bare(Result, kw_only=True):
    ids: list[UUID]
    name: Annotated[str, Meta(max_length=5)]


def named(answer: Result) -> list[UUID]:
    read = reader(inspect.type_info(type(answer)), PATIENT)
    assert read is not None
    return list(read(answer))


def test_ids_of_patients_are_found_wherever_they_stand():
    leaf = Leaf(patient_id=ONE, provider_id=THREE)
    assert named(leaf) == [ONE]
    assert named(Branch(leaf=leaf, leaves=[leaf, Leaf(patient_id=TWO)])) == [ONE, ONE, TWO]
    assert named(Branch(ids=[TWO, ONE], maybe=THREE)) == [TWO, ONE, THREE]
    assert named(Branch()) == []


def test_where_a_type_holds_none_nothing_is_to_be_read():
    assert reader(inspect.type_info(Bare), PATIENT) is None
    assert CATALOG["get_labs"].patients_in is None
    assert CATALOG["get_vitals"].patients_in is None


def patient_ids(kind: inspect.Type) -> list[inspect.Type]:
    """The types of all fields of that name, wherever they stand in a type."""
    match kind:
        case inspect.StructType():
            own = [without_none(f.type) for f in kind.fields if f.name == "patient_id"]
            return own + [found for f in kind.fields for found in patient_ids(without_none(f.type))]
        case inspect.ListType():
            return patient_ids(kind.item_type)
        case inspect.Metadata():
            return patient_ids(kind.type)
        case _:
            return []


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_every_patient_id_of_an_answer_is_declared_as_one(name: str):
    found = patient_ids(inspect.type_info(CATALOG[name].result))
    assert all(bears(of, PATIENT) for of in found)
    assert bool(found) == (CATALOG[name].patients_in is not None)


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_every_patient_id_of_a_call_is_declared_as_one(name: str):
    tool = CATALOG[name]
    assert [p.name for p in tool.parameters if "patient" in p.name] == list(tool.named_patients)


class Colour(StrEnum):
    RED = "red"


KEPT = [
    bool,
    Colour,
    Literal["up", "down"],
    DateRange,
    Annotated[int, Meta(ge=1, le=50)],
]
HIDDEN = [
    int,
    Annotated[int, Meta(ge=1)],
    date,
    Annotated[date, Meta(description="Born on that day.")],
    str,
    Annotated[str, Meta(max_length=5)],
    UUID,
    OfPatient,
]


@pytest.mark.promise("10.arguments.keyed-hash")
def test_an_argument_is_hidden_unless_its_type_is_a_closed_set():
    for name in ("since", "date", "birth_date"):
        for kind in KEPT:
            assert Parameter(name, inspect.type_info(kind), required=True).harmless, kind
        for kind in HIDDEN:
            assert not Parameter(name, inspect.type_info(kind), required=True).harmless, kind


@pytest.mark.promise("10.arguments.harmless-kept")
def test_what_the_log_keeps_as_it_came_is_listed_here():
    kept = {f"{name}.{of}" for name, tool in CATALOG.items() for of in tool.harmless}
    assert {of for of in kept if not of.endswith(".limit")} == {
        "draft_patient_message.channel",
        "find_follow_ups_due.within_days",
        "find_lab_trend_outliers.direction",
        "find_lab_trend_outliers.months",
        "find_labs_due.within_days",
        "find_refills_due.within_days",
        "get_appointments.date_range",
        "get_billing_summary.date_range",
        "get_lead_funnel.date_range",
        "get_no_shows_and_cancellations.date_range",
        "get_inbox.filter",
        "get_medications.active_only",
    }
