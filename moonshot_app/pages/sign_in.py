"""/sign-in: e-mail and password."""

import reflex as rx

from moonshot_app import forms
from moonshot_app.components.failure import failed_callout
from moonshot_app.components.field import field
from moonshot_app.components.native_form import post
from moonshot_app.components.site import site
from moonshot_app.guard import ANYONE, needs
from moonshot_app.kept import Kept
from moonshot_app.page import public_page


class SignIn(Kept):
    """What came back of the form, if nobody could be signed in."""

    email: str = ""
    said: str = ""

    @rx.event
    @needs(ANYONE)
    async def load(self) -> None:
        """Show again what was typed."""
        if await self._has_come_back():
            return
        came_back = forms.typed(self.router.headers.cookie, "sign-in")
        self.email = came_back.values.get("email", "") if came_back else ""
        self.said = came_back.said if came_back else ""


@public_page("/sign-in", title="Sign in", on_load=[SignIn.load])
def sign_in() -> rx.Component:
    return site(
        rx.el.div(
            rx.el.h1("Sign in"),
            failed_callout(SignIn.said),
            post(
                "/auth/sign-in",
                field(
                    "email",
                    "E-mail",
                    value=SignIn.email,
                    type="email",
                    auto_complete="username",
                    required=True,
                    max_length=200,
                ),
                field(
                    "password",
                    "Password",
                    type="password",
                    auto_complete="current-password",
                    required=True,
                    max_length=200,
                ),
                rx.el.button("Sign in", type="submit", class_name="button button--primary"),
                class_name="stack form",
            ),
            rx.el.p("New here? ", rx.el.a("Try the sandbox", href="/sign-up/"), class_name="soft"),
            class_name="site narrow stack",
        ),
    )
