"""Rows of the log; an open one says in a sentence what happened before it lists fields."""

from typing import Any

import reflex as rx

from models.vocabulary import CallStatus
from moonshot_app.components.icon import icon
from moonshot_app.pages.admin.call_row import CallRow


def call_rows(
    rows: rx.Var[list[CallRow]] | list[CallRow], opened: rx.Var[str] | str, toggle: Any
) -> rx.Component:
    """Each row, with its explanation below while it is open."""
    return rx.foreach(rows, lambda row: _row(row, rx.Var.create(opened) == row.id, toggle))


def _row(row: CallRow, is_open: rx.Var[bool], toggle: Any) -> rx.Component:
    return rx.fragment(
        rx.el.tr(
            rx.el.td(
                rx.el.button(
                    row.at,
                    icon("down"),
                    type="button",
                    class_name="opens",
                    aria_expanded=is_open,
                    on_click=toggle(row.id),
                )
            ),
            rx.el.td(row.person, class_name="not-phone"),
            rx.el.td(row.through, class_name="not-phone"),
            rx.el.td(rx.cond(row.known, rx.el.code(row.tool), rx.el.span(row.tool))),
            rx.el.td(row.patients, class_name="not-phone"),
            rx.el.td(_status(row)),
            rx.el.td(row.size, class_name="num not-phone"),
            rx.el.td(row.took, class_name="num not-phone"),
            class_name=rx.cond(is_open, "is-open", ""),
        ),
        rx.cond(is_open, rx.el.tr(rx.el.td(_explained(row), col_span=8), class_name="opened")),
    )


def _status(row: CallRow) -> rx.Component:
    def state(name: str, kind: str) -> rx.Component:
        return rx.el.span(icon(name), row.status_said, class_name=f"state {kind}")

    return rx.fragment(
        rx.cond(row.status == CallStatus.OK.value, state("check", "state--ok")),
        rx.cond(row.status == CallStatus.ERROR.value, state("alert", "state--danger")),
        rx.cond(row.status == CallStatus.RATE_LIMITED.value, state("no", "state--warn")),
        rx.cond(row.status == CallStatus.BLOCKED_INJECTION.value, state("no", "state--warn")),
    )


def _explained(row: CallRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(row.told),
            rx.el.p(
                rx.foreach(row.charts, lambda chart: rx.el.a(chart[1], href=chart[0])),
                class_name="row",
            ),
            class_name="stack",
        ),
        rx.el.dl(
            rx.foreach(row.facts, lambda fact: rx.fragment(rx.el.dt(fact[0]), rx.el.dd(fact[1]))),
            class_name="pairs pairs--close",
        ),
        class_name="card card__part explained",
    )
