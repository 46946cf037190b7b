"""Every question that the services answer about a clinic's rows, as a door would ask it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from models.permission import Permission
from services.clinical import labs, medications, patient_list, patients, vitals
from services.database.session import ClinicSession
from services.date_range import DateRange
from services.followup import labs_due
from services.practice import schedule

Question = Callable[[ClinicSession, UUID], Awaitable[Any]]

OF_A_PATIENT: dict[str, tuple[Permission, Question]] = {
    "patients.record": (Permission.VIEW_PATIENTS, patients.record),
    "labs.results": (Permission.VIEW_CHARTS, lambda c, id_: labs.results(c, id_, limit=5)),
    "vitals.measurements": (
        Permission.VIEW_CHARTS,
        lambda c, id_: vitals.measurements(c, id_, limit=5),
    ),
    "medications.prescriptions": (
        Permission.VIEW_CHARTS,
        lambda c, id_: medications.prescriptions(c, id_, active_only=False, limit=5),
    ),
}
OF_A_CLINIC: dict[str, tuple[Permission, Question]] = {
    "patients.search": (
        Permission.VIEW_PATIENTS,
        lambda c, _: patients.search(c, "example", limit=5),
    ),
    "patient_list.patients": (
        Permission.VIEW_PATIENTS,
        lambda c, _: patient_list.patients(c, limit=5),
    ),
    # An unknown patient has no visits: the chart around them says that there is no such patient.
    "schedule.of_patient": (
        Permission.VIEW_SCHEDULE,
        lambda c, id_: schedule.of_patient(c, id_, limit=5),
    ),
    "schedule.appointments": (
        Permission.VIEW_SCHEDULE,
        lambda c, _: schedule.appointments(c, DateRange.parse("this_year"), limit=5),
    ),
    "labs_due.due": (
        Permission.VIEW_CHARTS,
        lambda c, _: labs_due.due(c, within_days=180, limit=5),
    ),
}
EVERY = OF_A_PATIENT | OF_A_CLINIC
