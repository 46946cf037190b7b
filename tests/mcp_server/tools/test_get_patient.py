"""get_patient: who someone is and how to reach them; nothing clinical."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from tests.ground import OWNER
from tests.mcp_server import rows
from tests.mcp_server.rows import utc
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]


@pytest.mark.promise("6.get-patient.whole")
def test_everything_that_is_known_is_told(
    clinic_at: Callable[[str], Clinic],
    write: Write,
    ask: Ask,
    connect: Callable[[str], Connection[Any]],
):
    clinic = clinic_at("2026-07-01T00:30:00-04:00")
    connect(OWNER).execute(
        "UPDATE app.staff SET credentials = 'MD' WHERE user_id = %s", [clinic.provider.user_id]
    )
    patient = rows.patient(
        clinic.tenant_id,
        "María Núñez",
        mrn="MC-1",
        preferred_name="Mari",
        birth_date=date(1980, 7, 1),
        sex="female",
        language="es-US",
        phone="+12125550100",
        email="maria@example.test",
        address_line="1 Main Street",
        city="New York",
        state="NY",
        postal_code="10001",
        country="US",
        primary_provider_id=clinic.provider.user_id,
    )
    write(
        patient,
        rows.coverage(patient, "Aetna", plan="PPO", started_on=date(2025, 1, 1), member_id="W1"),
        rows.coverage(patient, "Cigna", ended_on=date(2024, 12, 31)),
        rows.consent(patient, "sms", granted=False, decided_at=utc("2026-06-01T14:00")),
        rows.consent(patient, "portal_messages", granted=True, decided_at=utc("2026-01-01T15:00")),
        *rows.membership(
            patient,
            "Old",
            status="cancelled",
            started_on=date(2024, 1, 1),
            ended_on=date(2025, 1, 1),
        ),
        *rows.membership(
            patient, "Gold", started_on=date(2025, 2, 1), next_charge_on=date(2026, 7, 15)
        ),
    )
    assert ask(clinic, "get_patient", patient_id=str(patient.id)) == {
        "patient_id": str(patient.id),
        "name": "María Núñez",
        "preferred_name": "Mari",
        "mrn": "MC-1",
        "birth_date": "1980-07-01",
        "age": 46,
        "sex": "female",
        "status": "active",
        "language": "es-US",
        "contact": {
            "phone": "+12125550100",
            "email": "maria@example.test",
            "address": "1 Main Street",
            "city": "New York",
            "state": "NY",
            "postal_code": "10001",
            "country": "US",
        },
        "insurance": [
            {"payer": "Aetna", "plan": "PPO", "member_id": "W1", "started": "2025-01-01"},
            {"payer": "Cigna", "ended": "2024-12-31"},
        ],
        "consents": [
            {"kind": "portal_messages", "granted": True, "decided": "2026-01-01T10:00:00-05:00"},
            {"kind": "sms", "granted": False, "decided": "2026-06-01T10:00:00-04:00"},
        ],
        "primary_provider": {"provider_id": str(clinic.provider.user_id), "name": "Provider, MD"},
        "membership": {
            "plan": "Gold",
            "status": "active",
            "started": "2025-02-01",
            "next_charge": "2026-07-15",
        },
    }


@pytest.mark.promise("6.results.absent")
def test_what_is_not_known_is_left_out(clinic: Clinic, write: Write, ask: Ask):
    patient = rows.patient(clinic.tenant_id, "John Smith", mrn="MC-2", sex="unknown")
    write(patient)
    told = ask(clinic, "get_patient", patient_id=str(patient.id))
    assert told.keys() == {
        "patient_id",
        "name",
        "mrn",
        "birth_date",
        "age",
        "sex",
        "status",
        "contact",
        "insurance",
        "consents",
    }
    assert (told["contact"], told["insurance"], told["consents"]) == ({}, [], [])


def test_a_birthday_is_kept_on_the_clinic_s_day(
    clinic_at: Callable[[str], Clinic], write: Write, ask: Ask
):
    clinic = clinic_at("2026-06-30T23:30:00-04:00")
    patient = rows.patient(clinic.tenant_id, "John Smith", birth_date=date(1980, 7, 1))
    write(patient)
    assert ask(clinic, "get_patient", patient_id=str(patient.id))["age"] == 45


def test_who_died_has_the_age_of_that_day(clinic: Clinic, write: Write, ask: Ask):
    dead = rows.patient(
        clinic.tenant_id,
        "John Smith",
        status="deceased",
        birth_date=date(1950, 3, 2),
        deceased_on=date(2020, 3, 1),
    )
    write(dead)
    told = ask(clinic, "get_patient", patient_id=str(dead.id))
    assert (told["age"], told["deceased"], told["status"]) == (69, "2020-03-01", "deceased")


def test_an_id_is_read_in_the_forms_of_a_uuid_and_no_other(
    clinic: Clinic, write: Write, ask: Ask, refusal: Callable[..., str]
):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    write(patient)
    for form in (str(patient.id).upper(), patient.id.hex):
        assert ask(clinic, "get_patient", patient_id=form)["name"] == "John Smith"
    for wrong in ("", "1", str(patient.id)[:-1], f"{patient.id}0", "John Smith"):
        said = refusal(clinic, "get_patient", patient_id=wrong)
        assert said == "patient_id: must be an id (UUID) as another tool returned it"
