"""/connect/problem: an assistant sent someone here in a way that cannot be answered."""

from typing import Final

import reflex as rx

from moonshot_app.components.site import site
from moonshot_app.page import public_page

_AGAIN: Final = "Remove the connection in your assistant and add it again."
_SAID: Final = {
    "client": f"The assistant is not known here any more. {_AGAIN}",
    "header": (
        "The assistant sent a token, or the name of a header, where the id of a client belongs. "
        "Leave the fields for OAuth empty in its settings: the address alone is enough."
    ),
    "redirect": (
        "The assistant wants you to be sent back to a place that it did not name before, so nobody "
        f"is sent there. {_AGAIN}"
    ),
    "document": (
        "What the assistant says of itself could not be read, or cannot be believed. Try again in "
        "a few minutes; if it stays, its maker has to mend it."
    ),
    "unreadable": f"The address that the assistant sent you to is damaged. {_AGAIN}",
    "often": "From your network this was asked too often. Try again in an hour.",
    "away": "The clinic's records cannot be reached just now. Try again in a minute.",
}


@public_page("/connect/problem", title="Not connected")
def problem() -> rx.Component:
    return site(
        rx.el.div(
            rx.el.h1("The assistant was not connected"),
            rx.el.p(_said(), class_name="soft", role="alert"),
            rx.el.p("Nothing was given to it, and nothing changed.", class_name="soft"),
            class_name="site narrow stack",
        ),
    )


def _said() -> rx.Component:
    """As the address says."""
    query = rx.State.router.url.query
    said: rx.Component = rx.fragment(_SAID["unreadable"])
    for why, text in _SAID.items():
        said = rx.cond(query.contains(f"why={why}"), text, said)
    return said
