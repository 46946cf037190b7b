"""What /admin/ai-mcp is divided into."""

import reflex as rx


def tabs(here: rx.Var[str] | str, *, everyone: rx.Var[bool] | bool) -> rx.Component:
    """One's own connections, everyone's for who manages them, and the log."""
    return rx.el.nav(
        _tab("mine", "My connections", "/admin/ai-mcp/", here),
        rx.cond(everyone, _tab("everyone", "Everyone’s", "/admin/ai-mcp/?whose=everyone", here)),
        _tab("log", "Log", "/admin/ai-mcp/log/", here),
        class_name="tabs",
        aria_label="AI connections",
    )


def _tab(name: str, label: str, to: str, here: rx.Var[str] | str) -> rx.Component:
    at = rx.Var.create(here).to(str) == name
    return rx.cond(at, rx.el.a(label, href=to, aria_current="page"), rx.el.a(label, href=to))
