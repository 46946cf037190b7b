"""get_no_shows_and_cancellations: who did not come, who has booked since, and the rates."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.mcp_server import rows
from tests.mcp_server.synthetic import ZONE, Synthetic
from tests.personas import Clinic

NOON = "2026-11-02T12:00:00-05:00"
"""A Monday; the day before, summer ended in New York."""

Ask = Callable[..., Any]
Write = Callable[..., None]
TOOL = "get_no_shows_and_cancellations"


@pytest.fixture
def clinic(clinic_at: Callable[[str], Clinic]) -> Clinic:
    return clinic_at(NOON)


@pytest.mark.promise(
    "6.get-no-shows-and-cancellations.rebooked",
    "6.get-no-shows-and-cancellations.contact",
    "6.get-no-shows-and-cancellations.rates",
)
def test_missed_visits_and_their_rates_by_hand(clinic: Clinic, write: Write, ask: Ask):
    came_back, booked, lost = (
        rows.patient(clinic.tenant_id, name, phone="+12125550100", email=None)
        for name in ("Ann Early", "Bea Booked", "Cal Lost")
    )
    by = {"provider_id": clinic.provider.user_id}
    lab = {"type_label": "Lab draw"}
    write(came_back, booked, lost)
    write(
        rows.appointment(came_back, rows.utc("2026-10-26T14:00:00+00:00"), status="noshow", **by),
        rows.appointment(
            came_back, rows.utc("2026-10-28T14:00:00+00:00"), status="fulfilled", **by
        ),
        rows.appointment(booked, rows.utc("2026-10-27T14:00:00+00:00"), status="cancelled", **lab),
        rows.appointment(booked, rows.utc("2026-11-05T15:00:00+00:00"), status="booked"),
        # Half past eleven on Sunday night, in winter's time again: the last of last week.
        rows.appointment(lost, rows.utc("2026-11-02T04:30:00+00:00"), status="noshow", **by),
        rows.appointment(lost, rows.utc("2026-11-02T05:00:00+00:00"), status="noshow", **by),
        rows.appointment(lost, rows.utc("2026-10-20T14:00:00+00:00"), status="fulfilled"),
        rows.appointment(lost, rows.utc("2026-12-01T14:00:00+00:00"), status="cancelled"),
        rows.consent(booked, "sms", granted=True, decided_at=rows.utc("2026-01-01T00:00:00+00:00")),
        rows.consent(
            booked, "email", granted=True, decided_at=rows.utc("2026-01-01T00:00:00+00:00")
        ),
        rows.consent(lost, "sms", granted=False, decided_at=rows.utc("2026-01-01T00:00:00+00:00")),
        rows.consent(
            lost, "portal_messages", granted=True, decided_at=rows.utc("2026-01-01T00:00:00+00:00")
        ),
    )
    told = ask(clinic, TOOL, date_range="last_week")
    assert (told["first"], told["last"]) == ("2026-10-26", "2026-11-01")
    assert [
        (visit["starts"], visit["patient"], visit["status"], visit.get("rebooked"))
        for visit in told["visits"]
    ] == [
        ("2026-11-01T23:30:00-05:00", "Cal Lost", "noshow", None),
        ("2026-10-27T10:00:00-04:00", "Bea Booked", "cancelled", "2026-11-05T10:00:00-05:00"),
        ("2026-10-26T10:00:00-04:00", "Ann Early", "noshow", "2026-10-28T10:00:00-04:00"),
    ]
    # Bea has no e-mail address; Cal said no to SMS; Ann said nothing.
    assert [visit["may_contact_by"] for visit in told["visits"]] == [
        ["portal_messages"],
        ["sms"],
        [],
    ]
    # Two of four were missed, one was cancelled.
    assert told["rate"] == {
        "visits": 4,
        "no_shows": 2,
        "cancelled": 1,
        "no_show_percent": 50,
        "cancelled_percent": 25,
    }
    (provider,) = told["by_provider"]
    assert provider == {
        "name": "Provider",
        "visits": 3,
        "no_shows": 2,
        "cancelled": 0,
        "no_show_percent": 66.7,
        "cancelled_percent": 0,
    }
    assert [(rate["name"], rate["visits"], rate["cancelled"]) for rate in told["by_type"]] == [
        ("Follow-up", 3, 0),
        ("Lab draw", 1, 1),
    ]


def test_a_visit_to_come_that_is_cancelled_is_listed_and_not_counted(
    clinic: Clinic, write: Write, ask: Ask
):
    patient = rows.patient(clinic.tenant_id, "Ann Early")
    write(
        patient,
        rows.appointment(patient, rows.utc("2026-11-04T15:00:00+00:00"), status="cancelled"),
    )
    told = ask(clinic, TOOL, date_range="this_week")
    assert [visit["status"] for visit in told["visits"]] == ["cancelled"]
    assert told["rate"] == {"visits": 0, "no_shows": 0, "cancelled": 0}


@pytest.mark.promise("6.get-no-shows-and-cancellations.rebooked")
def test_who_took_another_time_is_rebooked_and_who_came_between_is_not(
    clinic: Clinic, write: Write, ask: Ask
):
    given_up = rows.utc("2026-10-20T12:00:00+00:00")
    earlier, series, here, missed_again = (
        rows.patient(clinic.tenant_id, name)
        for name in ("Ann Earlier", "Bea Series", "Cal Here", "Dan Again")
    )
    write(earlier, series, here, missed_again)

    def visit(of, day: str, status: str, **over: Any):
        return rows.appointment(of, rows.utc(f"{day}:00+00:00"), status=status, **over)

    before = rows.utc("2026-10-01T12:00:00+00:00")
    write(
        # Given up for an earlier time.
        visit(earlier, "2026-10-29T14:00", "cancelled", booked_at=before, cancelled_at=given_up),
        visit(earlier, "2026-10-22T14:00", "fulfilled", booked_at=given_up),
        # An earlier visit that was booked long before is none instead of it.
        visit(series, "2026-10-28T14:00", "cancelled", booked_at=before, cancelled_at=given_up),
        visit(series, "2026-10-22T14:00", "fulfilled", booked_at=before),
        # It is noon: since ten o'clock in the waiting room.
        visit(here, "2026-10-27T14:00", "noshow", booked_at=before),
        visit(here, "2026-11-02T15:00", "arrived", booked_at=before),
        # Booked for yesterday, and nobody wrote down what became of it.
        visit(missed_again, "2026-10-26T14:00", "noshow", booked_at=before),
        visit(missed_again, "2026-11-01T15:00", "booked", booked_at=before),
    )
    told = ask(clinic, TOOL, date_range="last_week")
    assert [(visit["patient"], visit.get("rebooked")) for visit in told["visits"]] == [
        ("Ann Earlier", "2026-10-22T10:00:00-04:00"),
        ("Bea Series", None),
        ("Cal Here", "2026-11-02T10:00:00-05:00"),
        ("Dan Again", None),
    ]


def test_two_providers_of_one_name_are_two(clinic: Clinic, write: Write, ask: Ask):
    patient = rows.patient(clinic.tenant_id, "Ann Early")
    write(patient)
    day = rows.utc("2026-10-27T14:00:00+00:00")
    by_staff = {"provider_id": clinic.provider.user_id}
    write(
        rows.appointment(patient, day, status="noshow", **by_staff),
        rows.appointment(patient, day, status="fulfilled", provider_name="Provider"),
    )
    told = ask(clinic, TOOL, date_range="last_week")
    assert [(rate["name"], rate["no_shows"]) for rate in told["by_provider"]] in (
        [("Provider", 1), ("Provider", 0)],
        [("Provider", 0), ("Provider", 1)],
    )


@pytest.mark.promise("6.get-no-shows-and-cancellations.rates")
def test_the_synthetic_clinic_s_are_those_of_other_sql(generated: Synthetic, ask: Ask):
    told = ask(generated.clinic, TOOL, date_range="last_30_days", limit=100)
    since = generated.today - timedelta(days=29)
    visits = [
        (starts, status)
        for starts, status in generated.rows(
            "SELECT starts_at, status FROM app.appointments WHERE tenant_id = %(tenant)s"
        )
        if since <= starts.astimezone(ZONE).date() <= generated.today
    ]
    count = Counter(status for starts, status in visits if starts <= generated.now)
    assert told["rate"]["no_shows"] == count["noshow"] > 0
    assert told["rate"]["cancelled"] == count["cancelled"]
    ended = ("fulfilled", "arrived", "checked-in", "noshow", "cancelled")
    assert told["rate"]["visits"] == sum(count[status] for status in ended)
    missed = sum(1 for _, status in visits if status in {"noshow", "cancelled"})
    assert len(told["visits"]) == missed
    assert sum(rate["visits"] for rate in told["by_type"]) == told["rate"]["visits"]
    by_provider = generated.rows(
        """
        SELECT s.display_name, count(*) FILTER (WHERE a.status = 'noshow'), count(*)
          FROM app.appointments a JOIN app.staff s USING (tenant_id)
         WHERE a.tenant_id = %(tenant)s AND a.provider_id = s.user_id
           AND a.starts_at <= %(now)s AND a.status <> ALL (%(open)s)
           AND (a.starts_at AT TIME ZONE 'America/New_York')::date >= %(since)s
         GROUP BY s.user_id, s.display_name
        """,
        now=generated.now,
        since=since,
        open=["pending", "booked", "entered-in-error"],
    )
    told_by = {rate["name"].split(",")[0]: rate for rate in told["by_provider"]}
    assert {name: (r["no_shows"], r["visits"]) for name, r in told_by.items()} == {
        name: (missed, ended) for name, missed, ended in by_provider
    }
