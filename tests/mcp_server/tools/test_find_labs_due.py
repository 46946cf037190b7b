"""find_labs_due: who is due by the clinic's own intervals, most overdue first."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

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
SOON_AFTER = "2026-07-01T00:30:00-04:00"


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


@pytest.fixture
def house(clinic_at: Callable[[str], Clinic], write: Write, ask: Ask) -> House:
    return House(clinic_at(LATE_EVENING), write, ask)


def days(number: int) -> timedelta:
    return timedelta(days=number)


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
    assert due["days_overdue"] == 0


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
    old = {"status": "stopped", "stopped_on": changed, "ingredient_rxnorm": "777"}
    house.takes(patient, TODAY - days(900), **old)
    house.takes(patient, changed, ingredient_rxnorm="777")
    house.drawn(patient, TODAY - days(drawn))
    (found,) = house.due(within_days=180)
    assert found["due"] == str(TODAY + days(due))


@pytest.mark.parametrize(
    ("within", "seen"), [(0, [0]), (13, [0]), (14, [0, 14]), (180, [0, 14, 15])]
)
def test_what_falls_due_within_so_many_days_is_told(house: House, within: int, seen: list[int]):
    for ahead in (0, 14, 15):
        house.takes(house.patient(), TODAY - days(56) + days(ahead))
    told = [date.fromisoformat(due["due"]) - TODAY for due in house.due(within_days=within)]
    assert told == [days(ahead) for ahead in seen]


def test_fourteen_days_are_looked_ahead_unless_said_otherwise(house: House):
    for ahead in (14, 15):
        house.takes(house.patient(), TODAY - days(56) + days(ahead))
    assert [due["due"] for due in house.due()] == [str(TODAY + days(14))]


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


def test_another_code_of_the_same_marker_counts(house: House):
    patient = house.patient()
    house.takes(patient, TODAY - days(400))
    house.drawn(patient, TODAY - days(20), "11580-8")
    assert house.due() == []


def test_of_two_intervals_for_one_panel_the_earlier_counts(house: House, write: Write):
    write(
        house.interval("strict", ["10814"], first=30, then=60),
        house.interval("pregnancy", ["O99"], first=20, then=28, trigger="condition", active=False),
    )
    patient = house.patient()
    house.takes(patient, TODAY - days(400))
    house.takes(patient, TODAY - days(400), ingredient_rxnorm="10814")
    write(rows.condition(patient, "O99.28", recorded_on=TODAY - days(100)))
    house.drawn(patient, TODAY - days(61))
    (due,) = house.due()
    assert (due["because"], due["days_overdue"]) == ("strict", 1)


def test_two_panels_of_one_patient_are_two_rows(house: House, write: Write):
    lipids = rows.panel(house.clinic.tenant_id, "lipids", ("2093-3",))
    write(*lipids, rows.interval(lipids[0], "statin", ["83367"], first_due_days=84))
    patient = house.patient()
    house.takes(patient, TODAY - days(60))
    house.takes(patient, TODAY - days(90), ingredient_rxnorm="83367")
    told = [(due["panel"], due["days_overdue"]) for due in house.due()]
    assert told == [("lipids", 6), ("thyroid", 4)]
    assert [due["panel"] for due in house.due(panel="thyroid")] == ["thyroid"]


def test_a_condition_is_found_by_the_beginning_of_its_code(house: House, write: Write):
    write(house.interval("goitre", ["E04"], first=10, then=90, trigger="condition"))
    codes = {
        "E04.1": {},
        "E04": {"status": "recurrence"},
        "E0": {},
        "E05.0": {},
        "E04.2": {"status": "resolved"},
        "E04.8": {"status": "inactive"},
        "E04.9": {"system": "http://snomed.info/sct"},
    }
    for code, over in codes.items():
        who = house.patient(f"Person {code.replace('.', '')}")
        write(rows.condition(who, code, onset_on=TODAY - days(11), **over))
    assert {due["patient"] for due in house.due()} == {"Person E041", "Person E04"}


def test_the_onset_counts_and_else_the_day_of_record(house: House, write: Write):
    write(house.interval("goitre", ["E04"], first=10, then=90, trigger="condition"))
    told = {
        "Onset First": {"onset_on": TODAY - days(30), "recorded_on": TODAY - days(12)},
        "Record Only": {"onset_on": None, "recorded_on": TODAY - days(12)},
        "Future Onset": {"onset_on": TODAY + days(1), "recorded_on": TODAY - days(30)},
    }
    for name, when in told.items():
        write(rows.condition(house.patient(name), "E04.1", **when))
    overdue = {due["patient"]: due["days_overdue"] for due in house.due(within_days=0)}
    assert overdue == {"Onset First": 20, "Record Only": 2}


def test_a_condition_of_unknown_age_is_due_now_or_an_interval_after_the_last_draw(
    house: House, write: Write
):
    write(house.interval("goitre", ["E04"], first=10, then=90, trigger="condition"))
    for name in ("Never Drawn", "Long Ago", "Just Drawn"):
        who = house.patient(name)
        write(rows.condition(who, "E04.1", onset_on=None, recorded_on=None))
        if name != "Never Drawn":
            house.drawn(who, TODAY - days(100 if name == "Long Ago" else 1))
    told = {due["patient"]: due["due"] for due in house.due()}
    assert told == {"Long Ago": str(TODAY - days(10)), "Never Drawn": str(TODAY)}


@pytest.mark.parametrize("status", ["stopped", "completed", "cancelled", "on-hold", "unknown"])
def test_who_no_longer_takes_it_is_left_out(house: House, status: str):
    house.takes(house.patient(), TODAY - days(400), status=status)
    assert house.due(within_days=180) == []


def test_a_drug_that_begins_tomorrow_is_no_reason_yet(house: House):
    house.takes(house.patient(), TODAY + days(1))
    assert house.due(within_days=180) == []


def test_a_drug_taken_up_again_counts_from_then(house: House):
    patient = house.patient()
    house.takes(patient, TODAY - days(700), status="stopped", stopped_on=TODAY - days(600))
    house.takes(patient, TODAY - days(57))
    house.drawn(patient, TODAY - days(650))
    (due,) = house.due()
    assert due["days_overdue"] == 1


def test_two_prescriptions_of_one_drug_are_one_reason_since_the_first(house: House):
    patient = house.patient()
    house.takes(patient, TODAY - days(90))
    house.takes(patient, TODAY - days(10))
    (due,) = house.due()
    assert due["days_overdue"] == 34


@pytest.mark.parametrize("status", ["inactive", "deceased"])
def test_only_those_in_care_are_due(house: House, status: str):
    house.takes(house.patient(status=status), TODAY - days(400))
    assert house.due() == []


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
    for now, overdue in ((LATE_EVENING, 0), (SOON_AFTER, 1)):
        house = House(clinic_at(now), write, ask)
        house.takes(house.patient(), TODAY - days(56))
        (due,) = house.due(within_days=0)
        assert (due["due"], due["days_overdue"]) == ("2026-06-30", overdue)


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


def test_an_unknown_panel_is_refused_with_those_there_are(
    house: House, refusal: Callable[..., str]
):
    said = refusal(house.clinic, "find_labs_due", panel="lipids")
    assert said == "panel: must be one of this clinic's panels: thyroid"


def test_nobody_is_due_where_nothing_is_asked_for(clinic: Clinic, ask: Ask):
    page = ask(clinic, "find_labs_due")
    assert page["due"] == []
    assert page.keys() == {"today", "due"}
