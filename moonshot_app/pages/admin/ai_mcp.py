"""/admin/ai-mcp: which assistants may read the clinic, in whose name; rotate and revoke."""

import reflex as rx

from moonshot_app.components.choice import segments
from moonshot_app.components.failure import failed_callout
from moonshot_app.components.icon import icon
from moonshot_app.components.lists import head, key_hints, list_box, message, not_read
from moonshot_app.components.secret import Secret, secret_card
from moonshot_app.page import clinic_page
from moonshot_app.pages.admin.connection_row import ConnectionRow
from moonshot_app.pages.admin.connections import ANEW, REVOKE, ROTATE, Connections
from moonshot_app.pages.admin.tabs import tabs

_GRACES = [("0", "At once"), ("1", "In 1 hour"), ("24", "In 24 hours")]
_COLUMNS = (
    "Assistant",
    "-Role and reach",
    "~Credential",
    "-Last used",
    "-Expires",
    "State",
    ">(Actions)",
)


@clinic_page(
    "/admin/ai-mcp",
    title="AI connections",
    on_open=[Secret.load],
    on_load=[Connections.load],
)
def ai_mcp() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Connect or revoke an assistant"),
                rx.el.p(
                    "Each row is one assistant that may read this clinic in one person’s name. "
                    "Revoke one and its next call is refused."
                ),
            ),
            rx.el.a(
                icon("plus"),
                "Connect an assistant",
                href="/admin/ai-mcp/new/",
                # What is being asked or shown comes first: a page has one filled button.
                class_name=rx.cond(
                    (Connections.asked != "") | (Secret.token != ""),
                    "button",
                    "button button--primary",
                ),
            ),
            class_name="page-head",
        ),
        rx.cond(
            Connections.done != "",
            rx.el.div(
                icon("check"),
                rx.el.p(Connections.done),
                class_name="callout callout--ok",
                role="status",
            ),
        ),
        secret_card(),
        tabs(Connections.whose, everyone=Connections.manages),
        list_box(
            Connections.phase,
            Connections.rows,
            columns=_COLUMNS,
            table=_table(),
            nothing=message(
                "No assistant is connected yet",
                "Connect Claude, Cursor, VS Code or another client. It reads with your role, and "
                "each of its calls is in the log.",
                rx.el.a("Connect an assistant", href="/admin/ai-mcp/new/", class_name="button"),
            ),
            failed=not_read(
                Connections.said,
                rx.el.button(
                    "Try again", type="button", class_name="button", on_click=Connections.load
                ),
            ),
        ),
        key_hints(Connections.phase, ("j k", "next, previous row"), ("Enter", "its calls")),
        id="main",
        class_name="page stack",
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            head(_COLUMNS),
            rx.el.tbody(rx.foreach(Connections.rows, _row)),
            class_name="table",
        ),
        class_name="table-box",
    )


def _row(row: ConnectionRow) -> rx.Component:
    asked = Connections.asked == row.id
    opened = rx.el.a(
        row.name,
        href=f"/admin/ai-mcp/log/?when=last_30_days&credential={row.id}",
        class_name="opens strong",
        title="Its calls in the log",
    )
    return rx.fragment(
        rx.el.tr(
            rx.el.td(
                opened,
                rx.el.small(row.made),
                rx.cond(Connections.whose == "everyone", rx.el.small(row.holder)),
                class_name="named",
            ),
            rx.el.td(row.role, rx.el.small(row.reach), class_name="not-phone nowrap"),
            rx.el.td(
                rx.cond(
                    row.credential != "",
                    rx.el.code(row.credential, class_name="soft nowrap"),
                    rx.el.span("Renews itself", class_name="soft nowrap"),
                ),
                class_name="not-narrow",
            ),
            rx.el.td(row.used, class_name="not-phone nowrap"),
            rx.el.td(row.expires, class_name="not-phone nowrap"),
            rx.el.td(_badge(row)),
            rx.el.td(_deeds(row), class_name="num nowrap"),
            class_name=rx.cond(asked, "is-open", rx.cond(row.live, "", "is-past")),
        ),
        rx.cond(
            asked,
            rx.el.tr(
                rx.el.td(
                    rx.match(
                        Connections.deed,
                        (REVOKE, _revoke(row)),
                        (ROTATE, _rotate(row)),
                        _anew(row),
                    ),
                    col_span=7,
                ),
                class_name="opened",
            ),
        ),
    )


def _badge(row: ConnectionRow) -> rx.Component:
    def badge(name: str, kind: str) -> rx.Component:
        return rx.el.span(icon(name), row.state_said, class_name=f"badge {kind}")

    return rx.fragment(
        rx.cond(row.state == "ok", badge("check", "badge--ok")),
        rx.cond(row.state == "new", badge("clock", "")),
        rx.cond(row.state == "warn", badge("clock", "badge--warn")),
        rx.cond(row.state == "danger", badge("alert", "badge--danger")),
        rx.cond(row.state == "past", badge("no", "")),
    )


def _deeds(row: ConnectionRow) -> rx.Component:
    named = rx.el.span(" ", row.name, class_name="only-read-aloud")
    return rx.el.span(
        rx.cond(
            row.tainted,
            rx.el.button(
                "New conversation",
                named,
                type="button",
                class_name="button button--small",
                on_click=Connections.ask(ANEW, row.id),
            ),
        ),
        rx.cond(
            row.rotates,
            rx.el.button(
                "Rotate",
                named,
                type="button",
                class_name="button button--small",
                on_click=Connections.ask(ROTATE, row.id),
            ),
        ),
        rx.cond(
            row.live,
            rx.el.button(
                "Revoke",
                named,
                type="button",
                class_name="button button--small button--danger",
                on_click=Connections.ask(REVOKE, row.id),
            ),
        ),
        class_name="on-top deeds",
    )


def _revoke(row: ConnectionRow) -> rx.Component:
    return rx.el.div(
        rx.el.h2("Revoke ", row.name, "?", class_name="card__title"),
        rx.el.p(
            "Its next call is refused, whoever sends it. What it has read stays with the "
            "assistant; what it did stays in the log. This cannot be undone: to go on, connect "
            "again with a new token.",
            class_name="soft measure",
        ),
        failed_callout(Connections.wrong),
        rx.el.div(
            rx.el.button(
                "Revoke ",
                row.name,
                type="button",
                class_name="button button--danger-solid",
                disabled=Connections.working,
                on_click=Connections.revoke,
            ),
            _keep("Keep it"),
            class_name="row",
        ),
        class_name="card card__part stack",
    )


def _anew(row: ConnectionRow) -> rx.Component:
    return rx.el.div(
        rx.el.h2("New conversation with ", row.name, "?", class_name="card__title"),
        rx.el.p(
            "It read text that patients or other outsiders wrote, so what it proposes is held. "
            "Say here that you have begun a new chat, and what it read before counts no more for "
            "this connection. An old chat that goes on still knows that text, and would no longer "
            "be held. The log keeps that you said so.",
            class_name="soft measure",
        ),
        failed_callout(Connections.wrong),
        rx.el.div(
            rx.el.button(
                "I have begun a new chat",
                type="button",
                class_name="button button--primary",
                disabled=Connections.working,
                on_click=Connections.begin_anew,
            ),
            _keep("Keep holding"),
            class_name="row",
        ),
        class_name="card card__part stack",
    )


def _rotate(row: ConnectionRow) -> rx.Component:
    return rx.el.form(
        rx.el.h2("Give ", row.name, " a new token?", class_name="card__title"),
        rx.el.p(
            "The new token has the same role, reach and last day. Put it where the old one is, "
            "before the old one stops.",
            class_name="soft measure",
        ),
        segments("grace", "The old token stops", _GRACES, "1"),
        failed_callout(Connections.wrong),
        rx.el.div(
            rx.el.button(
                "Make a new token",
                type="submit",
                class_name="button button--primary",
                disabled=Connections.working,
            ),
            _keep("Leave it as it is"),
            class_name="row",
        ),
        on_submit=Connections.rotate,
        class_name="card card__part stack",
    )


def _keep(label: str) -> rx.Component:
    return rx.el.button(
        label,
        type="button",
        class_name="button button--quiet",
        auto_focus=True,
        on_click=Connections.leave,
        data_escape="",
    )
