"""/connect: an assistant asks to be connected; who is signed in says yes or no."""

import reflex as rx

from moonshot_app.components.choice import segments
from moonshot_app.components.failure import failed_callout
from moonshot_app.components.icon import icon
from moonshot_app.components.lists import FAILED, LOADING, READY, message, not_read
from moonshot_app.page import clinic_page
from moonshot_app.pages.connect.state import ALL, GONE, LIVES, READING, SENT, Consent


@clinic_page("/connect", title="Allow an assistant", on_load=[Consent.load])
def connect() -> rx.Component:
    return rx.el.main(
        rx.cond(Consent.phase == LOADING, _bones()),
        rx.cond(Consent.phase == READY, _question()),
        rx.cond(Consent.phase == SENT, _sent()),
        rx.cond(
            Consent.phase == GONE,
            rx.el.div(
                message(
                    "This question is no longer open",
                    Consent.said,
                    rx.el.a("AI connections", href="/admin/ai-mcp/", class_name="button"),
                    heading=rx.el.h1,
                ),
                class_name="card",
            ),
        ),
        rx.cond(
            Consent.phase == FAILED,
            rx.el.div(
                rx.el.h1("Allow an assistant", class_name="only-read-aloud"),
                not_read(
                    Consent.said,
                    rx.el.button(
                        "Try again", type="button", class_name="button", on_click=Consent.load
                    ),
                ),
                class_name="card",
            ),
        ),
        id="main",
        class_name="page page--form",
    )


def _bones() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Allow an assistant", class_name="only-read-aloud"),
        rx.el.span(class_name="bone bone--title"),
        rx.el.div(class_name="card card--waiting"),
        class_name="stack",
        aria_busy="true",
    )


def _question() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Allow ", Consent.client, " to read this clinic?"),
                rx.el.p(
                    "It calls itself that; nobody has checked the name. Afterwards you are sent to "
                    "where it asked from. If you did not just connect an assistant, say no."
                ),
            ),
            class_name="page-head",
        ),
        rx.el.form(
            rx.el.dl(
                _fact("Clinic", Consent.clinic),
                _fact("In the name of", Consent.person),
                rx.cond(Consent.described_at, _fact("Described at", Consent.described_at)),
                _fact("Sends you back to", Consent.place),
                class_name="pairs",
            ),
            rx.el.div(
                rx.el.label("Role", html_for="role", class_name="field__label"),
                rx.el.span(Consent.reaches, class_name="field__hint", id="role-hint"),
                rx.el.select(
                    rx.foreach(Consent.roles, lambda role: rx.el.option(role[1], value=role[0])),
                    id="role",
                    name="role",
                    value=Consent.role,
                    on_change=Consent.choose,
                    aria_describedby="role-hint",
                    class_name="select",
                ),
                class_name="field",
            ),
            rx.cond(Consent.reads_only, _reads_only(), _reach()),
            segments("life", "Ends after", LIVES, "90"),
            rx.el.p(
                "Each of its calls is in the log. You can take this back at any time under AI "
                "connections; its next call is refused.",
                class_name="soft",
            ),
            failed_callout(Consent.wrong),
            rx.el.div(
                rx.el.button(
                    rx.cond(Consent.working, rx.el.span(class_name="spinner")),
                    "Allow",
                    type="submit",
                    class_name="button button--primary",
                    disabled=Consent.working,
                ),
                rx.el.button(
                    "Do not allow",
                    type="button",
                    class_name="button button--quiet",
                    on_click=Consent.deny,
                ),
                class_name="row",
            ),
            on_submit=Consent.allow,
            class_name="card card__part stack form-card",
        ),
    )


def _fact(label: str, value: rx.Var[str] | str) -> rx.Component:
    return rx.fragment(rx.el.dt(label), rx.el.dd(value, class_name="strong"))


def _reads_only() -> rx.Component:
    return rx.el.p(icon("lock"), " It asks to read only: it will never propose anything.")


def _reach() -> rx.Component:
    def choice(value: str, label: str, hint: str, *, on: bool = False) -> rx.Component:
        return rx.el.label(
            rx.el.input(type="radio", name="reach", value=value, default_checked=on),
            rx.el.span(label, rx.el.small(hint, class_name="field__hint")),
            class_name="check check--radio",
        )

    return rx.el.fieldset(
        rx.el.legend("It may", class_name="field__label"),
        choice(
            ALL,
            "Use everything of the role",
            "What it proposes waits until a person signs it.",
            on=True,
        ),
        choice(READING, "Read only", "It will never propose anything."),
        class_name="field reach",
    )


def _sent() -> rx.Component:
    return rx.el.div(
        rx.cond(
            Consent.allowed,
            _told("Allowed", "You are being sent back. If nothing happens, go to your assistant."),
            _told("Not allowed", "Nothing was connected. You can close this page."),
        ),
        class_name="card",
        role="status",
    )


def _told(title: str, said: str) -> rx.Component:
    there = rx.el.a("AI connections", href="/admin/ai-mcp/", class_name="button")
    return message(title, said, there, heading=rx.el.h1)
