"""How one connects today: three steps, and what the page shows at their end."""

import reflex as rx

from moonshot_app.components.icon import icon
from moonshot_app.pages.landing.picture import picture


def steps() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Connect in three steps", id="steps"),
            rx.el.ol(
                _step(
                    1,
                    "Make a sandbox",
                    "One short form: you, the clinic, a password. The clinic is filled with 36 "
                    "synthetic patients, dated around today.",
                    rx.el.span("Alder Street Clinic"),
                    rx.el.span("Sandbox", class_name="tier tier--sandbox"),
                ),
                _step(
                    2,
                    "Make a token, paste one line",
                    "One button makes the token. It is shown once, inside the line that your "
                    "assistant takes.",
                    rx.el.code("claude mcp add --transport http moonshot …"),
                    icon("copy"),
                ),
                _step(
                    3,
                    "Ask",
                    "The page you left open turns green when the first call arrives, and shows "
                    "you that call.",
                    rx.el.span("Which patients are due for labs?"),
                    rx.el.span(icon("check"), "Answered", class_name="badge badge--ok"),
                ),
                class_name="three",
            ),
            picture(
                "first-call",
                "The page “Your first call arrived”: the sandbox was ready with 36 patients, a "
                "connection was made as provider, and find_labs_due was answered. Below are the "
                "call’s time and bytes, and three questions to ask next.",
                "The page after step 3, in the running product. A script asked, so it was quick.",
            ),
            class_name="site",
        ),
        class_name="band band--first",
        aria_labelledby="steps",
    )


def _step(number: int, title: str, told: str, *shown: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.el.h3(rx.el.span(str(number)), title),
        rx.el.p(told),
        rx.el.div(rx.el.div(*shown, class_name="shown__box"), class_name="shown"),
    )
