"""/patients/[patient_id]: the chart to be read; each part that is shown is put on record."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

import reflex as rx

from models.permission import Permission
from models.vocabulary import ChartPart
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.failure import said_of
from moonshot_app.components.icon import icon
from moonshot_app.components.lists import FAILED, LOADING, READY, message, not_read
from moonshot_app.guard import needs
from moonshot_app.page import clinic_page
from moonshot_app.pages.chart import rows
from moonshot_app.pages.chart.lab_rows import LabRow, rows_of
from moonshot_app.pages.chart.rows import Fact, MedicationRow, VisitRow, VitalRow
from moonshot_app.pages.chart.tables import (
    labs_table,
    medications_table,
    visits_table,
    vitals_table,
)
from moonshot_app.session import signed_in
from services.clinical import labs, medications, patients, vitals
from services.database.session import ClinicSession
from services.errors import NotFound
from services.practice import schedule
from services.record.chart_access import record_opening

MISSING = "missing"
_RESULTS, _MEASURED, _TAKEN, _VISITS = 200, 20, 100, 50


class Chart(rx.State):
    """One patient, as far as the roles of who looks allow."""

    phase: str = LOADING
    said: str = ""
    name: str = ""
    person: list[Fact] = []
    contact: list[Fact] = []
    sees_chart: bool = False
    sees_schedule: bool = False
    labs: list[LabRow] = []
    vitals: list[VitalRow] = []
    medications: list[MedicationRow] = []
    visits: list[VisitRow] = []
    more_labs: bool = False
    opened: str = ""

    @rx.event
    @needs(Permission.VIEW_PATIENTS)
    async def load(self) -> AsyncGenerator[None]:
        """Forget the patient before, then read the one that the address names."""
        self.reset()
        yield
        try:
            patient_id = UUID(self.router.url.path.rstrip("/").rpartition("/")[2])
        except ValueError:
            self.phase = MISSING
            return
        try:
            await self._read(patient_id)
        except NotFound:
            self.reset()
            self.phase = MISSING
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.reset()
            self.phase, self.said = FAILED, said_of(error)

    @rx.event
    @needs(Permission.VIEW_CHARTS)
    async def open(self, key: str) -> None:
        """Show the earlier results of a marker, or hide them."""
        self.opened = "" if self.opened == key else key

    async def _read(self, patient_id: UUID) -> None:
        """The state reaches the page only after the transaction with the record of it."""
        async with signed_in(self) as clinic:
            record = await patients.record(clinic, patient_id)
            record_opening(clinic, patient_id, ChartPart.RECORD)
            principal = clinic.principal
            times = ClinicTime(principal)
            self.sees_chart = principal.may(Permission.VIEW_CHARTS)
            self.sees_schedule = principal.may(Permission.VIEW_SCHEDULE)
            if self.sees_chart:
                await self._read_chart(clinic, patient_id, times)
            if self.sees_schedule:
                booked = await schedule.of_patient(clinic, patient_id, limit=_VISITS)
                self.visits = [rows.visit_row(visit, times) for visit in booked.rows]
                record_opening(clinic, patient_id, ChartPart.SCHEDULE)
        self.name = f"{record.patient.given_name} {record.patient.family_name}"
        self.person = rows.person_of(record, times)
        self.contact = rows.contact_of(record, times)
        self.phase = READY

    async def _read_chart(self, clinic: ClinicSession, patient_id: UUID, times: ClinicTime) -> None:
        results = await labs.results(clinic, patient_id, limit=_RESULTS)
        self.labs, self.more_labs = rows_of(results.rows, times), results.more
        measured = await vitals.measurements(clinic, patient_id, limit=_MEASURED)
        self.vitals = [rows.vital_row(vital, times) for vital in measured.rows]
        taken = await medications.prescriptions(clinic, patient_id, active_only=False, limit=_TAKEN)
        self.medications = [rows.medication_row(one, times) for one in taken.rows]
        for part in (ChartPart.LABS, ChartPart.VITALS, ChartPart.MEDICATIONS):
            record_opening(clinic, patient_id, part)


@clinic_page("/patients/[patient_id]", title="Chart", on_load=[Chart.load])
def patient() -> rx.Component:
    return rx.el.main(
        rx.el.a(icon("back"), "Patients", href="/patients/", class_name="back"),
        rx.cond(Chart.phase == LOADING, _bones()),
        rx.cond(Chart.phase == READY, _chart()),
        rx.cond(
            Chart.phase == MISSING,
            rx.el.div(
                rx.el.h1("No such patient in this clinic"),
                rx.el.p(
                    "The address may be cut off, or it belongs to another clinic. Search for the "
                    "patient by name, birth date or record number.",
                    class_name="soft measure",
                ),
                rx.el.a("Find a patient", href="/patients/", class_name="button"),
                class_name="stack",
            ),
        ),
        rx.cond(
            Chart.phase == FAILED,
            rx.el.div(
                rx.el.h1("This chart could not be opened"),
                rx.el.div(
                    not_read(
                        Chart.said,
                        rx.el.button(
                            "Try again", type="button", class_name="button", on_click=Chart.load
                        ),
                    ),
                    class_name="table-box",
                ),
                class_name="stack",
            ),
        ),
        id="main",
        class_name="page",
    )


def _chart() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.h1(Chart.name),
                rx.el.p("To be read only. That you opened this chart is on record."),
            ),
            class_name="page-head",
        ),
        rx.el.div(
            _facts("Person", Chart.person), _facts("Contact", Chart.contact), class_name="chart-two"
        ),
        rx.cond(
            Chart.sees_chart,
            rx.fragment(
                _part(
                    "Lab results",
                    rx.cond(
                        Chart.more_labs,
                        "By marker, of the newest 200 results.",
                        "By marker, the newest beside the one before.",
                    ),
                    Chart.labs,
                    labs_table(Chart.labs, Chart.opened, Chart.open),
                    message(
                        "No lab results",
                        "Results appear here once they are imported.",
                        heading=rx.el.h3,
                    ),
                ),
                _part(
                    "Vital signs",
                    "Up to the newest 20.",
                    Chart.vitals,
                    vitals_table(Chart.vitals),
                    message(
                        "No vital signs",
                        "Measurements appear here once they are imported.",
                        heading=rx.el.h3,
                    ),
                ),
                _part(
                    "Medications",
                    "Last started first. Those in grey are no longer taken.",
                    Chart.medications,
                    medications_table(Chart.medications),
                    message(
                        "No medications",
                        "Prescriptions appear here once they are imported.",
                        heading=rx.el.h3,
                    ),
                ),
            ),
            rx.el.div(
                icon("shield"),
                rx.el.p(
                    "Your role shows who the patient is, and not the chart. An owner of the clinic "
                    "can change your roles."
                ),
                class_name="callout section",
            ),
        ),
        rx.cond(
            Chart.sees_schedule,
            _part(
                "Appointments",
                "The latest first.",
                Chart.visits,
                visits_table(Chart.visits),
                message(
                    "No appointments", "Visits appear here once they are booked.", heading=rx.el.h3
                ),
            ),
        ),
    )


def _facts(title: str, facts: rx.Var[list[Fact]] | list[Fact]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="card__title"),
        rx.el.dl(
            rx.foreach(facts, lambda fact: rx.fragment(rx.el.dt(fact[0]), rx.el.dd(fact[1]))),
            class_name="pairs pairs--close",
        ),
        class_name="card card__part stack",
    )


def _part(
    title: str,
    told: rx.Component | rx.Var[str] | str,
    found: Sequence[object],
    table: rx.Component,
    nothing: rx.Component,
) -> rx.Component:
    some = rx.Var.create(found).to(list).length() > 0
    return rx.el.section(
        rx.el.div(
            rx.el.div(rx.el.h2(title), rx.el.p(told)),
            class_name="section-head",
        ),
        # Where it is too wide, as on a phone, the keys can move it too.
        rx.el.div(
            rx.cond(some, table, nothing),
            class_name="table-box",
            tab_index=0,
            role="region",
            aria_label=title,
        ),
        class_name="section section--near",
    )


def _bones() -> rx.Component:
    def lines() -> rx.Component:
        bones = (rx.el.p(rx.el.span(class_name="bone bone--long")) for _ in range(5))
        return rx.el.div(*bones, class_name="card card__part stack")

    return rx.el.div(
        rx.el.h1(
            rx.el.span("Opening the chart", class_name="only-read-aloud"),
            rx.el.span(class_name="bone bone--title"),
            class_name="page-head",
        ),
        rx.el.div(lines(), lines(), class_name="chart-two"),
        aria_busy="true",
    )
