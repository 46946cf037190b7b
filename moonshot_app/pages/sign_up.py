"""/sign-up: one form makes the account and its sandbox."""

from typing import Any

import reflex as rx

from moonshot_app import forms
from moonshot_app.components.field import field
from moonshot_app.components.icon import icon
from moonshot_app.components.native_form import post
from moonshot_app.components.site import site
from moonshot_app.guard import ANYONE, needs
from moonshot_app.page import public_page


class SignUp(rx.State):
    """What came back of the form, if it could not be taken."""

    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    said: str = ""

    @rx.event
    @needs(ANYONE)
    async def load(self) -> None:
        """Show again what was typed."""
        came_back = forms.typed(self.router.headers.cookie, "sign-up")
        self.values = came_back.values if came_back else {}
        self.wrong = came_back.wrong if came_back else {}
        self.said = came_back.said if came_back else ""


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
            rx.cond(
                SignUp.said != "",
                rx.el.div(
                    icon("alert"),
                    rx.el.p(SignUp.said),
                    class_name="callout callout--danger",
                    role="alert",
                ),
            ),
            post(
                "/auth/sign-up",
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
            rx.el.p("Have an account? ", rx.el.a("Sign in", href="/sign-in/"), class_name="soft"),
            class_name="site narrow stack",
        ),
    )
