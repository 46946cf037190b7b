"""A list that is loading, has nothing, or could not be read: each of the list's own shape."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from moonshot_app.components.icon import icon

LOADING, READY, FAILED = "loading", "ready", "failed"
"""Where a list stands."""

_CLASSES = {">": "num", "-": "not-phone", "~": "not-narrow"}
_MARKS = "".join(_CLASSES)
_WIDTHS = ("bone bone--long", "bone bone--middle", "bone bone--short")


def list_box(
    phase: rx.Var[str] | str,
    rows: rx.Var[list[Any]] | Sequence[Any],
    *,
    columns: Sequence[str],
    table: rx.Component,
    nothing: rx.Component,
    failed: rx.Component,
) -> rx.Component:
    """The table once there are rows; before that bones, and else what is to be said."""
    empty = rx.Var.create(rows).to(list).length() == 0
    shown = rx.cond(empty, rx.el.div(nothing, class_name="table-box"), table)
    return rx.fragment(
        rx.cond(phase == LOADING, _bones(columns)),
        rx.cond(phase == READY, shown),
        rx.cond(phase == FAILED, rx.el.div(failed, class_name="table-box")),
    )


def key_hints(phase: rx.Var[str] | str, *hints: tuple[str, str]) -> rx.Component:
    """What keys do to the list, once it is there: keys apart by spaces, and what they do."""
    told = (
        rx.el.span(*(part for key in keys.split() for part in (rx.el.kbd(key), " ")), does)
        for keys, does in hints
    )
    return rx.cond(phase == READY, rx.el.div(*told, class_name="keys not-phone"))


def head(columns: Sequence[str]) -> rx.Component:
    """The head of a table.

    Before a name, > is of numbers, - not for a phone, ~ not for a narrow page; one in brackets is
    read aloud only.
    """
    return rx.el.thead(rx.el.tr(*(_name(column) for column in columns)))


def message(
    title: str,
    *told: rx.Component | rx.Var[str] | str,
    heading: Callable[..., rx.Component] = rx.el.h2,
) -> rx.Component:
    """A title, a sentence, and perhaps the one step to take."""
    first, *rest = told
    return rx.el.div(heading(title), rx.el.p(first), *rest, class_name="empty")


def not_read(said: rx.Var[str] | str, *do: rx.Component) -> rx.Component:
    """The list could not be read."""
    return rx.el.div(
        rx.el.h2(icon("alert"), " This could not be read"),
        rx.el.p(said),
        *do,
        class_name="empty",
        role="alert",
    )


def _classes(column: str) -> str:
    marks = column[: len(column) - len(column.lstrip(_MARKS))]
    return " ".join(_CLASSES[mark] for mark in marks)


def _name(column: str) -> rx.Component:
    name = column.lstrip(_MARKS)
    if name.startswith("("):
        shown = rx.el.span(name.strip("()"), class_name="only-read-aloud")
        return rx.el.th(shown, class_name=_classes(column))
    return rx.el.th(name, scope="col", class_name=_classes(column))


def _bones(columns: Sequence[str]) -> rx.Component:
    return rx.el.div(
        rx.el.span("Loading", class_name="only-read-aloud"),
        rx.el.table(
            head(columns),
            rx.el.tbody(
                *(
                    rx.el.tr(
                        *(
                            rx.el.td(
                                rx.el.span(class_name=_WIDTHS[(row + place) % 3]),
                                class_name=_classes(column),
                            )
                            for place, column in enumerate(columns)
                        )
                    )
                    for row in range(5)
                )
            ),
            class_name="table",
            aria_hidden="true",
        ),
        class_name="table-box",
        aria_busy="true",
    )
