"""An address that no page has."""

import reflex as rx

from moonshot_app.components.site import site
from moonshot_app.page import public_page


@public_page("/404", title="No such page")
def not_found() -> rx.Component:
    return site(
        rx.el.div(
            rx.el.h1("There is no page at this address"),
            rx.el.p(
                "The address may be cut off or out of date. Nothing is lost. Go to your patients "
                "or your connections, or begin at the start.",
                class_name="soft",
            ),
            rx.el.nav(
                rx.el.a("Patients", href="/patients/", class_name="button"),
                rx.el.a("AI connections", href="/admin/ai-mcp/", class_name="button"),
                rx.el.a("Start", href="/", class_name="button button--quiet"),
                class_name="row",
                aria_label="Places to go",
            ),
            class_name="site narrow stack",
        ),
    )
