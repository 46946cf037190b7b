"""/sign-in: e-mail and password."""

import reflex as rx

from moonshot_app import forms, way_back
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
    to: str = ""
    """Where the person wanted to go."""
    out: bool = False
    said: str = ""

    @rx.var
    def sign_up(self) -> str:
        """The way for who is new."""
        return way_back.sign_in(self.to, way_back.SIGN_UP)

    @rx.event
    @needs(ANYONE)
    async def load(self) -> None:
        """Show again what was typed."""
        if await self._has_come_back():
            return
        asked = self.router.url.query_parameters
        self.to, self.out = way_back.ours(asked.get(way_back.TO, "")), "out" in asked
        came_back = forms.typed(self.router.headers.cookie, "sign-in")
        self.email = came_back.values.get("email", "") if came_back else ""
        self.said = came_back.said if came_back else ""


@public_page("/sign-in", title="Sign in", on_load=[SignIn.load])
def sign_in() -> rx.Component:
    return site(
        rx.el.div(
            rx.el.h1("Sign in"),
            failed_callout(SignIn.said),
            rx.cond(
                SignIn.said == "",
                rx.el.p(
                    rx.cond(
                        SignIn.out,
                        "You are signed out.",
                        rx.cond(SignIn.to != "", "Sign in to go on.", ""),
                    ),
                    class_name="soft",
                ),
            ),
            post(
                "/auth/sign-in",
                rx.el.input(type="hidden", name=way_back.TO, value=SignIn.to),
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
            rx.el.p(
                "New here? ",
                rx.el.a("Try the sandbox", href=SignIn.sign_up),
                class_name="soft",
            ),
            class_name="site narrow stack",
        ),
    )
