"""/: the landing page, from the promise to the second way in."""

import reflex as rx

from moonshot_app.components.site import site
from moonshot_app.page import public_page
from moonshot_app.pages.landing.evidence import evidence
from moonshot_app.pages.landing.limits import limits
from moonshot_app.pages.landing.picture import picture
from moonshot_app.pages.landing.steps import steps


@public_page("/", title="Your clinic’s records, in the assistant you already use")
def landing() -> rx.Component:
    return site(
        rx.el.div(_hero(), evidence(), class_name="site"),
        steps(),
        limits(),
        _log(),
        _closing(),
    )


def _hero() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h1("Your clinic’s records, in the assistant you already use"),
            rx.el.p(
                "Connect Claude, Cursor or VS Code with one token. It reads your schedule, "
                "charts and labs with the permissions of one person on your staff. It changes "
                "nothing, and every call leaves a row in your log.",
                class_name="lead",
            ),
        ),
        rx.el.div(
            rx.el.p(
                "Ask your first question of a whole clinic. A sandbox opens in ",
                rx.el.span("a few seconds", class_name="strong nowrap"),
                ".",
                class_name="promise",
            ),
            rx.el.a(
                "Try the sandbox",
                href="/sign-up/",
                class_name="button button--primary button--large",
            ),
            rx.el.p("Free. 36 synthetic patients. No agreement to sign, no card."),
            class_name="hero__do",
        ),
        class_name="hero",
    )


def _log() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Read back every call", id="log"),
            rx.el.p(
                "Who asked, through which connection, with which tool, about how many patients, "
                "and what became of it. Refused calls too. Open a row, or take all of them away "
                "as a file.",
                class_name="band__lead",
            ),
            picture(
                "log",
                "The log of AI connections: two answered calls of Dana Whitaker, "
                "get_appointments and find_labs_due. The second is open and lists its "
                "arguments, role, connection, client, protocol, address and row number.",
                "The log after two questions, in the running product.",
            ),
            class_name="site",
        ),
        class_name="band",
        aria_labelledby="log",
    )


def _closing() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2("See it answer before you decide anything", id="try"),
                rx.el.p(
                    "The sandbox lasts 30 days and holds synthetic patients only. Real patients "
                    "come later: the way there is being built.",
                    class_name="band__lead",
                ),
            ),
            rx.el.a("Try the sandbox", href="/sign-up/", class_name="button button--large"),
            class_name="site closing",
        ),
        class_name="band",
        aria_labelledby="try",
    )
