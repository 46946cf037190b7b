"""When labs are due, read from the rows in both ways in which one may count."""

from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

from models.chart import Condition
from models.lab import LabInterval, LabPanelMarker, LabResult
from models.medication import Medication
from models.patient import Patient
from models.vocabulary import (
    IntervalTrigger,
    MedicationStatus,
    PatientStatus,
)
from tests.services.onboarding.sample import Sample


def due_dates(sample: Sample) -> dict[UUID, list[tuple[date, date]]]:
    """For each active patient the due dates of all that applies, earliest and latest reading.

    A change of dose may be read as a new start (then the first draw after it is due anew) or not.
    """
    required: defaultdict[UUID, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for marker in sample.where(LabPanelMarker, required=True):
        required[marker.panel_id][marker.marker].add(marker.loinc)
    drawn: defaultdict[tuple[UUID, str], list[date]] = defaultdict(list)
    for result in sample.of(LabResult):
        drawn[result.patient_id, result.loinc].append(sample.day_of(result.collected_at))
    due: dict[UUID, list[tuple[date, date]]] = {}
    for patient in sample.where(Patient, status=PatientStatus.ACTIVE):
        due[patient.id] = []
        for interval in sample.of(LabInterval):
            lasts = [
                max((day for code in codes for day in drawn[patient.id, code]), default=None)
                for codes in required[interval.panel_id].values()
            ]
            last = min((day for day in lasts if day), default=None) if all(lasts) else None
            readings = [
                last + timedelta(days=interval.interval_days)
                if last and last >= start
                else start + timedelta(days=interval.first_due_days)
                for start in _starts(sample, patient.id, interval)
            ]
            if readings:
                due[patient.id].append((min(readings), max(readings)))
    return due


def _starts(sample: Sample, patient_id: UUID, interval: LabInterval) -> list[date]:
    """The first day of what makes the interval apply, and the day of the last change."""
    if interval.trigger == IntervalTrigger.CONDITION:
        return [
            c.onset_on
            for c in sample.of_patient(Condition, patient_id)
            if c.code.startswith(tuple(interval.trigger_codes)) and c.onset_on
        ]
    taken = [
        m
        for m in sample.of_patient(Medication, patient_id)
        if m.ingredient_rxnorm in interval.trigger_codes
    ]
    active = [m.started_on for m in taken if m.status == MedicationStatus.ACTIVE]
    return [min(m.started_on for m in taken), min(active)] if active else []
