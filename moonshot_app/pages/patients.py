"""/patients: everyone in care, by name; or who matches a search."""

import dataclasses
from collections.abc import AsyncGenerator
from datetime import date

import reflex as rx

from models.permission import Permission
from models.vocabulary import PatientStatus
from moonshot_app.components.failure import said_of
from moonshot_app.components.icon import icon
from moonshot_app.components.lists import (
    FAILED,
    LOADING,
    READY,
    head,
    key_hints,
    list_box,
    message,
    not_read,
)
from moonshot_app.guard import needs
from moonshot_app.page import clinic_page
from moonshot_app.session import signed_in
from services.clinical import patient_list, patients
from services.clinical.patient_list import ListedPatient
from services.clinical.patients import FoundPatient

ROWS = 25
_TYPED = rx.Var("document.getElementById('find')?.value ?? ''", _var_type=str)
_COLUMNS = ("Patient", "Born", "-Sex", "-Record number", "-Status")


@dataclasses.dataclass(frozen=True)
class PatientRow:
    """What one row shows."""

    address: str
    name: str
    called: str
    """Where it differs from the given name."""
    born: str
    age: str
    sex: str
    mrn: str
    status: str
    past: bool


class Patients(rx.State):
    """One page of the list. What is searched for is a name: it stays out of the address."""

    phase: str = LOADING
    said: str = ""
    query: str = ""
    rows: list[PatientRow] = []
    following: str = ""
    before: list[str] = []
    """Cursors of the pages before this one, the first of which is empty."""
    working: bool = False
    _cursor: str = ""

    @rx.event
    @needs(Permission.VIEW_PATIENTS)
    async def load(self) -> None:
        """Read the page on which this tab is."""
        await self._read()

    @rx.event
    @needs(Permission.VIEW_PATIENTS)
    async def find(self, text: str) -> AsyncGenerator[None]:
        """Search; nothing gives everyone."""
        self.query, self._cursor, self.before = text.strip()[:200], "", []
        self.working = True
        yield
        await self._read()

    @rx.event
    @needs(Permission.VIEW_PATIENTS)
    async def find_again(self, text: str) -> AsyncGenerator[None]:
        """Search for what stands in the field: a server that was started anew does not know it."""
        if text.strip()[:200] != self.query:
            async for _ in self.find(text):
                yield

    @rx.event
    @needs(Permission.VIEW_PATIENTS)
    async def go_on(self) -> AsyncGenerator[None]:
        """The next page."""
        if self.following:
            self.before = [*self.before, self._cursor]
            self._cursor = self.following
            self.working = True
            yield
            await self._read()

    @rx.event
    @needs(Permission.VIEW_PATIENTS)
    async def go_back(self) -> AsyncGenerator[None]:
        """The page before."""
        if self.before:
            *self.before, self._cursor = self.before
            self.working = True
            yield
            await self._read()

    async def _read(self) -> None:
        cursor = self._cursor or None
        try:
            async with signed_in(self) as clinic:
                if self.query:
                    found = await patients.search(clinic, self.query, limit=ROWS, cursor=cursor)
                else:
                    found = await patient_list.patients(clinic, limit=ROWS, cursor=cursor)
                today = clinic.principal.today
                following = found.next_cursor
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.phase, self.said = FAILED, said_of(error)
            self._cursor, self.before = "", []
            return
        finally:
            self.working = False
        self.rows = [_row_of(patient, today) for patient in found.rows]
        self.following, self.phase = following or "", READY


def _row_of(patient: FoundPatient | ListedPatient, today: date) -> PatientRow:
    called = patient.preferred_name
    return PatientRow(
        address=f"/patients/{patient.id}/",
        name=f"{patient.family_name}, {patient.given_name}",
        called=f"Called {called}" if called and called != patient.given_name else "",
        born=f"{patient.birth_date:%b} {patient.birth_date.day}, {patient.birth_date.year}",
        age=f"{patients.age(patient.birth_date, today)} years",
        sex=patient.sex.capitalize(),
        mrn=patient.mrn,
        status=patient.status.capitalize(),
        past=patient.status != PatientStatus.ACTIVE,
    )


@clinic_page("/patients", title="Patients", on_load=[Patients.load])
def patient_index() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Find a patient"),
                rx.el.p(
                    "Open a chart to check what an assistant said. Each opening is put on record."
                ),
            ),
            class_name="page-head",
        ),
        rx.el.div(
            rx.el.label("Search", html_for="find", class_name="only-read-aloud"),
            rx.el.div(
                icon("search"),
                rx.el.input(
                    id="find",
                    type="search",
                    default_value=Patients.query,
                    placeholder="Name, birth date, phone or record number",
                    on_change=Patients.find.debounce(250),
                    auto_complete="off",
                    max_length=200,
                    class_name="input",
                ),
                class_name="search search--wide",
            ),
            rx.cond(
                rx.State.is_hydrated,
                rx.el.span(on_mount=Patients.find_again(_TYPED), hidden=True),
            ),
            rx.el.span(
                rx.cond(
                    Patients.working,
                    "Looking …",
                    rx.cond(Patients.query != "", "Best match first", "By family name"),
                ),
                class_name="faint small",
                role="status",
            ),
            class_name="row row--between",
        ),
        list_box(
            Patients.phase,
            Patients.rows,
            columns=_COLUMNS,
            table=_table(),
            nothing=rx.cond(
                Patients.query != "",
                message(
                    "Nobody matches that",
                    "Typing errors in names are forgiven. A birth date as 1980-02-29, a phone "
                    "number, an e-mail address or a record number must be exact.",
                ),
                message(
                    "No patients yet",
                    "They appear here once whoever runs this installation has imported them: "
                    "moonshot import-fhir FOLDER.",
                ),
            ),
            failed=not_read(
                Patients.said,
                rx.el.button(
                    "Try again", type="button", class_name="button", on_click=Patients.load
                ),
            ),
        ),
        key_hints(
            Patients.phase,
            ("/", "search"),
            ("↓", "first row"),
            ("j k", "next, previous row"),
            ("Enter", "open"),
        ),
        id="main",
        class_name="page stack",
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            head(_COLUMNS), rx.el.tbody(rx.foreach(Patients.rows, _row)), class_name="table"
        ),
        rx.el.div(
            rx.el.span(rx.cond(Patients.following != "", "There are more", "That is all")),
            rx.el.nav(
                rx.el.button(
                    "Previous",
                    type="button",
                    class_name="button button--small",
                    disabled=rx.Var.create(Patients.before).to(list).length() == 0,
                    on_click=Patients.go_back,
                ),
                rx.el.button(
                    "Next",
                    type="button",
                    class_name="button button--small",
                    disabled=Patients.following == "",
                    on_click=Patients.go_on,
                ),
                class_name="row",
                aria_label="Pages of the list",
            ),
            class_name="table-foot",
        ),
        class_name="table-box",
    )


def _row(row: PatientRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.a(row.name, href=row.address, class_name="opens strong"),
            rx.cond(row.called != "", rx.el.small(row.called)),
        ),
        rx.el.td(row.born, rx.el.small(row.age), class_name="nowrap"),
        rx.el.td(row.sex, class_name="not-phone"),
        rx.el.td(row.mrn, class_name="not-phone"),
        rx.el.td(row.status, class_name="not-phone"),
        class_name=rx.cond(row.past, "is-past", ""),
    )
