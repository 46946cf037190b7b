"""/: what this is, for owners of clinics."""

import reflex as rx

from moonshot_app.components.site import site
from moonshot_app.page import public_page


@public_page("/", title="Your clinic’s records, in the assistant you already use")
def landing() -> rx.Component:
    return site(
        rx.el.div(
            rx.el.section(
                rx.el.div(
                    rx.el.h1("Your clinic’s records, in the assistant you already use"),
                    rx.el.p(
                        "Paste one address into Claude, ChatGPT or Cursor. It reads with the "
                        "permissions of one person of your staff. Nothing changes until a "
                        "licensed person signs.",
                        class_name="lead",
                    ),
                ),
                rx.el.div(
                    rx.el.a(
                        "Try the sandbox",
                        href="/sign-up/",
                        class_name="button button--primary button--large",
                    ),
                    rx.el.p("Free. 36 synthetic patients. No agreement to sign, no card."),
                    class_name="hero__do",
                ),
                class_name="hero",
            ),
            class_name="site",
        ),
    )
