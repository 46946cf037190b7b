"""The public site's bar and foot, and the form in the middle of it."""

import reflex as rx

from moonshot_app.components.frame import brand


def site(*parts: rx.Component) -> rx.Component:
    """A page that anyone may see."""
    return rx.el.div(
        rx.el.a("Skip to the page", class_name="skip", href="#main"),
        rx.el.header(
            rx.el.div(
                brand(),
                rx.el.nav(
                    rx.el.a("Sign in", href="/sign-in/", class_name="keep"),
                    aria_label="Site",
                ),
                class_name="site",
            ),
            class_name="site-bar",
        ),
        rx.el.main(*parts, id="main"),
        rx.el.footer(
            rx.el.div(
                rx.el.p("Sandboxes hold synthetic patients only. No SOC 2 report exists yet."),
                rx.el.ul(
                    rx.el.li(rx.el.a("Try the sandbox", href="/sign-up/")),
                    rx.el.li(rx.el.a("Sign in", href="/sign-in/")),
                ),
                class_name="site",
            ),
            class_name="site-foot",
        ),
    )
