"""The resource types that are kept: how each is read, into which table, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.base import ClinicRow
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
    table: str
    """Where a row of its own id stands. Most vital signs have none: they share a row."""


KINDS = {
    "Patient": Kind(0, patient.PatientResource, patient.to_row, "patients"),
    "Appointment": Kind(1, appointment.AppointmentResource, appointment.to_row, "appointments"),
    "Encounter": Kind(2, encounter.EncounterResource, encounter.to_row, "encounters"),
    "Condition": Kind(3, condition.ConditionResource, condition.to_row, "conditions"),
    "AllergyIntolerance": Kind(
        3,
        allergy_intolerance.AllergyIntoleranceResource,
        allergy_intolerance.to_row,
        "allergies",
    ),
    "MedicationRequest": Kind(
        3, medication_request.MedicationRequestResource, medication_request.to_row, "medications"
    ),
    "Immunization": Kind(
        3, immunization.ImmunizationResource, immunization.to_row, "immunizations"
    ),
    "Claim": Kind(3, claim.ClaimResource, claim.to_row, "claims"),
    "DocumentReference": Kind(
        3, document_reference.DocumentReferenceResource, document_reference.to_row, "chart_notes"
    ),
    "Observation": Kind(3, ObservationResource, observation.to_row, "lab_results"),
    "DiagnosticReport": Kind(
        4, diagnostic_report.DiagnosticReportResource, diagnostic_report.to_row, "lab_reports"
    ),
}
