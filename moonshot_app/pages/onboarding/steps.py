"""The seven steps of setting up: beside the page, or above it on a phone."""

from typing import Final

import reflex as rx

from moonshot_app.components.icon import icon
from moonshot_app.pages.onboarding.state import ARRIVED, CONNECT, WAITING, Onboarding

NAMES: Final = (
    "Clinic",
    "Sandbox ready",
    "Connect your assistant",
    "First call",
    "Try a draft",
    "What it costs",
    "Go to production",
)
_CONNECT, _CALL, _DRAFT = 3, 4, 5


def steps() -> rx.Component:
    """Both forms of it."""
    return rx.fragment(_beside(), _above())


def _beside() -> rx.Component:
    return rx.el.nav(
        rx.el.ol(*(_step(number, name) for number, name in enumerate(NAMES, 1))),
        rx.el.p("Steps 6 and 7 are being built.", class_name="small soft steps__later"),
        class_name="steps",
        aria_label="Setting up",
    )


def _above() -> rx.Component:
    calls = (Onboarding.phase == WAITING) | (Onboarding.phase == ARRIVED)
    return rx.el.nav(
        rx.cond(calls, _short(_CALL), _short(_CONNECT)),
        class_name="steps__small",
        aria_label="Setting up, in short",
    )


def _short(number: int) -> rx.Component:
    return rx.fragment(
        f"Step {number} of {len(NAMES)}: ",
        rx.el.span(NAMES[number - 1], class_name="strong"),
        rx.el.div(
            rx.el.span(class_name=f"is-step-{number}"), class_name="meter", aria_hidden="true"
        ),
    )


def _step(number: int, name: str) -> rx.Component:
    todo = rx.el.li(rx.el.span(str(number), class_name="dot"), rx.el.span(name))
    here = rx.el.li(
        rx.el.span(str(number), class_name="dot"), rx.el.span(name), aria_current="step"
    )
    done = rx.el.li(
        rx.el.span(icon("check"), class_name="dot"),
        rx.el.span(name, rx.el.span(", done", class_name="only-read-aloud")),
        class_name="is-done",
    )
    if number < _CONNECT:
        return done
    if number == _CONNECT:
        connecting = Onboarding.phase == CONNECT
        return rx.cond(connecting, here, rx.cond(Onboarding.connected, done, todo))
    if number == _CALL:
        arrived = Onboarding.phase == ARRIVED
        return rx.cond(arrived, done, rx.cond(Onboarding.phase == WAITING, here, todo))
    if number == _DRAFT:
        return rx.cond(Onboarding.phase == ARRIVED, rx.cond(Onboarding.drafted, done, here), todo)
    return todo
