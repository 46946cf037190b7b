"""The resource types that are kept: how each is read, into which table, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.appointment import Appointment
from models.base import ClinicRow
from models.chart import Allergy, ChartNote, Condition, Immunization
from models.encounter import Encounter
from models.invoice import Claim
from models.lab import LabReport, LabResult
from models.medication import Medication
from models.patient import Patient
from services.exchange.fhir_import.elements import Resource
from services.exchange.fhir_import.mapping import Context
from services.exchange.fhir_import.resources import (
    allergy_intolerance,
    appointment,
    claim,
    condition,
    diagnostic_report,
    document_reference,
    encounter,
    immunization,
    medication_request,
    observation,
    patient,
)
from services.exchange.fhir_import.resources.observed import ObservationResource

NAME_ONLY = frozenset({"Practitioner", "PractitionerRole", "Medication"})
"""Not stored, but asked for names and codes by others in their file."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type that is kept. A lower rank goes first, since later ones refer to its rows."""

    rank: int
    resource: type[Resource]
    to_row: Callable[[Any, Context], ClinicRow]
    table: type[ClinicRow]
    """Where a row of its own id stands. Most vital signs have none: they share a row."""


KINDS = {
    "Patient": Kind(0, patient.PatientResource, patient.to_row, Patient),
    "Appointment": Kind(1, appointment.AppointmentResource, appointment.to_row, Appointment),
    "Encounter": Kind(2, encounter.EncounterResource, encounter.to_row, Encounter),
    "Condition": Kind(3, condition.ConditionResource, condition.to_row, Condition),
    "AllergyIntolerance": Kind(
        3,
        allergy_intolerance.AllergyIntoleranceResource,
        allergy_intolerance.to_row,
        Allergy,
    ),
    "MedicationRequest": Kind(
        3, medication_request.MedicationRequestResource, medication_request.to_row, Medication
    ),
    "Immunization": Kind(3, immunization.ImmunizationResource, immunization.to_row, Immunization),
    "Claim": Kind(3, claim.ClaimResource, claim.to_row, Claim),
    "DocumentReference": Kind(
        3, document_reference.DocumentReferenceResource, document_reference.to_row, ChartNote
    ),
    "Observation": Kind(3, ObservationResource, observation.to_row, LabResult),
    "DiagnosticReport": Kind(
        4, diagnostic_report.DiagnosticReportResource, diagnostic_report.to_row, LabReport
    ),
}

RANKS = tuple(sorted({kind.rank for kind in KINDS.values()}))
