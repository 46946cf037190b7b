"""find_labs_due: who has to be measured, and because of what."""

from collections.abc import Callable

import pytest

from tests.mcp_server import rows
from tests.mcp_server.tools.thyroid_house import TODAY, Ask, House, Write, days
from tests.personas import Clinic


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


@pytest.mark.promise("6.find-labs-due.by-interval")
def test_a_condition_is_found_by_the_beginning_of_its_code(house: House, write: Write):
    write(house.interval("goitre", ["E04"], first=10, then=90, trigger="condition"))
    codes = {
        "Longer Code": ("E04.1", {}),
        "Same Code": ("E04", {"status": "recurrence"}),
        "Shorter Code": ("E0", {}),
        "Other Code": ("E05.0", {}),
        "Resolved One": ("E04.2", {"status": "resolved"}),
        "Inactive One": ("E04.8", {"status": "inactive"}),
        "Other System": ("E04.9", {"system": "http://snomed.info/sct"}),
    }
    for name, (code, over) in codes.items():
        write(rows.condition(house.patient(name), code, onset_on=TODAY - days(11), **over))
    assert {due["patient"] for due in house.due()} == {"Longer Code", "Same Code"}


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


def test_a_complication_with_a_date_does_not_date_what_began_nobody_knows_when(
    house: House, write: Write
):
    write(house.interval("diabetes", ["E11"], first=90, then=90, trigger="condition"))
    patient = house.patient()
    unknown = {"onset_on": None, "recorded_on": None}
    write(
        rows.condition(patient, "E11.9", **unknown),
        rows.condition(patient, "E11.29", onset_on=TODAY - days(1), recorded_on=TODAY),
    )
    (due,) = house.due()
    assert due["due"] == str(TODAY)
    house.drawn(patient, TODAY - days(120))
    (due,) = house.due()
    assert due["days_overdue"] == 30


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


def test_an_unknown_panel_is_refused_with_those_there_are(
    house: House, refusal: Callable[..., str]
):
    said = refusal(house.clinic, "find_labs_due", panel="lipids")
    assert said == "panel: must be one of this clinic's panels: thyroid"


def test_nobody_is_due_where_nothing_is_asked_for(clinic: Clinic, ask: Ask):
    page = ask(clinic, "find_labs_due")
    assert page["due"] == []
    assert page.keys() == {"today", "due"}
