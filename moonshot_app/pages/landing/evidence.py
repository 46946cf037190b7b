"""One question as it was answered in a sandbox, beside the row that it left in the log."""

from typing import Final

import reflex as rx

from moonshot_app.components.icon import icon

_DUE: Final = (
    ("Malik Lindgren", "Jan 3", "143 days overdue", "Dec 22"),
    ("Mateo Schwartz", "Mar 24", "63 days overdue", "None"),
    ("Daniel Desai", "May 14", "12 days overdue", "None"),
)


def evidence() -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            "One answer, and the row it left in the log",
            id="evidence",
            class_name="only-read-aloud",
        ),
        rx.el.div(
            _window("Your assistant", rx.el.span("4:59 pm"), *_answer()),
            rx.el.div(class_name="evidence__line", aria_hidden="true"),
            _window(
                "Your log",
                rx.el.span(icon("lock"), "Cannot be changed", class_name="state state--ok"),
                *_row(),
            ),
            class_name="evidence",
        ),
        rx.el.p(
            "From a sandbox on November 22, 2026. The people are synthetic. The assistant’s words "
            "are an example; the table holds what the product answered, the row what it wrote.",
            class_name="caption",
        ),
        aria_labelledby="evidence",
    )


def _window(title: str, beside: rx.Component, *inside: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.el.span(title), beside, class_name="window__title"),
        rx.el.div(*inside, class_name="window__body"),
        class_name="window",
    )


def _answer() -> tuple[rx.Component, ...]:
    return (
        rx.el.p(
            "Who is due for testosterone labs in the next two weeks, and who has no visit booked?",
            class_name="said",
        ),
        rx.el.p(
            icon("plug"),
            rx.el.span("Alder Street Clinic"),
            rx.el.code("find_labs_due"),
            class_name="used",
        ),
        rx.el.p(
            "Three patients are due, and all three are overdue. Two have no visit booked: "
            "Mateo Schwartz and Daniel Desai."
        ),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th("Patient", scope="col"),
                    rx.el.th("Last drawn", scope="col"),
                    rx.el.th("Due", scope="col"),
                    rx.el.th("Next visit", scope="col", class_name="num"),
                )
            ),
            rx.el.tbody(*(_patient(*patient) for patient in _DUE)),
            class_name="plain-table",
        ),
    )


def _patient(name: str, drawn: str, due: str, visit: str) -> rx.Component:
    return rx.el.tr(
        rx.el.td(name, class_name="strong"),
        rx.el.td(drawn),
        rx.el.td(rx.el.span(due, class_name="late")),
        rx.el.td(visit, class_name="num"),
    )


def _row() -> tuple[rx.Component, ...]:
    return (
        rx.el.div(
            rx.el.code("find_labs_due", class_name="strong row__tool"),
            rx.el.span(icon("check"), "Answered", class_name="badge badge--ok"),
            class_name="row row--between",
        ),
        rx.el.dl(
            *_fact("When", "Nov 22, 2026, 4:59:28 pm"),
            *_fact("Who", "Dana Whitaker, as provider"),
            *_fact("Through", "My first connection"),
            *_fact("Asked for", "limit 25; panel hidden, 12 characters; within_days 14"),
            *_fact("Patients", "3, listed in the row"),
            *_fact("Gave out", "670 bytes in 6 ms"),
            *_fact("Protocol", "MCP 2026-07-28"),
            class_name="pairs",
        ),
        rx.el.p(
            "Words that could name a patient are kept only as keyed hashes.",
            class_name="caption window__foot",
        ),
    )


def _fact(name: str, *value: rx.Component | str) -> tuple[rx.Component, rx.Component]:
    return rx.el.dt(name), rx.el.dd(*value)
