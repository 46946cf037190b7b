"""The few line icons there are, drawn on a grid of 16."""

from typing import Final

import reflex as rx

PATHS: Final = {
    "check": "m3 8.5 3.2 3.2L13 4.8",
    "copy": (
        "M7 5.5h5A1.5 1.5 0 0 1 13.5 7v5a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 12V7"
        "A1.5 1.5 0 0 1 7 5.5zM3.2 10.5H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1h6.5a1 1 0 0 1 1 1v.2"
    ),
    "down": "m4 6 4 4 4-4",
    "alert": (
        "M8 5v3.6M8 11.1v.1M7.1 2.6 1.8 12a1 1 0 0 0 .9 1.5h10.6a1 1 0 0 0 .9-1.5L8.9 2.6"
        "a1 1 0 0 0-1.8 0z"
    ),
    "plug": "M5.5 2v3.2M10.5 2v3.2M3.5 5.2h9v2.3a4.5 4.5 0 0 1-9 0zM8 12v2.2",
    "people": (
        "M6 7.2a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM1.8 13.4c0-2.3 1.9-4.1 4.2-4.1"
        "s4.2 1.8 4.2 4.1M10.6 2.9a2.3 2.3 0 0 1 0 4.1M12 9.6c1.4.6 2.3 2 2.3 3.8"
    ),
    "steps": "M2.5 4.2 3.6 5.3l2-2.3M8 4.3h5.5M2.5 11 3.6 12.1l2-2.3M8 11.2h5.5",
    "lock": (
        "M4.5 7h7a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z"
        "M5.5 7V5a2.5 2.5 0 0 1 5 0v2"
    ),
    "inbox": (
        "M2.5 9.5 4.4 3.4a1 1 0 0 1 .9-.7h5.4a1 1 0 0 1 .9.7l1.9 6.1v3a1 1 0 0 1-1 1h-9"
        "a1 1 0 0 1-1-1zM2.5 9.5H6l.8 1.6h2.4l.8-1.6h3.5"
    ),
    "log": "M3.5 2h9v12h-9zM6 5h4M6 8h4M6 11h2.5",
    "shield": "M8 1.8 3 3.6v4.1c0 3 2.1 5.3 5 6.5 2.9-1.2 5-3.5 5-6.5V3.6z",
    "search": "M7 12.2A5.2 5.2 0 1 0 7 1.8a5.2 5.2 0 0 0 0 10.4zM10.8 10.8l3.4 3.4",
    "back": "m6 4 4 4-4 4",
    "plus": "M8 3v10M3 8h10",
    "download": "M8 2.5V10M4.8 7 8 10.2 11.2 7M3 13h10",
    "no": "M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6zM4 4l8 8",
    "clock": "M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6zM8 4.8V8l2.2 1.6",
    "close": "m4 4 8 8M12 4l-8 8",
}


def icon(name: str) -> rx.Component:
    """An icon beside a word; it is not read aloud."""
    return rx.el.svg(
        rx.el.path(d=PATHS[name]), class_name="icon", view_box="0 0 16 16", aria_hidden="true"
    )


def brand_mark() -> rx.Component:
    """A moon, half in light."""
    return rx.el.svg(
        rx.el.circle(
            cx="11", cy="11", r="9.25", fill="none", stroke="var(--ink)", stroke_width="1.5"
        ),
        rx.el.path(
            d="M11 1.75a9.25 9.25 0 1 0 0 18.5 11.6 11.6 0 0 1 0-18.5z", fill="var(--accent)"
        ),
        view_box="0 0 22 22",
        aria_hidden="true",
    )
