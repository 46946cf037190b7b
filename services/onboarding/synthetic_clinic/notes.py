"""Signed notes of the visits, put together from what the visit's rows say."""

from datetime import datetime

from models.chart import ChartNote
from models.encounter import Encounter
from services.clinical.markers import BY_LOINC
from services.onboarding.synthetic_clinic.agenda import INFUSION, INJECTION, TREATMENT
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story, Visit, VisitKind

_DONE: dict[VisitKind, str] = {
    INFUSION: "One litre of saline with vitamins over 45 minutes, well tolerated.",
    INJECTION: "Vitamin B12 1 mg into the left deltoid, well tolerated.",
    TREATMENT: "Botulinum toxin to glabella and forehead, no bruising.",
}


def write_notes(record: Record, story: Story) -> None:
    """Write one note a visit; the provider signs, also what the nurse wrote."""
    for number, visit in enumerate(story.seen):
        encounter = visit.encounter
        if encounter is None or encounter.ended_at is None:
            continue
        signed_at = encounter.ended_at + record.minutes(4, 30)
        record.add(
            ChartNote,
            signed_at,
            patient_id=story.patient.id,
            encounter_id=encounter.id,
            subjective=_subjective(story, visit, number),
            objective=_objective(story, visit, encounter),
            assessment=_assessment(story, visit),
            plan=_plan(story, visit, encounter),
            author_id=encounter.provider_id,
            signer_id=story.provider_id,
            signed_at=signed_at,
        )


def _subjective(story: Story, visit: Visit, number: int) -> str:
    if visit.kind.by_nurse:
        return "Here for the planned treatment. Feels well."
    if number == 0:
        return story.plan.complaint
    return story.plan.progress[number % len(story.plan.progress)]


def _objective(story: Story, visit: Visit, encounter: Encounter) -> str:
    parts: list[str] = []
    if visit.vital is None:
        parts.append("By video. Looks well, speaks in full sentences.")
    else:
        vital = visit.vital
        parts.append(
            f"BP {vital.systolic_mmhg}/{vital.diastolic_mmhg} mmHg, pulse {vital.pulse_bpm}, "
            f"weight {vital.weight_kg} kg, BMI {vital.bmi_kg_m2}, SpO2 {vital.spo2_percent} %."
        )
    if visit.kind in _DONE:
        parts.append(_DONE[visit.kind])
    known = "" if visit.kind.by_nurse else _latest(story, encounter.started_at)
    if known:
        parts.append(f"Last labs: {known}.")
    if visit.draws:
        parts.append("Blood drawn today.")
    return " ".join(parts)


def _latest(story: Story, at: datetime) -> str:
    """The watched markers as they were known at that time."""
    latest: dict[str, str] = {}
    for result in story.results:
        marker = BY_LOINC[result.loinc]
        if marker.key in story.plan.watched and result.issued_at and result.issued_at <= at:
            latest[marker.key] = f"{marker.name} {result.value} {result.unit} ({result.flag})"
    return ", ".join(latest.values())


def _assessment(story: Story, visit: Visit) -> str:
    plans = story.plans[:1] if visit.kind.by_nurse else story.plans
    named = dict.fromkeys(f"{p.diagnosis.label} ({p.diagnosis.code})" for p in plans)
    return "; ".join(named) + "."


def _plan(story: Story, visit: Visit, encounter: Encounter) -> str:
    parts = [
        f"{m.label}: {m.dose} {m.dose_unit} {m.frequency_label}."
        for m in story.medications
        if m.encounter_id == encounter.id
    ]
    if story.plan.advice and not visit.kind.by_nurse:
        parts.append(story.plan.advice)
    baseline = next((seen for seen in story.seen if seen.draws), None)
    if visit is baseline and any(m.started_on > visit.day for m in story.medications):
        parts.append("Treatment starts once today's results are back.")
    due_on = encounter.follow_up_due_on
    if due_on:
        parts.append(f"Back by {due_on:%B} {due_on.day}.")
    return " ".join(parts) or "As planned."
