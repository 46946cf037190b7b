"""A page: its route, its title, its looks, what it loads. Files in `pages/` make them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx

from moonshot_app.components.frame import Frame, frame, rail

View = Callable[[], rx.Component]


@dataclass(frozen=True, slots=True)
class Page:
    """As Reflex is told of it."""

    route: str
    title: str
    view: View
    on_load: Sequence[Any]


PAGES: list[Page] = []
"""Every page that was made; `site_map` makes them all."""


def public_page(route: str, *, title: str, on_load: Sequence[Any] = ()) -> Callable[[View], View]:
    """A page that anyone may see."""

    def register(view: View) -> View:
        PAGES.append(Page(route, title, view, on_load))
        return view

    return register


def clinic_page(
    route: str,
    *,
    title: str,
    on_open: Sequence[Any] = (),
    on_load: Sequence[Any] = (),
    beside: View = rail,
) -> Callable[[View], View]:
    """A page within the frame, for who is signed in. The events say what they need.

    `on_load` is done again when someone tries again; `on_open` is not. `beside` is what stands
    beside it: the places of the clinic, unless it is one guided way.
    """
    reads = [Frame.load, *on_load]

    def register(view: View) -> View:
        framed = partial(_framed, view, beside, reads)
        PAGES.append(Page(route, title, framed, [*on_open, *reads]))
        return view

    return register


def _framed(view: View, beside: View, reads: Sequence[Any]) -> rx.Component:
    return frame(view(), beside(), again=reads)
