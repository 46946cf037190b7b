"""/sign-up: one form makes the account and its sandbox."""

from typing import Any, Final
from zoneinfo import available_timezones

import reflex as rx

from moonshot_app import forms, way_back
from moonshot_app.components.failure import failed_callout
from moonshot_app.components.field import field
from moonshot_app.components.native_form import post
from moonshot_app.components.site import site
from moonshot_app.guard import ANYONE, needs
from moonshot_app.kept import Kept
from moonshot_app.page import public_page

ZONES: Final = (
    ("America/New_York", "Eastern"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Mountain, Arizona"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
)
_BROWSERS_ZONE: Final = rx.Var("Intl.DateTimeFormat().resolvedOptions().timeZone", _var_type=str)
_SUBJECTS: Final = {
    "name": "Your name",
    "email": "This",
    "clinic": "The clinic’s name",
    "password": "The password",
}


class SignUp(Kept):
    """What came back of the form, if it could not be taken."""

    zone: str = ZONES[0][0]
    zones: list[tuple[str, str]] = list(ZONES)
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    said: str = ""
    to: str = ""
    """Where the person wanted to go."""

    @rx.var
    def sign_in(self) -> str:
        """The way for who has an account."""
        return way_back.sign_in(self.to)

    @rx.event
    @needs(ANYONE)
    async def load(self) -> None:
        """Show again what was typed."""
        if await self._has_come_back():
            return
        self.to = way_back.ours(self.router.url.query_parameters.get(way_back.TO, ""))
        came_back = forms.typed(self.router.headers.cookie, "sign-up")
        self.values = came_back.values if came_back else {}
        wrong = came_back.wrong if came_back else {}
        self.wrong = {name: _sentence(name, what) for name, what in wrong.items()}
        self.said = came_back.said if came_back else ""
        self._choose(self.values.get("time_zone", ""))

    @rx.event
    @needs(ANYONE)
    async def begin_in(self, zone: str) -> None:
        """Begin with the time zone of the browser, unless another was sent before."""
        if not self.values.get("time_zone"):
            self._choose(zone)

    def _choose(self, zone: str) -> None:
        if zone in available_timezones():
            known = zone in dict(ZONES)
            self.zones = [*ZONES] if known else [*ZONES, (zone, zone.replace("_", " "))]
            self.zone = zone


def _sentence(name: str, what: str) -> str:
    return what if what.endswith(".") else f"{_SUBJECTS.get(name, 'This')} {what}."


def _text(of: dict[str, str], name: str) -> rx.Var[str]:
    return rx.Var.create(of).get(name, "").to(str)


def _field(name: str, label: str, **props: Any) -> rx.Component:
    value = _text(SignUp.values, name)
    return field(name, label, value=value, wrong=_text(SignUp.wrong, name), **props)


@public_page("/sign-up", title="Try the sandbox", on_load=[SignUp.load])
def sign_up() -> rx.Component:
    return site(
        rx.el.div(
            rx.el.h1("Try the sandbox"),
            rx.el.p(
                "A clinic of 36 synthetic patients, ready in a few seconds. Free for 30 days, "
                "no card, nothing to sign.",
                class_name="soft",
            ),
            failed_callout(SignUp.said),
            post(
                "/auth/sign-up",
                rx.el.input(type="hidden", name=way_back.TO, value=SignUp.to),
                _field("name", "Your name", auto_complete="name", required=True, max_length=100),
                _field(
                    "email",
                    "E-mail",
                    type="email",
                    auto_complete="email",
                    required=True,
                    max_length=200,
                ),
                _field(
                    "clinic",
                    "Name of the clinic",
                    auto_complete="organization",
                    required=True,
                    max_length=100,
                ),
                rx.el.div(
                    rx.el.label("Time zone", html_for="time_zone", class_name="field__label"),
                    rx.el.select(
                        rx.foreach(SignUp.zones, lambda zone: rx.el.option(zone[1], value=zone[0])),
                        id="time_zone",
                        name="time_zone",
                        default_value=SignUp.zone,
                        key=SignUp.zone,
                        on_mount=SignUp.begin_in(_BROWSERS_ZONE),
                        class_name="select",
                    ),
                    class_name="field",
                ),
                field(
                    "password",
                    "Password",
                    hint="At least 12 characters. A sentence is good.",
                    wrong=_text(SignUp.wrong, "password"),
                    type="password",
                    auto_complete="new-password",
                    required=True,
                    min_length=12,
                    max_length=200,
                ),
                rx.el.button("Open my sandbox", type="submit", class_name="button button--primary"),
                class_name="stack form",
            ),
            rx.el.p(
                "Have an account? ", rx.el.a("Sign in", href=SignUp.sign_in), class_name="soft"
            ),
            class_name="site narrow stack",
        ),
    )
