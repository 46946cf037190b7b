"""find_refills_due: what runs out, what runs out first first, and what blocks its refill."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.patient import Patient
from tests import factories
from tests.mcp_server import rows
from tests.mcp_server.rows import utc
from tests.mcp_server.synthetic import Synthetic
from tests.mcp_server.tools.thyroid_house import LATE_EVENING, TODAY, Ask, House, Write, days
from tests.personas import Clinic

SOON_AFTER = "2026-07-01T00:30:00-04:00"
NO_LABS = "99"
"""An ingredient for which no interval asks for labs."""


def takes(house: House, who: Patient, left: int, **over: Any) -> None:
    """A drug of which there is supply for so many days: filled 30 days less so many ago, for 30."""
    filled = TODAY - days(30 - left)
    given = {"last_filled_on": filled, "supply_days": 30, "ingredient_rxnorm": NO_LABS}
    house.takes(who, TODAY - days(400), **(given | over))


def refills(house: House, ask: Ask, **asked: Any) -> list[dict[str, Any]]:
    return ask(house.clinic, "find_refills_due", **asked)["refills"]


def told_back_by(house: House, who: Patient, by: date | None, at: str = "2026-01-05T15:00") -> None:
    house.write(rows.encounter(who, utc(at), follow_up_due_on=by))


@pytest.mark.promise("6.find-refills-due.blocked-by")
def test_a_refill_that_everything_blocks_is_told_with_all_that_is_known(house: House, ask: Ask):
    patient = house.patient()
    filled = TODAY - days(26)
    house.takes(
        patient,
        TODAY - days(60),
        rxnorm="966222",
        last_filled_on=filled,
        supply_days=30,
        refills_left=0,
        authorization_status="needed",
        as_needed=True,
    )
    told_back_by(house, patient, TODAY)
    house.write(rows.appointment(patient, utc("2026-07-09T14:00")))
    # 60 days on a drug whose first draw is due after 56: the labs are 4 days late.
    assert ask(house.clinic, "find_refills_due") == {
        "today": "2026-06-30",
        "refills": [
            {
                "patient_id": str(patient.id),
                "patient": "John Smith",
                "rxnorm": "966222",
                "medication": "levothyroxine",
                "as_needed": True,
                "runs_out": "2026-07-04",  # 4 June and 30 days
                "days_left": 4,
                "last_filled": "2026-06-04",
                "refills_left": 0,
                "blocked_by": ["labs", "visit", "authorization", "no_refills"],
                "labs_due": ["thyroid"],
                "visit_due": "2026-06-30",
                "next_visit": "2026-07-09T10:00:00-04:00",
            }
        ],
    }


@pytest.mark.promise("6.find-refills-due.blocked-by")
def test_what_nothing_blocks_says_so(house: House, ask: Ask):
    takes(house, house.patient(), 3, refills_left=1, authorization_status="approved")
    takes(house, house.patient(), 4)
    first, second = refills(house, ask)
    assert (first["blocked_by"], second["blocked_by"], "labs_due" in first) == ([], [], False)
    assert (first["refills_left"], "refills_left" in second) == (1, False)


def test_abnormal_results_that_nobody_acknowledged_are_counted(house: House, ask: Ask):
    patient, other = house.patient(), house.patient("Mary Major")
    takes(house, patient, 3)
    takes(house, other, 3)
    at = utc("2026-06-01T13:00")
    for flag, over in (
        ("HH", {}),
        ("L", {"collected_at": utc("2025-07-01T13:00")}),
        ("N", {}),
        ("H", {"acknowledged_at": at}),
        ("H", {"collected_at": utc("2025-06-01T13:00")}),
    ):
        given = {"flag": flag, "collected_at": at} | over
        house.write(factories.lab_result(patient, loinc="4544-3", **given))
    counted = {
        refill["patient"]: refill.get("abnormal_results_not_acknowledged")
        for refill in refills(house, ask)
    }
    # HH and L; the others are normal, seen, or of more than twelve months ago.
    assert counted == {"John Smith": 2, "Mary Major": None}


@pytest.mark.promise("6.find-refills-due.runs-out")
@pytest.mark.parametrize(("within", "seen"), [(0, [-40, 0]), (9, [-40, 0]), (10, [-40, 0, 10])])
def test_what_runs_out_within_so_many_days_is_told_the_first_first(
    house: House, ask: Ask, within: int, seen: list[int]
):
    for left in (11, 10, -40, 0):
        takes(house, house.patient(), left)
    told = refills(house, ask, within_days=within)
    assert [refill["days_left"] for refill in told] == seen
    if within == 10:
        assert refills(house, ask) == told


def test_a_day_ends_at_the_clinic_s_midnight(
    clinic_at: Callable[[str], Clinic], write: Write, ask: Ask
):
    for now, left in ((LATE_EVENING, 0), (SOON_AFTER, -1)):
        house = House(clinic_at(now), write, ask)
        takes(house, house.patient(), 0)
        (refill,) = refills(house, ask, within_days=0)
        assert (refill["runs_out"], refill["days_left"]) == ("2026-06-30", left)


def test_without_a_fill_it_is_counted_from_the_start(house: House, ask: Ask):
    patient = house.patient()
    house.takes(patient, date(2026, 6, 6), supply_days=28, ingredient_rxnorm=NO_LABS)
    (refill,) = refills(house, ask)
    # 24 days after the start: 28 - 24 are left.
    assert (refill["runs_out"], refill["days_left"]) == ("2026-07-04", 4)
    assert "last_filled" not in refill


def test_what_is_not_taken_or_of_unknown_supply_is_left_out(house: House, ask: Ask):
    for status in ("stopped", "on-hold", "completed", "cancelled", "unknown"):
        takes(house, house.patient(), 1, status=status)
    takes(house, house.patient(), 1, supply_days=None)
    for status in ("inactive", "deceased"):
        takes(house, house.patient(status=status), 1)
    assert refills(house, ask) == []


RENEWALS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "for another 30 days": ({}, [20]),
    "of unknown supply": ({"supply_days": None}, []),
    "that was stopped again": ({"status": "stopped"}, [-5]),
    "of another product": ({"rxnorm": "2"}, [-5, 20]),
    "of the same start": (
        {"started_on": TODAY - days(400), "last_filled_on": TODAY - days(10)},
        [-5, 20],
    ),
    "that was last filled before it": ({"last_filled_on": TODAY - days(36)}, [-6, -5]),
}


@pytest.mark.parametrize("renewal", RENEWALS)
def test_a_later_prescription_of_the_same_product_renews_it(
    house: House, ask: Ask, write: Write, renewal: str
):
    over, left = RENEWALS[renewal]
    patient = house.patient()
    takes(house, patient, -5)
    renewed = {"started_on": TODAY - days(10), "supply_days": 30}
    write(rows.medication(patient, "levothyroxine", **(renewed | over)))
    assert [refill["days_left"] for refill in refills(house, ask, within_days=30)] == left


def test_labs_block_only_what_asks_for_them_and_only_once_they_are_due(house: House, ask: Ask):
    late, in_time, other = house.patient(), house.patient(), house.patient()
    for patient, left in ((late, 1), (in_time, 2), (other, 3)):
        takes(house, patient, left, ingredient_rxnorm="10582")
    house.drawn(late, TODAY - days(180))
    house.drawn(in_time, TODAY - days(179))
    house.drawn(other, TODAY - days(10))
    takes(house, late, 4)
    told = [(refill["days_left"], refill["blocked_by"]) for refill in refills(house, ask)]
    # 180 days after the last draw the next is due: today for the first, tomorrow for the second.
    assert told == [(1, ["labs"]), (2, []), (3, []), (4, [])]


def test_labs_that_are_due_for_a_problem_block_no_drug(house: House, ask: Ask, write: Write):
    patient = house.patient()
    write(
        house.interval("problem", ["E03"], first=56, then=180, trigger="condition"),
        rows.condition(patient, "E03.9", onset_on=TODAY - days(900)),
    )
    takes(house, patient, 4)
    (refill,) = refills(house, ask)
    assert refill["blocked_by"] == []
    assert len(house.due()) == 1


def test_each_panel_is_named_once_the_longest_due_first(house: House, ask: Ask, write: Write):
    write(house.interval("again", ["10582"], first=90, then=90))
    metabolic = rows.panel(house.clinic.tenant_id, "metabolic", ("2345-7",))
    write(*metabolic, rows.interval(metabolic[0], "by product", ["555"], first_due_days=30))
    patient = house.patient()
    takes(house, patient, 4, ingredient_rxnorm="10582", rxnorm="555")
    (refill,) = refills(house, ask)
    assert refill["labs_due"] == ["metabolic", "thyroid"]


@pytest.mark.parametrize(("by", "blocked"), [(-1, ["visit"]), (0, ["visit"]), (1, [])])
def test_a_visit_is_due_from_the_day_on_by_which_the_patient_was_told_to_come_back(
    house: House, ask: Ask, by: int, blocked: list[str]
):
    patient = house.patient()
    takes(house, patient, 4)
    told_back_by(house, patient, TODAY + days(by))
    (refill,) = refills(house, ask)
    assert refill["blocked_by"] == blocked
    assert refill.get("visit_due") == (str(TODAY + days(by)) if blocked else None)


def test_who_was_seen_since_is_due_for_no_visit(house: House, ask: Ask):
    patient = house.patient()
    takes(house, patient, 4)
    told_back_by(house, patient, TODAY - days(100))
    told_back_by(house, patient, None, at="2026-06-20T15:00")
    assert refills(house, ask)[0]["blocked_by"] == []


def test_pages_of_one_day_are_put_together(house: House, ask: Ask):
    for left in (3, 1, 3, 3, 2, 3):
        takes(house, house.patient(), left, dose=Decimal(1))
    told: list[int] = []
    cursor = None
    while True:
        page = ask(house.clinic, "find_refills_due", limit=2, cursor=cursor)
        told += [refill["days_left"] for refill in page["refills"]]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert told == [1, 2, 3, 3, 3, 3]


IN_OTHER_WORDS = """
WITH supply AS (
  SELECT m.*, least(m.last_filled_on, m.last_filled_on) + m.supply_days - %(today)s AS days_left
    FROM app.medications m JOIN app.patients p ON p.id = m.patient_id AND p.status = 'active'
   WHERE m.tenant_id = %(tenant)s AND m.status = 'active'
), last_visit AS (
  SELECT patient_id, (array_agg(follow_up_due_on ORDER BY started_at DESC))[1] AS back_by
    FROM app.encounters e
   WHERE tenant_id = %(tenant)s AND provider_id NOT IN (
     SELECT user_id FROM app.staff WHERE tenant_id = %(tenant)s AND roles = '{nurse}')
   GROUP BY patient_id
), measured AS (
  SELECT s.id, i.id AS interval_id, i.first_due_days AS first, i.interval_days AS then_every,
         c.began, CASE WHEN i.after_change THEN c.changed END AS changed,
         min((SELECT max((r.collected_at AT TIME ZONE 'America/New_York')::date)
                FROM app.lab_results r
                JOIN app.lab_panel_markers k ON k.tenant_id = r.tenant_id AND k.loinc = r.loinc
                 AND k.panel_id = i.panel_id AND k.marker = needed.marker
               WHERE r.tenant_id = s.tenant_id AND r.patient_id = s.patient_id)) AS drawn
    FROM supply s
    JOIN app.lab_intervals i ON i.tenant_id = s.tenant_id AND i.trigger = 'medication'
     AND s.ingredient_rxnorm = ANY (i.trigger_codes)
    CROSS JOIN LATERAL (
      SELECT min(t.started_on) AS began, max(t.started_on) AS changed FROM app.medications t
       WHERE t.patient_id = s.patient_id AND t.ingredient_rxnorm = ANY (i.trigger_codes)) c
    JOIN app.lab_panel_markers needed ON needed.tenant_id = i.tenant_id
     AND needed.panel_id = i.panel_id AND needed.required
   GROUP BY s.id, i.id, i.first_due_days, i.interval_days, s.tenant_id, s.patient_id,
            i.trigger_codes, i.panel_id, i.after_change, c.began, c.changed
)
SELECT s.patient_id::text, s.label, s.days_left,
       array_remove(ARRAY[
         CASE WHEN EXISTS (SELECT FROM measured d WHERE d.id = s.id AND %(today)s >=
                             CASE WHEN d.drawn - d.changed < d.first / 2 THEN d.changed + d.first
                                  WHEN d.drawn - d.began >= d.first / 2 THEN d.drawn + d.then_every
                                  ELSE d.began + d.first END) THEN 'labs' END,
         CASE WHEN v.back_by <= %(today)s THEN 'visit' END,
         CASE s.authorization_status WHEN 'needed' THEN 'authorization' END,
         CASE WHEN s.refills_left = 0 THEN 'no_refills' END], NULL)
  FROM supply s LEFT JOIN last_visit v USING (patient_id)
 WHERE s.days_left <= %(within)s ORDER BY s.days_left, s.id
"""


@pytest.mark.promise("6.find-refills-due.runs-out")
@pytest.mark.parametrize("within", [10, 60])
def test_the_synthetic_clinic_s_are_those_that_other_sql_finds(
    generated: Synthetic, ask: Ask, within: int
):
    told: list[tuple[Any, ...]] = []
    cursor = None
    while True:
        given = {"within_days": within, "cursor": cursor}
        page = ask(generated.clinic, "find_refills_due", **given)
        told += [
            (r["patient_id"], r["medication"], r["days_left"], r["blocked_by"])
            for r in page["refills"]
        ]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert told == generated.rows(IN_OTHER_WORDS, within=within)
    if within == 10:
        reasons = sorted(blocked[0] if blocked else "nothing" for *_, blocked in told)
        assert reasons == ["authorization", "labs", "nothing", "visit"]
