"""A labelled field of a form, with its hint and what was wrong with it."""

from typing import Any

import reflex as rx

from moonshot_app.components.icon import icon


def field(
    name: str,
    label: str,
    *,
    hint: str = "",
    value: rx.Var[str] | str = "",
    wrong: rx.Var[str] | str = "",
    **props: Any,
) -> rx.Component:
    """An input. `value` is what it begins with: what is typed lives in the browser alone."""
    said = [rx.el.span(hint, class_name="field__hint", id=f"{name}-hint")] if hint else []
    bad = rx.Var.create(wrong).to(str) != ""
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="field__label"),
        *said,
        rx.cond(
            bad,
            rx.el.span(
                icon("alert"), wrong, class_name="field__error", id=f"{name}-wrong", role="alert"
            ),
        ),
        rx.el.input(
            id=name,
            name=name,
            default_value=value,
            key=value,
            class_name="input",
            aria_invalid=bad,
            aria_describedby=rx.cond(bad, f"{name}-wrong", f"{name}-hint" if hint else ""),
            **props,
        ),
        class_name=rx.cond(bad, "field field--error", "field"),
    )
