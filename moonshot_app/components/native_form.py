"""A form that the browser itself posts: Reflex's own never leaves the page."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML


class NativeForm(BaseHTML):
    """`<form action method>`, untouched."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


def post(path: str, *children: rx.Component, **props: Any) -> rx.Component:
    """A form that is posted to a path of ours."""
    return NativeForm.create(*children, action=path, method="post", **props)
