"""The tables of a chart."""

from typing import Any

import reflex as rx

from moonshot_app.components.icon import icon
from moonshot_app.components.lists import head
from moonshot_app.pages.chart.lab_rows import LabRow
from moonshot_app.pages.chart.rows import MedicationRow, VisitRow, VitalRow

_LABS = ("Marker", ">Newest", "Flag", ">Before", "Reference", "Collected")
_VITALS = (
    "Taken",
    ">Pressure, mmHg",
    ">Pulse, /min",
    ">Breaths, /min",
    ">Weight",
    ">BMI",
    ">Temperature",
    ">Oxygen, %",
)
_MEDICATIONS = ("Medication", "Status", "Since", "Prescriber")
_VISITS = ("When", "What", "Where", "With", "Status")


def labs_table(
    rows: rx.Var[list[LabRow]] | list[LabRow], opened: rx.Var[str] | str, toggle: Any
) -> rx.Component:
    """Markers; one that has earlier results opens."""
    return _table(_LABS, rx.foreach(rows, lambda row: _lab(row, opened == row.key, toggle)))


def vitals_table(rows: rx.Var[list[VitalRow]] | list[VitalRow]) -> rx.Component:
    """Measurements."""

    def shown(row: VitalRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(row.taken),
            rx.el.td(row.pressure, class_name="num"),
            rx.el.td(row.pulse, class_name="num"),
            rx.el.td(row.respirations, class_name="num"),
            rx.el.td(row.weight, rx.el.small(row.weight_metric), class_name="num nowrap"),
            rx.el.td(row.bmi, class_name="num"),
            rx.el.td(
                row.temperature,
                rx.el.small(row.temperature_metric),
                class_name="num nowrap",
            ),
            rx.el.td(row.oxygen, class_name="num"),
        )

    return _table(_VITALS, rx.foreach(rows, shown))


def medications_table(rows: rx.Var[list[MedicationRow]] | list[MedicationRow]) -> rx.Component:
    """Prescriptions."""

    def shown(row: MedicationRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(rx.el.span(row.name, class_name="strong"), rx.el.small(row.dose)),
            rx.el.td(row.status),
            rx.el.td(row.since),
            rx.el.td(row.prescriber),
            class_name=rx.cond(row.past, "is-past", ""),
        )

    return _table(_MEDICATIONS, rx.foreach(rows, shown))


def visits_table(rows: rx.Var[list[VisitRow]] | list[VisitRow]) -> rx.Component:
    """Appointments."""

    def shown(row: VisitRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(row.at),
            rx.el.td(row.what),
            rx.el.td(row.where),
            rx.el.td(row.whom),
            rx.el.td(row.status),
            class_name=rx.cond(row.past, "is-past", ""),
        )

    return _table(_VISITS, rx.foreach(rows, shown))


def _lab(row: LabRow, is_open: rx.Var[bool], toggle: Any) -> rx.Component:
    several = rx.Var.create(row.earlier).to(list).length() > 0
    return rx.fragment(
        rx.el.tr(
            rx.el.td(
                rx.cond(
                    several,
                    rx.el.button(
                        row.name,
                        icon("down"),
                        type="button",
                        class_name="opens",
                        aria_expanded=is_open,
                        on_click=toggle(row.key),
                    ),
                    rx.el.span(row.name, title=row.label),
                ),
            ),
            rx.el.td(
                rx.el.span(row.value, class_name="strong"),
                rx.el.span(" ", row.unit, class_name="faint small"),
                class_name="num nowrap",
            ),
            rx.el.td(_flag(row)),
            rx.el.td(row.previous, class_name="num"),
            rx.el.td(row.reference, class_name="soft nowrap"),
            rx.el.td(row.collected, class_name="nowrap"),
            class_name=rx.cond(is_open, "is-open", ""),
        ),
        rx.cond(is_open, rx.el.tr(rx.el.td(_earlier(row), col_span=6), class_name="opened")),
    )


def _flag(row: LabRow) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.flag == "off",
            rx.el.span(icon("alert"), row.flag_said, class_name="state state--warn"),
        ),
        rx.cond(
            row.flag == "critical",
            rx.el.span(icon("alert"), row.flag_said, class_name="state state--danger"),
        ),
        rx.cond(row.note != "", rx.el.small(row.note)),
    )


def _earlier(row: LabRow) -> rx.Component:
    return rx.el.div(
        rx.el.p("Earlier results of ", row.label, ", LOINC ", rx.el.code(row.loinc)),
        rx.el.ul(
            rx.foreach(
                row.earlier,
                lambda one: rx.el.li(
                    rx.el.span(one[0], class_name="faint"),
                    rx.el.span(one[1], " ", rx.el.span(row.unit, class_name="faint small")),
                    rx.el.span(one[2], class_name="soft"),
                ),
            ),
            class_name="earlier",
        ),
        class_name="card card__part stack",
    )


def _table(columns: tuple[str, ...], body: rx.Component) -> rx.Component:
    return rx.el.table(head(columns), rx.el.tbody(body), class_name="table table--chart")
