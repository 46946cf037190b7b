"""The Reflex application: every page, behind the guard."""

from typing import cast

import reflex as rx
from reflex_base.event import EventSpec

from moonshot_app import site_map
from moonshot_app.components.connection import lost_connection
from moonshot_app.components.frame import Frame
from moonshot_app.guard import Guard
from moonshot_app.log import incident, page_failed
from services.errors import Unavailable


def _failed(exception: Exception) -> EventSpec | None:
    """An event failed: the log has its place, the page keeps what it showed and may say why."""
    if isinstance(exception, Unavailable):
        return cast("EventSpec", Frame.tell_away())
    incident(exception)
    return None


app = rx.App(
    html_lang="en",
    theme=None,
    toaster=None,
    reset_style=False,
    stylesheets=["/look.css"],
    head_components=[
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        *(
            # Fetched at once: a font that comes late is not used on that page, so nothing moves.
            rx.el.link(rel="preload", href=font, custom_attrs={"as": "font"}, cross_origin="")
            for font in (
                "/fonts/geist-latin-wght-normal.woff2",
                "/fonts/geist-mono-latin-wght-normal.woff2",
            )
        ),
        rx.el.script(src="/keys.js", defer=True),
        rx.el.script(src="/focus.js", defer=True),
        rx.el.script(src="/kept.js"),
    ],
    app_wraps={(5, "Overlay"): lambda _stateful: lost_connection()},
    backend_exception_handler=_failed,
    frontend_exception_handler=page_failed,
)
app.add_middleware(Guard())
for each in site_map.load():
    app.add_page(
        each.view,
        route=each.route,
        title=f"{each.title} · Moonshot Clinic",
        on_load=[*each.on_load],
    )
