"""find_follow_ups_due: told to come back by a date, and nothing booked; most overdue first."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg import Connection

from models.patient import Patient
from tests.ground import OWNER
from tests.mcp_server import rows
from tests.mcp_server.rows import utc
from tests.mcp_server.synthetic import Synthetic
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]

LATE_EVENING, SOON_AFTER = "2026-02-28T23:30:00-05:00", "2026-03-01T00:30:00-05:00"
"""Either side of a midnight that begins a month: a day later in UTC."""
TODAY = date(2026, 2, 28)
VISIT = utc("2025-11-03T15:00")


def days(number: int) -> timedelta:
    return timedelta(days=number)


class Desk:
    """A clinic in which patients were told to come back."""

    def __init__(self, clinic: Clinic, write: Write, ask: Ask) -> None:
        self.clinic, self.write, self._ask = clinic, write, ask

    def patient(self, **over: Any) -> Patient:
        patient = rows.patient(self.clinic.tenant_id, "John Smith", **over)
        self.write(patient)
        return patient

    def seen(self, who: Patient, back_by: date | None, **over: Any) -> Patient:
        given: dict[str, Any] = {"provider_id": self.clinic.provider.user_id, "at": VISIT} | over
        at = given.pop("at")
        self.write(rows.encounter(who, at, follow_up_due_on=back_by, **given))
        return who

    def due(self, **asked: Any) -> list[dict[str, Any]]:
        return self._ask(self.clinic, "find_follow_ups_due", **asked)["follow_ups"]


@pytest.fixture
def desk(clinic_at: Callable[[str], Clinic], write: Write, ask: Ask) -> Desk:
    return Desk(clinic_at(LATE_EVENING), write, ask)


@pytest.mark.promise("6.find-follow-ups-due.unbooked")
def test_who_was_told_to_come_back_is_told_with_all_that_is_known(
    desk: Desk, ask: Ask, connect: Callable[[str], Connection[Any]]
):
    connect(OWNER).execute(
        "UPDATE app.staff SET credentials = 'NP' WHERE user_id = %s", [desk.clinic.provider.user_id]
    )
    soon = desk.seen(desk.patient(), TODAY + days(3), provider_id=None, provider_name="Dr. Else")
    late = desk.seen(desk.patient(), date(2026, 2, 24))
    assert ask(desk.clinic, "find_follow_ups_due") == {
        "today": "2026-02-28",
        "follow_ups": [
            {
                "patient_id": str(late.id),
                "patient": "John Smith",
                "last_visit": "2025-11-03T10:00:00-05:00",
                "provider": "Provider, NP",
                "due": "2026-02-24",
                "days_overdue": 4,  # 28 - 24
            },
            {
                "patient_id": str(soon.id),
                "patient": "John Smith",
                "last_visit": "2025-11-03T10:00:00-05:00",
                "provider": "Dr. Else",
                "due": "2026-03-03",
            },
        ],
    }


@pytest.mark.promise("6.find-follow-ups-due.window")
@pytest.mark.parametrize(
    ("within", "seen"), [(0, [0]), (13, [0]), (14, [0, 14]), (15, [0, 14, 15])]
)
def test_what_falls_due_within_so_many_days_is_told(desk: Desk, within: int, seen: list[int]):
    for ahead in (0, 14, 15):
        desk.seen(desk.patient(), TODAY + days(ahead))
    told = [date.fromisoformat(due["due"]) - TODAY for due in desk.due(within_days=within)]
    assert told == [days(ahead) for ahead in seen]
    if within == 14:
        assert desk.due() == desk.due(within_days=14)


def test_a_day_ends_at_the_clinic_s_midnight(
    clinic_at: Callable[[str], Clinic], write: Write, ask: Ask
):
    for now, overdue in ((LATE_EVENING, None), (SOON_AFTER, 1)):
        desk = Desk(clinic_at(now), write, ask)
        desk.seen(desk.patient(), TODAY)
        (due,) = desk.due(within_days=0)
        assert (due["due"], due.get("days_overdue")) == ("2026-02-28", overdue)


BOOKED = {
    "tomorrow": ("2026-03-01T15:00", "booked"),
    "to be confirmed": ("2026-06-01T15:00", "pending"),
    "with anyone": ("2026-06-01T15:00", "booked"),
    "today and here": ("2026-02-28T15:00", "arrived"),
    "today and being seen": ("2026-02-28T15:00", "checked-in"),
    "today at its first minute": ("2026-02-28T05:00", "booked"),
}
UNBOOKED = {
    "cancelled": ("2026-03-01T15:00", "cancelled"),
    "missed": ("2026-02-28T15:00", "noshow"),
    "over": ("2026-02-28T15:00", "fulfilled"),
    "offered": ("2026-03-01T15:00", "proposed"),
    "yesterday and never closed": ("2026-02-28T04:59", "booked"),
}


@pytest.mark.promise("6.find-follow-ups-due.unbooked")
@pytest.mark.parametrize("case", BOOKED | UNBOOKED)
def test_who_has_something_booked_from_today_on_is_left_out(desk: Desk, case: str):
    at, status = (BOOKED | UNBOOKED)[case]
    patient = desk.seen(desk.patient(), TODAY)
    desk.write(rows.appointment(patient, utc(at), status=status))
    assert bool(desk.due()) == (case in UNBOOKED)


def test_the_last_visit_s_word_counts(desk: Desk):
    asked_again, let_go, sooner = desk.patient(), desk.patient(), desk.patient()
    for patient in (asked_again, let_go, sooner):
        desk.seen(patient, TODAY - days(60))
    desk.seen(asked_again, TODAY - days(2), at=VISIT + days(7))
    desk.seen(let_go, None, at=VISIT + days(7))
    desk.seen(sooner, TODAY - days(90), at=VISIT - days(7))
    told = {due["patient_id"]: due["days_overdue"] for due in desk.due()}
    assert told == {str(asked_again.id): 2, str(sooner.id): 60}


def test_a_visit_with_a_nurse_alone_takes_no_date_back_and_may_give_one(desk: Desk):
    nurse = desk.clinic.nurse.user_id
    injected, told_by_nurse, elsewhere = desk.patient(), desk.patient(), desk.patient()
    for patient in (injected, told_by_nurse, elsewhere):
        desk.seen(patient, TODAY - days(60))
    desk.seen(injected, None, at=VISIT + days(7), provider_id=nurse)
    desk.seen(told_by_nurse, TODAY - days(1), at=VISIT + days(7), provider_id=nurse)
    desk.seen(elsewhere, None, at=VISIT + days(7), provider_id=None, provider_name="Dr. Else")
    told = {due["patient_id"]: (due["provider"], due["days_overdue"]) for due in desk.due()}
    assert told == {str(injected.id): ("Provider", 60), str(told_by_nurse.id): ("Nurse", 1)}


def test_a_nurse_who_is_a_provider_too_lets_a_patient_go(
    desk: Desk, connect: Callable[[str], Connection[Any]]
):
    nurse = desk.clinic.nurse.user_id
    connect(OWNER).execute(
        "UPDATE app.staff SET roles = '{nurse,provider}' WHERE user_id = %s", [nurse]
    )
    patient = desk.seen(desk.patient(), TODAY)
    desk.seen(patient, None, at=VISIT + days(7), provider_id=nurse)
    assert desk.due() == []


def test_a_visit_that_did_not_take_place_says_nothing(desk: Desk):
    patient = desk.seen(desk.patient(), TODAY - days(5))
    desk.seen(patient, TODAY - days(50), at=VISIT + days(7), status="cancelled")
    desk.seen(patient, TODAY - days(60), at=utc("2026-03-02T15:00"))
    desk.seen(desk.patient(), TODAY, status="planned")
    (due,) = desk.due()
    assert due["days_overdue"] == 5


def test_who_left_or_died_is_not_called_back(desk: Desk):
    for status in ("inactive", "deceased"):
        desk.seen(desk.patient(status=status), TODAY)
    assert desk.due() == []


IN_OTHER_WORDS = """
WITH visits AS (
  SELECT e.*, coalesce('provider' <> ALL (s.roles) AND 'nurse' = ANY (s.roles), false) AS by_nurse
    FROM app.encounters e
    LEFT JOIN app.staff s ON (s.tenant_id, s.user_id) = (e.tenant_id, e.provider_id)
   WHERE e.tenant_id = %(tenant)s AND e.status = 'finished' AND e.started_at <= %(now)s
), said AS (
  SELECT *, row_number() OVER (PARTITION BY patient_id ORDER BY started_at DESC) AS back
    FROM visits WHERE NOT (by_nurse AND follow_up_due_on IS NULL)
)
SELECT patient_id::text, follow_up_due_on::text,
       nullif(greatest(%(today)s - follow_up_due_on, 0), 0)
  FROM said JOIN app.patients p ON p.id = patient_id AND p.status = 'active'
 WHERE back = 1 AND follow_up_due_on - %(today)s <= %(within)s
   AND patient_id NOT IN (
     SELECT patient_id FROM app.appointments
      WHERE tenant_id = %(tenant)s AND status IN ('pending', 'booked', 'arrived', 'checked-in')
        AND (starts_at AT TIME ZONE 'America/New_York')::date >= %(today)s)
 ORDER BY follow_up_due_on, patient_id
"""


@pytest.mark.promise("6.find-follow-ups-due.unbooked")
@pytest.mark.parametrize("within", [0, 14, 180])
def test_the_synthetic_clinic_s_are_those_that_other_sql_finds(
    generated: Synthetic, ask: Ask, within: int
):
    page = ask(generated.clinic, "find_follow_ups_due", within_days=within, limit=100)
    told = [(f["patient_id"], f["due"], f.get("days_overdue")) for f in page["follow_ups"]]
    assert told == generated.rows(IN_OTHER_WORDS, within=within)
    assert len(told) >= 2
