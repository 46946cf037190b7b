"""A button that copies a text and says so, in the button itself."""

from typing import Any

import reflex as rx

from moonshot_app.components.icon import icon
from moonshot_app.guard import ANYONE, needs


class Copied(rx.State):
    """Which text this tab copied last."""

    what: str = ""

    @rx.event
    @needs(ANYONE)
    async def remember(self, what: str) -> None:
        """Remember what was copied, by its key."""
        self.what = what[:40]


def copy_button(
    key: str, text: str | rx.Var[str], label: str = "Copy", **props: Any
) -> rx.Component:
    """The button; `key` tells it from others on its page."""
    done = Copied.what == key
    return rx.el.button(
        rx.cond(done, icon("check"), icon("copy")),
        rx.cond(done, "Copied", label),
        type="button",
        class_name=rx.cond(done, "button button--small is-done", "button button--small"),
        on_click=[rx.set_clipboard(text), Copied.remember(key)],
        aria_live="polite",
        **props,
    )
