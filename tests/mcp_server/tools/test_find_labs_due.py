"""find_labs_due: when a panel is due, by the clinic's own intervals; most overdue first."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.mcp_server import rows
from tests.mcp_server.rows import utc
from tests.mcp_server.tools.thyroid_house import LATE_EVENING, TODAY, Ask, House, Write, days
from tests.personas import Clinic

SOON_AFTER = "2026-07-01T00:30:00-04:00"
SEVENS = {
    "ingredient_rxnorm": "777",
    "rxnorm": "966222",
    "dose": Decimal(75),
    "dose_unit": "ug",
    "frequency_code": "QD",
}
"""A drug as it is taken."""


@pytest.mark.promise("6.find-labs-due.by-interval")
def test_the_first_draw_is_due_some_days_after_the_start(house: House, ask: Ask):
    patient = house.patient()
    house.takes(patient, TODAY - days(60))
    assert ask(house.clinic, "find_labs_due") == {
        "today": "2026-06-30",
        "due": [
            {
                "patient_id": str(patient.id),
                "patient": "John Smith",
                "panel": "thyroid",
                "because": "replacement",
                "due": str(TODAY - days(4)),
                "days_overdue": 4,
            }
        ],
    }


@pytest.mark.promise("6.find-labs-due.by-interval", "6.find-labs-due.told")
def test_the_next_draw_is_due_an_interval_after_the_last(house: House):
    patient = house.patient()
    house.takes(patient, TODAY - days(400))
    house.drawn(patient, TODAY - days(390))
    house.drawn(patient, TODAY - days(185))
    (due,) = house.due()
    assert due["last_drawn"] == str(TODAY - days(185))
    assert (due["due"], due["days_overdue"]) == (str(TODAY - days(5)), 5)


def test_a_draw_before_the_start_is_a_baseline_and_not_the_first(house: House):
    patient = house.patient()
    house.takes(patient, TODAY - days(50))
    house.drawn(patient, TODAY - days(51))
    (due,) = house.due()
    assert (due["last_drawn"], due["due"]) == (str(TODAY - days(51)), str(TODAY + days(6)))
    assert "days_overdue" not in due


@pytest.mark.parametrize(("drawn", "due"), [(100, -44), (73, -44), (72, 108), (44, 136)])
def test_a_draw_in_the_first_half_of_the_first_interval_is_a_baseline(
    house: House, drawn: int, due: int
):
    patient = house.patient()
    house.takes(patient, TODAY - days(100))
    house.drawn(patient, TODAY - days(drawn))
    (found,) = house.due(within_days=180)
    assert found["due"] == str(TODAY + days(due))


def test_a_renewal_goes_on_with_the_course_and_hides_nothing(house: House):
    patient = house.patient()
    stopped = TODAY - days(30)
    house.takes(patient, TODAY - days(1000), status="completed", stopped_on=stopped)
    house.takes(patient, TODAY - days(25))
    house.drawn(patient, TODAY - days(200))
    (due,) = house.due()
    assert due["days_overdue"] == 20


@pytest.mark.parametrize(("pause", "due"), [(60, -20), (61, 16)])
def test_a_pause_of_more_than_sixty_days_begins_a_new_course(house: House, pause: int, due: int):
    patient = house.patient()
    began = TODAY - days(40)
    house.takes(patient, TODAY - days(900), status="stopped", stopped_on=began - days(pause))
    house.takes(patient, began)
    house.drawn(patient, TODAY - days(200))
    (found,) = house.due(within_days=180)
    assert found["due"] == str(TODAY + days(due))


@pytest.mark.parametrize(("drawn", "due"), [(60, 6), (23, 6), (22, 158)])
def test_a_new_dose_asks_for_a_draw_of_its_own_where_the_interval_says_so(
    house: House, write: Write, drawn: int, due: int
):
    write(house.interval("by dose", ["777"], first=56, then=180, after_change=True))
    patient, changed = house.patient(), TODAY - days(50)
    old = {"status": "stopped", "stopped_on": changed, **SEVENS}
    house.takes(patient, TODAY - days(900), **old)
    house.takes(patient, changed, **(SEVENS | {"dose": Decimal(100)}))
    house.drawn(patient, TODAY - days(drawn))
    (found,) = house.due(within_days=180)
    assert found["due"] == str(TODAY + days(due))


CHANGES: dict[str, dict[str, Any]] = {
    "none": {},
    "other words for it": {"frequency_label": "daily", "dose": Decimal("75.00")},
    "product": {"rxnorm": "892246"},
    "dose": {"dose": Decimal(100)},
    "dose that is not said": {"dose": None, "dose_unit": None},
    "unit": {"dose_unit": "mg"},
    "frequency": {"frequency_code": "BID"},
    "ingredient": {"ingredient_rxnorm": "778"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_renewal_asks_for_no_draw_and_what_differs_from_the_row_before_does(
    house: House, write: Write, what: str
):
    write(house.interval("by dose", ["777", "778"], first=56, then=180, after_change=True))
    patient, renewed = house.patient(), TODAY - days(50)
    house.takes(patient, TODAY - days(900), status="stopped", stopped_on=renewed, **SEVENS)
    house.takes(patient, renewed, **(SEVENS | CHANGES[what]))
    house.drawn(patient, TODAY - days(60))
    (found,) = house.due(within_days=180)
    same = what in ("none", "other words for it")
    assert found["due"] == str(TODAY + days(120 if same else 6))


def test_the_renewal_of_a_new_dose_does_not_hide_that_it_was_never_followed_up(
    house: House, write: Write
):
    write(house.interval("by dose", ["777"], first=56, then=180, after_change=True))
    patient, over = house.patient(), {"status": "completed"}
    house.takes(patient, TODAY - days(900), **SEVENS, **over)
    house.takes(patient, TODAY - days(90), **(SEVENS | {"dose": Decimal(100)}), **over)
    house.takes(patient, TODAY - days(10), **(SEVENS | {"dose": Decimal(100)}))
    house.drawn(patient, TODAY - days(100))
    (due,) = house.due()
    assert due["days_overdue"] == 34


def test_two_strengths_taken_together_are_renewed_together_without_a_change(
    house: House, write: Write
):
    write(house.interval("by dose", ["777"], first=56, then=180, after_change=True))
    patient = house.patient()
    for since, status in ((900, "completed"), (50, "active")):
        for dose in (Decimal(100), Decimal("12.5")):
            given = SEVENS | {"dose": dose, "status": status}
            house.takes(patient, TODAY - days(since), **given)
    house.drawn(patient, TODAY - days(60))
    (due,) = house.due(within_days=180)
    assert due["due"] == str(TODAY + days(120))


def test_a_change_in_an_earlier_course_asks_for_nothing_in_this_one(house: House, write: Write):
    write(house.interval("by dose", ["777"], first=56, then=180, after_change=True))
    patient, stopped = house.patient(), TODAY - days(700)
    house.takes(patient, TODAY - days(900), status="completed", **SEVENS)
    changed = {"status": "stopped", "stopped_on": stopped, "dose": Decimal(100)}
    house.takes(patient, TODAY - days(800), **(SEVENS | changed))
    house.takes(patient, TODAY - days(50), **(SEVENS | {"dose": Decimal(100)}))
    house.drawn(patient, TODAY - days(850))
    (due,) = house.due()
    assert due["due"] == str(TODAY + days(6))


@pytest.mark.promise("6.find-labs-due.window")
@pytest.mark.parametrize(
    ("within", "seen"), [(0, [0]), (13, [0]), (14, [0, 14]), (180, [0, 14, 15])]
)
def test_what_falls_due_within_so_many_days_is_told(house: House, within: int, seen: list[int]):
    for ahead in (0, 14, 15):
        house.takes(house.patient(), TODAY - days(56) + days(ahead))
    told = [date.fromisoformat(due["due"]) - TODAY for due in house.due(within_days=within)]
    assert told == [days(ahead) for ahead in seen]


@pytest.mark.promise("6.find-labs-due.window")
def test_fourteen_days_are_looked_ahead_unless_said_otherwise(house: House):
    for ahead in (14, 15):
        house.takes(house.patient(), TODAY - days(56) + days(ahead))
    assert [due["due"] for due in house.due()] == [str(TODAY + days(14))]


@pytest.mark.promise("6.panels.own-panels")
def test_a_panel_counts_as_drawn_when_each_of_its_required_markers_was(house: House, write: Write):
    testosterone = rows.panel(
        house.clinic.tenant_id,
        "testosterone",
        ("2986-8",),
        ("4544-3", "20570-8"),
        optional="2857-1",
    )
    write(
        *testosterone,
        rows.interval(testosterone[0], "therapy", ["10379"], first_due_days=90, interval_days=180),
    )
    patient = house.patient()
    house.takes(patient, TODAY - days(500), ingredient_rxnorm="10379")
    house.drawn(patient, TODAY - days(200), "2986-8")
    house.drawn(patient, TODAY - days(10), "2857-1")
    (due,) = house.due()
    assert "last_drawn" not in due
    assert due["due"] == str(TODAY - days(410))
    house.drawn(patient, TODAY - days(190), "20570-8")
    (due,) = house.due()
    assert (due["last_drawn"], due["due"]) == (str(TODAY - days(200)), str(TODAY - days(20)))
    house.drawn(patient, TODAY - days(5), "2986-8")
    (due,) = house.due()
    assert due["last_drawn"] == str(TODAY - days(190))
    house.drawn(patient, TODAY - days(5), "4544-3")
    assert house.due() == []


@pytest.mark.promise("6.panels.own-panels")
def test_a_panel_that_requires_no_marker_counts_as_drawn_with_its_newest(
    house: House, write: Write
):
    loose = rows.panel(house.clinic.tenant_id, "peptides", optional="2484-4 2483-6")
    write(*loose, rows.interval(loose[0], "peptides", ["77"], first_due_days=90, interval_days=180))
    patient = house.patient()
    house.takes(patient, TODAY - days(500), ingredient_rxnorm="77")
    (due,) = house.due()
    assert (due["panel"], due["due"]) == ("peptides", str(TODAY - days(410)))
    assert "last_drawn" not in due
    house.drawn(patient, TODAY - days(200), "2484-4")
    house.drawn(patient, TODAY - days(190), "2483-6")
    house.drawn(patient, TODAY - days(5), "3016-3")
    (due,) = house.due()
    assert (due["last_drawn"], due["due"]) == (str(TODAY - days(190)), str(TODAY - days(10)))


def test_a_panel_without_markers_is_never_due(house: House, write: Write):
    empty = rows.panel(house.clinic.tenant_id, "empty")
    write(*empty, rows.interval(empty[0], "empty", ["77"], first_due_days=90, interval_days=180))
    house.takes(house.patient(), TODAY - days(500), ingredient_rxnorm="77")
    assert house.due() == []


def test_another_code_of_the_same_marker_counts(house: House):
    patient = house.patient()
    house.takes(patient, TODAY - days(400))
    house.drawn(patient, TODAY - days(20), "11580-8")
    assert house.due() == []


@pytest.mark.promise("6.find-labs-due.told")
def test_the_next_visit_is_the_next_that_will_take_place(house: House, write: Write):
    patient = house.patient()
    house.takes(patient, TODAY - days(60))
    now = utc("2026-07-01T03:30")
    booked = [(-1, "booked"), (1, "cancelled"), (2, "noshow"), (3, "fulfilled"), (4, "pending")]
    write(
        *(rows.appointment(patient, now + days(n), status=status) for n, status in booked),
        rows.appointment(patient, now + days(5)),
    )
    (due,) = house.due()
    assert due["next_visit"] == "2026-07-04T23:30:00-04:00"


def test_a_day_ends_at_the_clinic_s_midnight(
    clinic_at: Callable[[str], Clinic], write: Write, ask: Ask
):
    for now, overdue in ((LATE_EVENING, None), (SOON_AFTER, 1)):
        house = House(clinic_at(now), write, ask)
        house.takes(house.patient(), TODAY - days(56))
        (due,) = house.due(within_days=0)
        assert (due["due"], due.get("days_overdue")) == ("2026-06-30", overdue)


DRAWS = {
    "2026-01-15T04:59": "2026-01-14",
    "2026-01-15T05:00": "2026-01-15",
    "2025-07-10T03:59": "2025-07-09",
    "2025-07-10T04:00": "2025-07-10",
}
"""UTC, either side of midnights at the clinic, and the day that it was there."""


def test_a_draw_counts_on_the_day_it_was_at_the_clinic(house: House, write: Write):
    expected: dict[str, str] = {}
    for at, day in DRAWS.items():
        patient = house.patient()
        house.takes(patient, date(2025, 1, 1))
        write(factories.lab_result(patient, loinc="3016-3", collected_at=utc(at)))
        expected[str(patient.id)] = day
    told = {due["patient_id"]: due["last_drawn"] for due in house.due(within_days=180)}
    assert told == expected


def test_a_draw_with_a_date_to_come_hides_nobody(house: House, write: Write):
    patient = house.patient()
    house.takes(patient, TODAY - days(400))
    house.drawn(patient, TODAY - days(185))
    write(factories.lab_result(patient, loinc="3016-3", collected_at=utc("2027-06-30T13:00")))
    (due,) = house.due()
    assert (due["last_drawn"], due["days_overdue"]) == (str(TODAY - days(185)), 5)


@pytest.mark.promise("6.find-labs-due.order")
def test_the_list_is_paged_most_overdue_first(house: House, ask: Ask):
    for ahead in (3, -9, 0, 14, -200, 0, 0):
        house.takes(house.patient(), TODAY - days(56) + days(ahead))
    told: list[tuple[str, str]] = []
    cursor = None
    while True:
        page = ask(house.clinic, "find_labs_due", limit=2, cursor=cursor)
        told += [(due["due"], due["patient_id"]) for due in page["due"]]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert told == sorted(told)
    assert len(set(told)) == 7
