"""Ways to choose: one of a few side by side, one of many from a list."""

from typing import Any

import reflex as rx

from moonshot_app.components.icon import icon

Option = tuple[str, str]
"""Its value and its label."""


def segments(name: str, legend: str, options: list[Option], chosen: str) -> rx.Component:
    """One of a few. What is chosen lives in the browser until the form is sent."""
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="field__label"),
        rx.el.div(
            *(
                rx.el.label(
                    rx.el.input(
                        type="radio", name=name, value=value, default_checked=value == chosen
                    ),
                    label,
                )
                for value, label in options
            ),
            class_name="segments",
        ),
        class_name="field",
    )


def chip_select(
    label: str, options: rx.Var[list[Option]] | list[Option], value: rx.Var[str], **props: Any
) -> rx.Component:
    """A filter: nothing, or one of many."""
    return rx.el.label(
        rx.el.span(label, class_name="only-read-aloud"),
        rx.el.select(
            rx.el.option(label, value=""),
            rx.foreach(options, lambda option: rx.el.option(option[1], value=option[0])),
            value=value,
            **props,
        ),
        icon("down"),
        class_name=rx.cond(value != "", "chip chip--select chip--on", "chip chip--select"),
    )
