"""/onboarding: connect an assistant, wait for its first answered call, see what comes next."""

import reflex as rx

from moonshot_app.components.lists import FAILED, LOADING, not_read
from moonshot_app.page import clinic_page
from moonshot_app.pages.onboarding.connect import connect
from moonshot_app.pages.onboarding.first_call import arrived, waiting
from moonshot_app.pages.onboarding.state import ARRIVED, CONNECT, WAITING, Onboarding
from moonshot_app.pages.onboarding.steps import steps


@clinic_page(
    "/onboarding", title="Set up", on_load=[Onboarding.load, Onboarding.watch], beside=steps
)
def onboarding() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            rx.cond(Onboarding.phase == ARRIVED, "Your first call arrived.", ""),
            role="status",
            class_name="only-read-aloud",
        ),
        rx.cond(Onboarding.phase == LOADING, _bones()),
        rx.cond(Onboarding.phase == FAILED, _failed()),
        rx.cond(Onboarding.phase == CONNECT, connect()),
        rx.cond(Onboarding.phase == WAITING, waiting()),
        rx.cond(Onboarding.phase == ARRIVED, arrived()),
    )


def _bones() -> rx.Component:
    return rx.el.main(
        rx.el.h1("Set up", class_name="only-read-aloud"),
        rx.el.span(class_name="bone bone--title"),
        rx.el.div(class_name="card card--waiting"),
        id="main",
        class_name="guide onboarding stack",
        aria_busy="true",
    )


def _failed() -> rx.Component:
    return rx.el.main(
        rx.el.h1("Set up", class_name="only-read-aloud"),
        rx.el.div(
            not_read(
                Onboarding.said,
                rx.el.button(
                    "Try again",
                    type="button",
                    class_name="button",
                    on_click=[Onboarding.load, Onboarding.watch],
                ),
            ),
            class_name="card",
        ),
        id="main",
        class_name="guide onboarding",
    )
