"""What a page says when something could not be done."""

import reflex as rx

from moonshot_app.components.icon import icon
from moonshot_app.log import incident
from services.errors import ClinicError, InvalidInput


def said_of(error: Exception) -> str:
    """A sentence that says what to do; a fault of ours is told by its number alone."""
    if isinstance(error, InvalidInput):
        return " ".join(_sentence(name, what) for name, what in error.problems.items())
    if isinstance(error, ClinicError):
        return str(error)
    return (
        "This is a fault of ours, and nothing was changed. Try again; if it stays, tell us the "
        f"incident: {incident(error)}."
    )


def failed_callout(said: rx.Var[str] | str) -> rx.Component:
    """Shown while `said` is not empty."""
    return rx.cond(
        rx.Var.create(said).to(str) != "",
        rx.el.div(icon("alert"), rx.el.p(said), class_name="callout callout--danger", role="alert"),
    )


def _sentence(name: str, what: str) -> str:
    return f"The {name.replace('_', ' ')} {what}."
