"""get_appointments: the schedule of days as they are at the clinic."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from models.base import uuid7
from tests.ground import OWNER
from tests.mcp_server import rows
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.rows import utc
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]


@pytest.mark.promise("6.results.labels", "6.get-appointments.whole")
def test_an_appointment_is_told_with_all_that_is_known(
    clinic: Clinic, write: Write, ask: Ask, connect: Callable[[str], Connection[Any]]
):
    connect(OWNER).execute(
        "UPDATE app.staff SET credentials = 'NP' WHERE user_id = %s", [clinic.provider.user_id]
    )
    patient = rows.patient(clinic.tenant_id, "John Smith")
    at_clinic = rows.appointment(
        patient,
        utc("2026-03-02T14:30"),
        provider_id=clinic.provider.user_id,
        type_label="Hormone follow-up",
        reason_system="ICD-10-CM",
        reason_code="E29.1",
        reason_label="Testicular hypofunction",
        ends_at=utc("2026-03-02T15:15"),
    )
    elsewhere = rows.appointment(
        patient,
        utc("2026-03-02T13:00"),
        status="cancelled",
        place="telehealth",
        provider_name="Dr. Elsewhere",
        reason_code="no label",
    )
    write(patient, at_clinic, elsewhere)
    assert ask(clinic, "get_appointments", date_range="2026-03-02/2026-03-02") == {
        "appointments": [
            {
                "appointment_id": str(elsewhere.id),
                "starts": "2026-03-02T08:00:00-05:00",
                "minutes": 30,
                "status": "cancelled",
                "place": "telehealth",
                "type": "Follow-up",
                "patient_id": str(patient.id),
                "patient": "John Smith",
                "provider": "Dr. Elsewhere",
            },
            {
                "appointment_id": str(at_clinic.id),
                "starts": "2026-03-02T09:30:00-05:00",
                "minutes": 45,
                "status": "booked",
                "place": "in_person",
                "type": "Hormone follow-up",
                "reason": {
                    "system": "ICD-10-CM",
                    "code": "E29.1",
                    "label": "Testicular hypofunction",
                },
                "patient_id": str(patient.id),
                "patient": "John Smith",
                "provider_id": str(clinic.provider.user_id),
                "provider": "Provider, NP",
            },
        ]
    }


def starts(page: Any) -> list[str]:
    return [visit["starts"] for visit in page["appointments"]]


SPRING, AUTUMN = "2027-03-14", "2027-11-07"


@pytest.mark.promise("6.date-range.clinic-days")
@pytest.mark.parametrize(
    ("day", "hours"), [("2027-03-13", 24), (SPRING, 23), (AUTUMN, 25), ("2027-11-08", 24)]
)
def test_a_day_is_as_long_as_it_is_at_the_clinic(
    clinic: Clinic, write: Write, ask: Ask, day: str, hours: int
):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    midnight = utc(day) + timedelta(hours=4)
    every_hour = [rows.appointment(patient, midnight + timedelta(hours=n)) for n in range(-3, 30)]
    write(patient, *every_hour)
    told = starts(ask(clinic, "get_appointments", date_range=f"{day}/{day}", limit=50))
    assert len(told) == hours
    assert {moment[:10] for moment in told} == {day}


EVENING, MORNING = "2026-06-30T23:30:00-04:00", "2026-07-01T00:30:00-04:00"
"""Either side of a midnight that begins a month, in the middle of a week."""


@pytest.mark.promise("6.date-range.clinic-days")
@pytest.mark.parametrize(
    "case",
    [
        (EVENING, "today", "06-30", "06-30"),
        (MORNING, "today", "07-01", "07-01"),
        (EVENING, "tomorrow", "07-01", "07-01"),
        (MORNING, "yesterday", "06-30", "06-30"),
        (EVENING, "this_week", "06-29", "07-05"),
        (MORNING, "next_week", "07-06", "07-12"),
        (EVENING, "last_week", "06-22", "06-28"),
        (EVENING, "this_month", "06-01", "06-30"),
        (MORNING, "this_month", "07-01", "07-31"),
        (EVENING, "last_month", "05-01", "05-31"),
        (MORNING, "last_month", "06-01", "06-30"),
        (EVENING, "last_7_days", "06-24", "06-30"),
        (MORNING, "last_7_days", "06-25", "07-01"),
        (EVENING, "last_30_days", "06-01", "06-30"),
        (MORNING, "last_90_days", "04-03", "07-01"),
        (EVENING, "this_year", "04-01", "07-31"),
    ],
)
def test_a_word_means_the_days_of_the_clinic(
    clinic_at: Callable[[str], Clinic], write: Write, ask: Ask, case: tuple[str, str, str, str]
):
    now, word, first, last = case
    clinic = clinic_at(now)
    patient = rows.patient(clinic.tenant_id, "John Smith")
    noon = utc("2026-04-01T16:00")
    daily = [rows.appointment(patient, noon + timedelta(days=n)) for n in range(122)]
    late = [
        rows.appointment(patient, noon + timedelta(days=n, hours=11, minutes=59))
        for n in range(122)
    ]
    write(patient, *daily, *late)
    days: list[str] = []
    cursor = None
    while True:
        page = ask(clinic, "get_appointments", date_range=word, limit=100, cursor=cursor)
        days += [moment[5:10] for moment in starts(page)]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert days == sorted(days)
    assert (days[0], days[-1]) == (first, last)
    assert all(days.count(day) == 2 for day in set(days))


@pytest.mark.promise("6.get-appointments.provider")
def test_a_provider_s_own_are_told_alone(
    clinic: Clinic, write: Write, ask: Ask, endpoint: Endpoint
):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    at = utc("2026-03-02T14:30")
    write(
        patient,
        rows.appointment(patient, at, provider_id=clinic.provider.user_id),
        rows.appointment(patient, at, provider_id=clinic.nurse.user_id),
        rows.appointment(patient, at),
    )
    day = "2026-03-02/2026-03-02"
    assert len(starts(ask(clinic, "get_appointments", date_range=day))) == 3
    for person in (clinic.provider, clinic.nurse):
        own = ask(clinic, "get_appointments", date_range=day, provider_id=str(person.user_id))
        assert [v["provider_id"] for v in own["appointments"]] == [str(person.user_id)]
    nobody = "There is no such provider in this clinic."
    for stranger in (clinic.front_desk.user_id, patient.id, uuid7()):
        given = {"date_range": day, "provider_id": str(stranger)}
        token = clinic.provider.token.text
        assert endpoint.call("get_appointments", given, token=token).refusal == nobody


@pytest.mark.promise("6.get-appointments.provider")
def test_a_provider_who_left_is_still_found(
    clinic: Clinic, write: Write, ask: Ask, connect: Callable[[str], Connection[Any]]
):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    nurse = clinic.nurse.user_id
    write(patient, rows.appointment(patient, utc("2026-03-02T14:30"), provider_id=nurse))
    connect(OWNER).execute("UPDATE app.staff SET active = false WHERE user_id = %s", [nurse])
    day = "2026-03-02/2026-03-02"
    page = ask(clinic, "get_appointments", date_range=day, provider_id=str(nurse))
    assert [visit["provider"] for visit in page["appointments"]] == ["Nurse"]


NO_WORD = (
    "must be one of today, tomorrow, yesterday, this_week, next_week, last_week, this_month, "
    "last_month, last_7_days, last_30_days, last_90_days, this_year; or two days, "
    "YYYY-MM-DD/YYYY-MM-DD: it is neither"
)
NO_DAY = "must be two days of the calendar, YYYY-MM-DD/YYYY-MM-DD: the first is not"
NO_ORDER = "must be the first day and then the last, YYYY-MM-DD/YYYY-MM-DD: it ends first"
TOO_LONG = "must be at most 3 years, both days included: it is more"
REFUSED = {
    "2026-02-29/2026-03-01": NO_DAY,
    "2026-03-02/2026-03-01": NO_ORDER,
    "2023-03-02/2026-03-02": TOO_LONG,
    "9996-01-01/9999-12-31": TOO_LONG,
    "2026-03-02": NO_WORD,
    "next month": NO_WORD,
    "TODAY": NO_WORD,
    "": NO_WORD,
}


@pytest.mark.promise("6.date-range.two-days")
@pytest.mark.parametrize("date_range", REFUSED)
def test_another_range_is_refused_with_what_is_wrong_and_what_would_be_right(
    clinic: Clinic, refusal: Callable[..., str], date_range: str
):
    said = refusal(clinic, "get_appointments", date_range=date_range)
    assert said == f"date_range: {REFUSED[date_range]}"


def test_the_furthest_days_of_the_calendar_are_days(clinic: Clinic, ask: Ask):
    for days in (
        "0001-01-01/0001-01-02",
        "9997-01-01/9999-12-31",
        "9999-12-31/9999-12-31",
        "2024-02-29/2027-02-28",
    ):
        assert ask(clinic, "get_appointments", date_range=days) == {"appointments": []}
