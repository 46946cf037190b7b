"""The frame around every page of a clinic: whose it is, which tier, the few places to go."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any, Final

import reflex as rx

from models.permission import Permission
from models.vocabulary import Tier
from moonshot_app.components.icon import brand_mark, icon
from moonshot_app.components.native_form import post
from moonshot_app.guard import ANYONE, SIGNED_IN, needs
from moonshot_app.session import signed_in
from services.drafts import queue
from services.identity import accounts


@dataclasses.dataclass(frozen=True)
class Place:
    """Where the rail leads."""

    path: str
    label: str
    icon: str


_DAY: Final = timedelta(days=1)

PLACES = (
    (Place("/onboarding/", "Set up", "steps"), None),
    (Place("/admin/ai-drafts/", "Drafts", "inbox"), Permission.DRAFT_MESSAGES),
    (Place("/patients/", "Patients", "people"), Permission.VIEW_PATIENTS),
    (Place("/admin/ai-mcp/", "AI connections", "plug"), None),
)
"""With the permission that one needs to be shown it."""


class Frame(rx.State):
    """Who is signed in, where."""

    person: str = ""
    initials: str = ""
    clinic: str = ""
    sandbox: bool = False
    days_left: int = 0
    paths: list[str] = []
    drafts: int = 0
    """How many wait for somebody to look at."""
    away: bool = False
    """Whether the database could not be asked: shown on every page until it can."""

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> None:
        """Ask who is signed in."""
        async with signed_in(self) as clinic:
            me = await accounts.who(clinic)
            principal = clinic.principal
            drafts = 0
            if principal.may(Permission.DRAFT_MESSAGES):
                drafts = (await queue.counts(clinic)).waiting
        self.person, self.clinic, self.drafts = me.name, me.clinic, drafts
        self.initials = me.initials
        self.sandbox = me.tier == Tier.SANDBOX
        ends = me.sandbox_expires_at
        self.days_left = max(0, ceil((ends - principal.now) / _DAY)) if ends is not None else 0
        self.paths = [p.path for p, need in PLACES if need is None or principal.may(need)]
        self.away = False

    @rx.event
    @needs(ANYONE)
    async def tell_away(self) -> None:
        """Say that the database could not be asked who this is, so that nothing was done."""
        self.away = True


def frame(page: rx.Component, beside: rx.Component, *, again: Sequence[Any]) -> rx.Component:
    """A page within its clinic, with what stands beside it and the events that read it again."""
    return rx.el.div(
        rx.el.a("Skip to the page", class_name="skip", href="#main"),
        # Pressed by a script, which no person can see: kept.js.
        rx.el.button(id="still-here", type="button", hidden=True, on_click=Frame.load),
        _bar(),
        rx.cond(Frame.away, _away(again)),
        rx.el.div(beside, page, class_name="frame"),
    )


def _away(again: Sequence[Any]) -> rx.Component:
    return rx.el.div(
        icon("alert"),
        rx.el.div(
            rx.el.h2("The clinic’s records cannot be reached"),
            rx.el.p(
                "The database does not answer. Nothing was changed, and what you typed is still "
                "here. Wait a moment, then try again; if it stays, tell whoever runs this "
                "installation."
            ),
            rx.el.button(
                "Try again", type="button", class_name="button callout__do", on_click=[*again]
            ),
        ),
        class_name="callout callout--danger away",
        role="alert",
    )


def brand(href: str = "/") -> rx.Component:
    """The house's name, which leads to the start."""
    return rx.el.a(brand_mark(), rx.el.span("Moonshot Clinic"), class_name="brand", href=href)


def _tier() -> rx.Component:
    return rx.cond(
        Frame.sandbox,
        rx.fragment(
            rx.el.span("Sandbox", class_name="tier tier--sandbox"),
            rx.el.span(
                "Synthetic patients. No message is sent to anyone. ",
                rx.cond(Frame.days_left == 1, "1 day left.", f"{Frame.days_left} days left."),
                class_name="tier-note not-phone",
            ),
        ),
        rx.el.span("Production", class_name="tier tier--production"),
    )


def _bar() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            brand(),
            rx.el.span(Frame.clinic, class_name="clinic"),
            # Nothing is said of the tier until it is known.
            rx.cond(Frame.clinic != "", _tier()),
            rx.el.div(
                rx.el.span(
                    rx.el.span(Frame.initials, class_name="initials", aria_hidden="true"),
                    rx.el.span(Frame.person, class_name="not-phone"),
                    class_name="person",
                ),
                post(
                    "/auth/sign-out",
                    rx.el.button("Sign out", type="submit", class_name="button button--quiet"),
                ),
                class_name="bar__end",
            ),
            class_name="bar__line",
        ),
        rx.el.div(class_name=rx.cond(Frame.sandbox, "stripe stripe--sandbox", "stripe")),
        class_name="bar",
    )


def rail() -> rx.Component:
    """The few places that one's roles lead to."""
    return rx.el.nav(
        rx.el.div(*(_place(place) for place, _ in PLACES), class_name="rail__group"),
        class_name="rail",
        aria_label="Clinic",
    )


def _place(place: Place) -> rx.Component:
    inside = (icon(place.icon), place.label, _waiting(place))
    here = rx.State.router.url.path.startswith(place.path)
    return rx.cond(
        rx.Var.create(Frame.paths).contains(place.path),
        rx.cond(
            here,
            rx.el.a(*inside, href=place.path, aria_current="page"),
            rx.el.a(*inside, href=place.path),
        ),
    )


def _waiting(place: Place) -> rx.Component:
    if place.path != "/admin/ai-drafts/":
        return rx.fragment()
    told = (
        rx.el.span(Frame.drafts, class_name="count"),
        rx.el.span(" waiting", class_name="only-read-aloud"),
    )
    return rx.cond(Frame.drafts > 0, rx.fragment(*told))
