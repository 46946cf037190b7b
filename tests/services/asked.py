"""Every question that the services answer about a clinic's rows, as a door would ask it."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from models.permission import Permission
from models.vocabulary import InboxFilter, TrendDirection
from services.clinical import (
    abnormal_labs,
    allergies,
    intake_forms,
    lab_intervals,
    lab_trends,
    labs,
    medications,
    notes,
    patient_list,
    patients,
    problems,
    visits,
    vitals,
)
from services.clinical.lab_protocol import PANELS
from services.database.session import ClinicSession
from services.date_range import DateRange
from services.followup import follow_ups_due, labs_due, refills_due
from services.practice import growth, inbox, missed_visits, revenue, schedule, staff

Question = Callable[[ClinicSession, UUID], Awaitable[Any]]
OF_EVERY_CLINIC = {panel.key for panel in PANELS}


def _rows(
    of: Callable[[Any], object], ask: Callable[[ClinicSession, UUID], Awaitable[Any]]
) -> Question:
    """A question whose rows lie elsewhere than in a page."""

    async def asked(clinic: ClinicSession, id_: UUID) -> Any:
        return SimpleNamespace(rows=of(await ask(clinic, id_)))

    return asked


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
    "allergies.allergies": (
        Permission.VIEW_CHARTS,
        lambda c, id_: allergies.allergies(c, id_, limit=5),
    ),
    "problems.problems": (
        Permission.VIEW_CHARTS,
        lambda c, id_: problems.problems(c, id_, limit=5),
    ),
    "notes.notes": (Permission.VIEW_CHARTS, lambda c, id_: notes.notes(c, id_, limit=5)),
    "intake_forms.forms": (
        Permission.VIEW_CHARTS,
        lambda c, id_: intake_forms.forms(c, id_, limit=5),
    ),
    "visits.visit": (
        Permission.VIEW_CHARTS,
        lambda c, id_: visits.visit(c, id_, on=None, encounter_id=None),
    ),
    "revenue.profit": (Permission.VIEW_ALL_FINANCES, revenue.profit),
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
    "labs_due.due_by_drug": (
        Permission.VIEW_CHARTS,
        _rows(list, lambda c, id_: labs_due.due_by_drug(c, [id_])),
    ),
    "refills_due.due": (
        Permission.VIEW_CHARTS,
        lambda c, _: refills_due.due(c, within_days=180, limit=5),
    ),
    "follow_ups_due.due": (
        Permission.VIEW_SCHEDULE,
        lambda c, _: follow_ups_due.due(c, within_days=180, limit=5),
    ),
    "abnormal_labs.abnormal": (
        Permission.VIEW_CHARTS,
        lambda c, _: abnormal_labs.abnormal(c, "metabolic", limit=5),
    ),
    "lab_trends.trends": (
        Permission.VIEW_CHARTS,
        _rows(
            lambda found: found.page.rows,
            lambda c, _: lab_trends.trends(c, "hematocrit", TrendDirection.UP, months=12, limit=5),
        ),
    ),
    "inbox.items": (
        Permission.VIEW_INBOX,
        lambda c, _: inbox.items(c, InboxFilter.ALL, limit=5),
    ),
    "missed_visits.missed": (
        Permission.VIEW_SCHEDULE,
        _rows(
            lambda found: found.page.rows,
            lambda c, _: missed_visits.missed(c, DateRange.parse("this_year"), limit=5),
        ),
    ),
    "revenue.summary": (
        Permission.VIEW_OWN_FINANCES,
        _rows(
            lambda found: found.lines + found.providers,
            lambda c, _: revenue.summary(c, DateRange.parse("this_year")),
        ),
    ),
    "lab_intervals.protocol": (
        Permission.VIEW_CHARTS,
        _rows(
            lambda found: [row for row in found[0] if row.panel_key not in OF_EVERY_CLINIC],
            lambda c, _: lab_intervals.protocol(c),
        ),
    ),
    "staff.seeing_patients": (
        Permission.VIEW_SCHEDULE,
        _rows(list, lambda c, _: staff.seeing_patients(c, "nobody of that name", limit=5)),
    ),
    "growth.funnel": (
        Permission.VIEW_GROWTH,
        _rows(
            lambda found: found.sources,
            lambda c, _: growth.funnel(c, DateRange.parse("this_year")),
        ),
    ),
    "growth.memberships": (
        Permission.VIEW_GROWTH,
        _rows(lambda found: found.plans, lambda c, _: growth.memberships(c)),
    ),
}
EVERY = OF_A_PATIENT | OF_A_CLINIC
