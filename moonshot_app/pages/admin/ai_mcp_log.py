"""/admin/ai-mcp/log: every call of an assistant, filtered by what the address says."""

import reflex as rx

from moonshot_app import call_filters
from moonshot_app.components.choice import Option, chip_select
from moonshot_app.components.icon import icon
from moonshot_app.components.lists import head, key_hints, list_box, message, not_read
from moonshot_app.page import clinic_page
from moonshot_app.pages.admin.call_log import PATH, CallLog
from moonshot_app.pages.admin.call_row import STATUSES
from moonshot_app.pages.admin.call_table import call_rows
from moonshot_app.pages.admin.tabs import tabs

_TIMES = (
    ("today", "Today"),
    ("last_7_days", "7 days"),
    ("last_30_days", "30 days"),
    ("last_90_days", "90 days"),
)
_COLUMNS = (
    "Time",
    "-Person",
    "-Through",
    "Tool",
    "-Patients",
    "Status",
    "->Bytes",
    "->ms",
)


@clinic_page("/admin/ai-mcp/log", title="Log of AI connections", on_load=[CallLog.load])
def ai_mcp_log() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.div(
                rx.el.h1("See what assistants did"),
                rx.el.p(
                    rx.cond(
                        CallLog.everyone,
                        "Every call, also refused ones. ",
                        "Your assistants’ calls, also refused ones. ",
                    ),
                    "Rows cannot be changed or deleted.",
                ),
            ),
            rx.cond(
                CallLog.csv != "",
                rx.el.div(
                    _file("CSV", CallLog.csv),
                    _file("JSON Lines", CallLog.json_lines),
                    class_name="row",
                ),
            ),
            class_name="page-head",
        ),
        tabs("log", everyone=CallLog.manages),
        _filters(),
        list_box(
            CallLog.phase,
            CallLog.rows,
            columns=_COLUMNS,
            table=_table(),
            nothing=rx.cond(
                rx.Var.create(CallLog.tools).to(list).length() == 0,
                message(
                    "No calls yet",
                    "Every question that an assistant asks of this clinic will be here. Connect "
                    "one and ask it something.",
                    rx.el.a("Connect an assistant", href="/admin/ai-mcp/new/", class_name="button"),
                ),
                message(
                    "No calls match this",
                    "Choose a longer time, or fewer filters.",
                    rx.el.a(
                        "Show the last 90 days",
                        href=f"{PATH}?when=last_90_days",
                        class_name="button",
                    ),
                ),
            ),
            failed=not_read(
                CallLog.said,
                rx.cond(
                    CallLog.astray,
                    rx.el.a("Go to the newest calls", href=PATH, class_name="button"),
                    rx.el.button(
                        "Try again", type="button", class_name="button", on_click=CallLog.load
                    ),
                ),
            ),
        ),
        key_hints(CallLog.phase, ("j k", "next, previous row"), ("Enter", "open")),
        id="main",
        class_name="page stack",
    )


def _file(label: str, to: rx.Var[str] | str) -> rx.Component:
    """The server answers with a file: the site must not try to show it as a page."""
    return rx.el.a(icon("download"), label, href=to, reload_document=True, class_name="button")


def _filters() -> rx.Component:
    return rx.el.div(
        rx.el.div(*(_time(value, label) for value, label in _TIMES), class_name="segments"),
        _day("first", "From", CallLog.first),
        _day("last", "To", CallLog.last),
        rx.cond(CallLog.everyone, _select("person", "Person", CallLog.people)),
        _select("credential", "Connection", CallLog.credentials),
        _select("client", "Client", CallLog.clients),
        _select("tool", "Tool", CallLog.tools),
        _select("status", "Status", [(s.value, t) for s, t in STATUSES.items()]),
        rx.el.a(icon("close"), "Clear", href=PATH, class_name="chip"),
        rx.el.span(CallLog.counted, class_name="faint small chips__end", role="status"),
        class_name="chips",
        role="group",
        aria_label="Filters",
    )


def _chosen(name: str) -> rx.Var[str]:
    return rx.Var.create(CallLog.chosen)[name].to(str)


def _time(value: str, label: str) -> rx.Component:
    when = _chosen("when")
    usual = value == call_filters.USUAL
    on = (when == value) | (when == "") if usual else when == value
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="when",
            value=value,
            checked=on,
            on_change=CallLog.choose("when", value),
        ),
        label,
    )


def _day(end: str, label: str, value: rx.Var[str] | str) -> rx.Component:
    return rx.el.label(
        label,
        rx.el.input(
            type="date",
            value=value,
            on_change=lambda day: CallLog.choose_day(end, day),
            required=True,
        ),
        class_name=rx.cond(CallLog.own_days, "chip chip--day chip--on", "chip chip--day"),
    )


def _select(name: str, label: str, options: rx.Var[list[Option]] | list[Option]) -> rx.Component:
    return chip_select(
        label,
        options,
        _chosen(name),
        on_change=lambda value: CallLog.choose(name, value),
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            head(_COLUMNS),
            rx.el.tbody(call_rows(CallLog.rows, CallLog.opened, CallLog.open)),
            class_name="table table--dense",
        ),
        rx.el.div(
            rx.el.span("Newest first"),
            rx.el.nav(
                _step("Newer", CallLog.newer),
                _step("Older", CallLog.older),
                class_name="row",
                aria_label="Pages of the log",
            ),
            class_name="table-foot",
        ),
        class_name="table-box",
    )


def _step(label: str, to: rx.Var[str] | str) -> rx.Component:
    return rx.cond(
        rx.Var.create(to).to(str) != "",
        rx.el.a(label, href=to, class_name="button button--small"),
        rx.el.span(label, class_name="button button--small", aria_disabled="true"),
    )
