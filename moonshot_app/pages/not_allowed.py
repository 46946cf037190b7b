"""/not-allowed: what one's role does not hold."""

import reflex as rx

from moonshot_app.page import clinic_page


@clinic_page("/not-allowed", title="Not in your role")
def not_allowed() -> rx.Component:
    return rx.el.main(
        rx.el.h1("Your role does not include this"),
        rx.el.p(
            "An owner of the clinic can change your roles. Nothing was shown and nothing changed.",
            class_name="soft measure",
        ),
        id="main",
        class_name="page stack",
    )
