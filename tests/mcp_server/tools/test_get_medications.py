"""get_medications: prescriptions, last started first; stopped ones only when asked for."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from psycopg import Connection

from models.patient import Patient
from tests.ground import OWNER
from tests.mcp_server import rows
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]


@pytest.fixture
def patient(clinic: Clinic, write: Write) -> Patient:
    patient = rows.patient(clinic.tenant_id, "John Smith")
    write(patient)
    return patient


@pytest.mark.promise("6.results.labels", "6.get-medications.whole")
def test_a_prescription_is_told_with_all_that_is_known(
    clinic: Clinic,
    patient: Patient,
    write: Write,
    ask: Ask,
    connect: Callable[[str], Connection[Any]],
):
    connect(OWNER).execute(
        "UPDATE app.staff SET credentials = 'MD' WHERE user_id = %s", [clinic.provider.user_id]
    )
    write(
        rows.medication(
            patient,
            "testosterone cypionate 200 MG/ML Injectable Solution",
            rxnorm="835829",
            dose=Decimal("0.5"),
            dose_unit="mL",
            route_label="Intramuscular route",
            frequency_code="1/7d",
            frequency_label="once a week",
            started_on=date(2025, 3, 1),
            prescriber_id=clinic.provider.user_id,
        ),
        rows.medication(
            patient,
            "anastrozole 1 MG Oral Tablet",
            rxnorm="199224",
            frequency_code="BID",
            as_needed=True,
            status="on-hold",
            started_on=date(2025, 4, 1),
            prescriber_name="Dr. Elsewhere",
        ),
    )
    assert ask(clinic, "get_medications", patient_id=str(patient.id)) == {
        "medications": [
            {
                "rxnorm": "199224",
                "name": "anastrozole 1 MG Oral Tablet",
                "frequency": "BID",
                "as_needed": True,
                "status": "on-hold",
                "started": "2025-04-01",
                "prescriber": "Dr. Elsewhere",
            },
            {
                "rxnorm": "835829",
                "name": "testosterone cypionate 200 MG/ML Injectable Solution",
                "dose": 0.5,
                "dose_unit": "mL",
                "route": "Intramuscular route",
                "frequency": "once a week",
                "status": "active",
                "started": "2025-03-01",
                "prescriber": "Provider, MD",
            },
        ]
    }


@pytest.mark.promise("6.get-medications.active")
def test_what_was_stopped_is_told_when_asked_for(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    ended = {"stopped": date(2025, 5, 1), "completed": date(2025, 2, 1), "cancelled": None}
    write(
        rows.medication(patient, "active", started_on=date(2025, 1, 1)),
        rows.medication(patient, "unknown", started_on=date(2024, 1, 1), status="unknown"),
        *(
            rows.medication(
                patient, status, status=status, started_on=date(2025, 1, 2), stopped_on=day
            )
            for status, day in ended.items()
        ),
    )

    def told(**asked: Any) -> dict[str, str | None]:
        page = ask(clinic, "get_medications", patient_id=str(patient.id), **asked)
        return {m["name"]: m.get("stopped") for m in page["medications"]}

    assert told() == told(active_only=True) == {"active": None}
    assert told(active_only=False) == {
        "active": None,
        "unknown": None,
        "stopped": "2025-05-01",
        "completed": "2025-02-01",
        "cancelled": None,
    }
