"""The secret moment: a token is shown this once, with the line to paste."""

from typing import TYPE_CHECKING

import reflex as rx

from moonshot_app.clients import lines
from moonshot_app.components.client_steps import client_steps
from moonshot_app.components.copy import copy_button
from moonshot_app.guard import SIGNED_IN, needs
from moonshot_app.installation import installation
from moonshot_app.kept import Kept

if TYPE_CHECKING:
    from services.identity.token import Token


class Secret(Kept):
    """The token that this tab has just made, until it is stored or a page that shows it opens."""

    token: str = ""
    lines: dict[str, str] = {}
    loopback: bool = False
    facts: list[tuple[str, str]] = []

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> None:
        """Forget it: the page is another, or was loaded anew."""
        if not await self._has_come_back():
            self._forget()

    @rx.event
    @needs(SIGNED_IN)
    async def put_away(self) -> None:
        """Forget it."""
        self._forget()

    def _forget(self) -> None:
        self.token, self.lines, self.facts = "", {}, []


def reveal(secret: Secret, token: "Token", facts: list[tuple[str, str]]) -> None:
    """Show a token with what it is good for."""
    settings = installation().settings
    secret.token = token.text
    secret.lines = lines(settings.endpoint, token.text)
    secret.loopback = settings.on_loopback
    secret.facts = facts


def secret_card() -> rx.Component:
    """Shown while there is one."""
    return rx.cond(
        Secret.token != "",
        rx.el.section(
            rx.el.div(
                rx.el.h2("Copy your token now", id="secret"),
                rx.el.p(
                    "It is shown this once. We keep only a fingerprint of it and cannot show it "
                    "again.",
                    class_name="soft",
                ),
                rx.el.div(
                    rx.el.code(Secret.token, aria_label="Token", id="token"),
                    copy_button("token", Secret.token, auto_focus=True),
                    class_name="copyline copyline--big",
                ),
                rx.el.dl(
                    rx.foreach(
                        Secret.facts,
                        lambda fact: rx.fragment(rx.el.dt(fact[0]), rx.el.dd(fact[1])),
                    ),
                    class_name="pairs",
                ),
                class_name="card__part stack",
            ),
            client_steps(Secret.lines, loopback=Secret.loopback),
            rx.el.div(
                rx.el.span("Lost it? Revoke it and make another.", class_name="small soft"),
                rx.el.button(
                    "I have stored it",
                    type="button",
                    class_name="button",
                    on_click=[Secret.put_away, rx.redirect("/admin/ai-mcp/")],
                ),
                class_name="card__part row row--between",
            ),
            class_name="card secret",
            aria_labelledby="secret",
            role="status",
        ),
    )
