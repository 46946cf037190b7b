"""Vital signs, taken when a patient is in the house."""

from datetime import timedelta
from decimal import Decimal

from models.vital import Vital
from services.onboarding.synthetic_clinic.physiology import Body
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story

_CM_A_METRE = 100


def take_vitals(record: Record, story: Story, body: Body) -> None:
    """Write a row for each visit that was not by video."""
    if not story.seen:
        return
    height = round(body.level("height", story.seen[0].day))
    for visit in story.seen:
        if visit.encounter is None or visit.kind.telehealth:
            continue
        taken_at = visit.encounter.started_at + timedelta(minutes=4)
        metres = height / _CM_A_METRE
        weight = round(body.level("bmi", visit.day) * metres**2 + record.chance.gauss(0, 0.4), 1)
        systolic = round(body.measure("systolic", visit.day))
        visit.vital = record.add(
            Vital,
            taken_at,
            patient_id=story.patient.id,
            encounter_id=visit.encounter.id,
            taken_at=taken_at,
            systolic_mmhg=Decimal(systolic),
            diastolic_mmhg=Decimal(round(systolic * record.chance.uniform(0.6, 0.66))),
            pulse_bpm=Decimal(round(body.measure("pulse", visit.day))),
            respirations_per_min=Decimal(record.chance.randint(12, 18)),
            weight_kg=Decimal(f"{weight:.1f}"),
            height_cm=Decimal(height),
            bmi_kg_m2=Decimal(f"{weight / metres**2:.1f}"),
            temperature_c=Decimal(f"{record.chance.uniform(36.3, 37.1):.1f}"),
            spo2_percent=Decimal(record.chance.randint(96, 100)),
        )
