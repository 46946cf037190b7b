"""What a page says when it cannot reach us: it goes on by itself once it can."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors


def lost_connection() -> rx.Component:
    """A line at the foot of every page, while there is no connection."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            rx.el.strong("No connection to the clinic’s server. "),
            "This page goes on by itself when it is back. What you typed stays.",
            role="status",
            class_name="offline",
        ),
    )
