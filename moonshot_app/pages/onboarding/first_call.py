"""Step 4: waiting for the first call, and the call itself once it was answered."""

from typing import Final

import reflex as rx

from moonshot_app.components.copy import copy_button
from moonshot_app.components.icon import icon
from moonshot_app.pages.onboarding.state import CONNECT, Onboarding

QUESTIONS: Final = (
    "Which patients are due for labs?",
    "Who is on the schedule at my clinic today?",
    "Find John Smith and tell me what changed in his labs.",
)


def waiting() -> rx.Component:
    """The page looks by itself."""
    return rx.el.main(
        rx.el.div(
            _moment(
                rx.el.span(class_name="pulse"),
                "Waiting for the first call",
                "This page looks by itself. Leave it open and ask your assistant something.",
                ("Waited", Onboarding.waited),
                rx.el.li(
                    rx.el.span(class_name="ring"),
                    rx.el.span("First answered call"),
                    rx.el.span("Not yet", class_name="when"),
                    class_name="is-next",
                ),
            ),
            _questions("Ask one of these"),
            rx.el.div(
                rx.el.button(
                    "Back to connecting",
                    type="button",
                    class_name="button button--quiet",
                    on_click=Onboarding.go(CONNECT),
                ),
                rx.el.a("Do this later", href="/patients/", class_name="button button--quiet"),
                class_name="foot-actions",
            ),
        ),
        rx.el.aside(
            rx.el.section(
                rx.el.h2("Nothing after a minute?"),
                rx.el.ul(
                    rx.el.li(
                        "Start a new chat. One that was open before does not see the connection."
                    ),
                    rx.el.li("If the assistant asks whether it may use a tool, allow it."),
                    rx.el.li(
                        "In its list of tools or connectors, see that ",
                        rx.el.span("moonshot", class_name="strong"),
                        " is switched on.",
                    ),
                    rx.el.li(
                        "Lost the token? It cannot be shown again. Go back to connecting and make "
                        "another."
                    ),
                    class_name="stack stack--near",
                ),
            ),
            rx.el.section(
                rx.el.h2("Refused calls"),
                rx.cond(
                    Onboarding.refused == "",
                    rx.el.p(
                        "None so far. If one is refused, the reason appears here. A wrong token "
                        "does not: the assistant itself says 401 then."
                    ),
                    rx.el.p(Onboarding.refused, id="refused"),
                ),
            ),
            class_name="aside",
            aria_label="Help",
        ),
        id="main",
        class_name="guide guide--two onboarding",
    )


def arrived() -> rx.Component:
    """The first answered call."""
    return rx.el.main(
        rx.el.div(
            _moment(
                rx.el.span(icon("check"), class_name="arrived"),
                "Your first call arrived",
                rx.fragment(_of_call("client"), " was answered from this clinic’s records."),
                ("From sign-up", _of_call("since")),
                rx.el.li(
                    icon("check"),
                    rx.el.span("First answered call", class_name="strong"),
                    rx.el.span(_of_call("when"), class_name="when"),
                    class_name="is-ok",
                ),
                _call(),
                came=True,
            ),
            _questions("Ask it more"),
            rx.el.div(
                rx.el.a(
                    "Connect another assistant",
                    href="/admin/ai-mcp/new/",
                    class_name="button button--quiet",
                ),
                rx.el.a(
                    "Look at the charts", href="/patients/", class_name="button button--primary"
                ),
                class_name="foot-actions",
            ),
        ),
        rx.el.aside(
            rx.el.section(
                rx.el.h2("What just happened"),
                rx.el.p(
                    "Your assistant sent its token and a question. We checked the token and your "
                    "role, read this clinic’s rows, wrote the row of the log, and answered."
                ),
            ),
            rx.el.section(
                rx.el.h2("What comes next"),
                rx.el.p(
                    "Ask it: “draft a visit note for John Smith”. What it proposes waits under ",
                    rx.el.a("Drafts", href="/admin/ai-drafts/"),
                    " until you sign or reject it.",
                ),
                rx.el.p(
                    "Seeing what it costs, and going to production with your own patients, are "
                    "being built."
                ),
            ),
            class_name="aside",
            aria_label="What it means",
        ),
        id="main",
        class_name="guide guide--two onboarding",
    )


def _moment(
    sign: rx.Component,
    title: str,
    told: rx.Component | str,
    time: tuple[str, rx.Var[str] | str],
    last: rx.Component,
    *more: rx.Component,
    came: bool = False,
) -> rx.Component:
    label, passed = time
    return rx.el.section(
        rx.el.div(
            rx.el.span(sign, class_name="slot"),
            rx.el.div(rx.el.h1(title), rx.el.p(told, class_name="soft")),
            # A clock that is read aloud each second would drown the rest.
            rx.el.p(rx.el.small(label), passed, class_name="moment__time", aria_live="off"),
            class_name="moment__head",
        ),
        rx.el.ol(
            _happened(Onboarding.ready_said, Onboarding.ready_at),
            _happened(Onboarding.connected_said, Onboarding.connected_at),
            last,
            class_name="happened",
        ),
        *more,
        class_name="moment moment--arrived" if came else "moment",
        id="first-call",
    )


def _happened(what: rx.Var[str] | str, when: rx.Var[str] | str) -> rx.Component:
    return rx.el.li(icon("check"), rx.el.span(what), rx.el.span(when, class_name="when"))


def _of_call(key: str) -> rx.Var[str]:
    return rx.Var.create(Onboarding.call).get(key, "").to(str)


def _call() -> rx.Component:
    def part(label: str, key: str) -> rx.Component:
        value = _of_call(key)
        shown = rx.el.code(value) if key == "tool" else value
        return rx.el.div(rx.el.dt(label), rx.el.dd(shown, id=f"call-{key}"))

    return rx.fragment(
        rx.el.dl(
            part("Tool", "tool"),
            part("Took", "took"),
            part("Gave out", "size"),
            part("Through", "connection"),
            class_name="call",
        ),
        rx.el.div(
            "Every call leaves a row like this one. ",
            rx.el.a("Open it in the log", href="/admin/ai-mcp/log/"),
            class_name="card__part card__part--foot soft",
        ),
    )


def _questions(title: str) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title),
        rx.el.ul(
            *(
                rx.el.li(rx.el.p(question), copy_button(f"question-{number}", question))
                for number, question in enumerate(QUESTIONS)
            ),
            class_name="card prompts",
        ),
        class_name="section section--near stack stack--near",
    )
