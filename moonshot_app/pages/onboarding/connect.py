"""Step 3: the address, a token, and what to do with them in the assistant of one's choice."""

import reflex as rx

from moonshot_app.components.client_steps import client_steps
from moonshot_app.components.copy import copy_button
from moonshot_app.components.failure import failed_callout
from moonshot_app.components.icon import icon
from moonshot_app.pages.onboarding.state import WAITING, Onboarding


def connect() -> rx.Component:
    """The whole step."""
    return rx.el.main(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Connect your assistant"),
                rx.el.p("Give it this address and sign in. It reads with your permissions."),
            ),
            class_name="page-head",
        ),
        rx.el.p("Your clinic’s address for assistants", class_name="field__label", id="address"),
        rx.el.div(
            rx.el.code(Onboarding.endpoint, id="endpoint", aria_labelledby="address"),
            copy_button("endpoint", Onboarding.endpoint),
            class_name="copyline copyline--big",
        ),
        rx.cond(Onboarding.loopback, _on_loopback()),
        rx.el.div(
            client_steps(
                Onboarding.lines, loopback=Onboarding.loopback, token=Onboarding.token != ""
            ),
            rx.el.div(
                rx.cond(Onboarding.token == "", _make_token(), _shown_token()),
                failed_callout(Onboarding.wrong),
                class_name="card__part stack",
                aria_live="polite",
            ),
            class_name=rx.cond(Onboarding.token == "", "card", "card secret"),
        ),
        rx.cond(
            Onboarding.by_another,
            rx.el.div(
                icon("check"),
                rx.el.div(
                    rx.el.h2("A first call arrived through another connection"),
                    rx.el.p(
                        "This token waits for its own. ",
                        rx.el.a("See the call in the log", href="/admin/ai-mcp/log/"),
                        " once you have stored it.",
                    ),
                ),
                class_name="callout callout--ok",
                role="status",
            ),
        ),
        rx.el.div(
            icon("shield"),
            rx.el.div(
                rx.el.h2("What you are about to allow"),
                rx.el.p(
                    "With a token it acts as ",
                    rx.el.span(Onboarding.role, class_name="strong"),
                    ", for 30 days; signing in, you choose both there. ",
                    Onboarding.reaches,
                    " You can take it back at any time under AI connections.",
                ),
            ),
            class_name="callout",
        ),
        rx.el.div(
            rx.el.a("Do this later", href="/patients/", class_name="button button--quiet"),
            rx.cond(
                Onboarding.connected,
                rx.el.button(
                    "I have connected it",
                    type="button",
                    class_name=rx.cond(Onboarding.token == "", "button", "button button--primary"),
                    on_click=Onboarding.go(WAITING),
                ),
            ),
            class_name="foot-actions",
        ),
        id="main",
        class_name="guide onboarding",
    )


def _on_loopback() -> rx.Component:
    return rx.el.div(
        icon("alert"),
        rx.el.div(
            rx.el.h2("Only programs on this machine can reach this address"),
            rx.el.p(
                "Assistants that run elsewhere, as Claude and ChatGPT do in a browser, cannot. For "
                "those, set MOONSHOT_PUBLIC_ORIGIN to an https address that leads here."
            ),
        ),
        class_name="callout callout--warn",
    )


def _make_token() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h2("Or with a token", class_name="card__title"),
            rx.el.p(
                "A password for one assistant that cannot sign in. It is shown once, and can be "
                "revoked at once.",
                class_name="soft",
            ),
            rx.cond(
                Onboarding.connected,
                rx.el.p(
                    "You have a connection already; its token cannot be shown again. Lost it? Make "
                    "another here, and ",
                    rx.el.a("revoke the lost one", href="/admin/ai-mcp/"),
                    ".",
                    class_name="soft",
                ),
            ),
        ),
        rx.el.button(
            rx.cond(Onboarding.working, rx.el.span(class_name="spinner", aria_hidden="true")),
            rx.cond(Onboarding.working, "Making a token", "Make a token"),
            type="button",
            class_name="button",
            on_click=Onboarding.connect,
            disabled=Onboarding.working,
        ),
        class_name="row row--between",
    )


def _shown_token() -> rx.Component:
    return rx.el.div(
        rx.el.h2("Copy your token now", class_name="card__title"),
        rx.el.p(
            "It is shown this once; the lines above hold it already. We keep only a fingerprint of "
            "it and cannot show it again.",
            class_name="soft",
        ),
        rx.el.div(
            rx.el.code(Onboarding.token, id="token", aria_label="Token", tab_index=0),
            copy_button("token", Onboarding.token),
            class_name="copyline copyline--big",
        ),
        class_name="stack todo__line",
    )
