"""get_vitals: what was measured together, newest first, in the units that the names say."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.mcp_server import rows
from tests.mcp_server.rows import utc
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]


@pytest.mark.promise("6.results.units", "6.get-vitals.whole")
def test_all_that_was_measured_is_told_and_nothing_else(clinic: Clinic, write: Write, ask: Ask):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    whole = {
        "systolic_mmhg": Decimal(128),
        "diastolic_mmhg": Decimal("82.0"),
        "pulse_bpm": Decimal(71),
        "respirations_per_min": Decimal(14),
        "weight_kg": Decimal("91.4"),
        "height_cm": Decimal("180.5"),
        "bmi_kg_m2": Decimal("28.1"),
        "temperature_c": Decimal("36.9"),
        "spo2_percent": Decimal(98),
        "pain_score": 0,
    }
    write(
        patient,
        rows.vital(patient, utc("2026-01-05T15:00"), **whole),
        rows.vital(patient, utc("2026-06-05T14:00"), weight_kg=Decimal(90)),
    )
    assert ask(clinic, "get_vitals", patient_id=str(patient.id)) == {
        "vitals": [
            {"taken": "2026-06-05T10:00:00-04:00", "weight_kg": 90},
            {
                "taken": "2026-01-05T10:00:00-05:00",
                "systolic_mmhg": 128,
                "diastolic_mmhg": 82,
                "pulse_bpm": 71,
                "respirations_per_min": 14,
                "weight_kg": 91.4,
                "height_cm": 180.5,
                "bmi_kg_m2": 28.1,
                "temperature_c": 36.9,
                "spo2_percent": 98,
                "pain_0_to_10": 0,
            },
        ]
    }


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("177.43350493152528", 177.4),
        ("81.6466266", 81.65),
        ("36.944", 36.94),
        ("99.996", 100),
        ("9.87654321", 9.877),
        ("0.123456", 0.1235),
        ("12345.678", 12346),
        ("120.0", 120),
        ("0", 0),
    ],
)
def test_a_measurement_is_told_in_four_digits(
    clinic: Clinic, write: Write, ask: Ask, kept: str, told: float
):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    write(patient, rows.vital(patient, utc("2026-01-01T15:00"), systolic_mmhg=Decimal(kept)))
    (vitals,) = ask(clinic, "get_vitals", patient_id=str(patient.id))["vitals"]
    assert vitals["systolic_mmhg"] == told


@pytest.mark.promise("6.get-vitals.bounds")
def test_ten_are_told_unless_more_are_asked_for(clinic: Clinic, write: Write, ask: Ask):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    taken = (
        rows.vital(patient, utc("2026-01-01T15:00"), pulse_bpm=Decimal(n)) for n in range(60, 72)
    )
    write(patient, *taken)
    first = ask(clinic, "get_vitals", patient_id=str(patient.id))
    assert len(first["vitals"]) == 10
    cursor = first["next_cursor"]
    rest = ask(clinic, "get_vitals", patient_id=str(patient.id), cursor=cursor)
    pulses = [v["pulse_bpm"] for v in first["vitals"] + rest["vitals"]]
    assert sorted(pulses) == list(range(60, 72))
    assert "next_cursor" not in rest
    whole = ask(clinic, "get_vitals", patient_id=str(patient.id), limit=100)
    assert [v["pulse_bpm"] for v in whole["vitals"]] == pulses
