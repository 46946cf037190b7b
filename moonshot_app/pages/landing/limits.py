"""What an assistant can never do. Each line is held by a test of the server or the database."""

from typing import Final

import reflex as rx

_NEVER: Final = (
    (
        "Write into a chart, or to a patient",
        "It can only propose, and a person signs. The database lets no token sign.",
    ),
    (
        "Pass on what a patient told it to do",
        "What it proposes after such words is held beside them, until its person has looked.",
    ),
    (
        "See another clinic",
        "Row-level security: the database itself returns no row that belongs to someone else.",
    ),
    (
        "See more than its person may",
        "A front desk token has no chart tools at all. They are not hidden, they are not there.",
    ),
    (
        "Leave no trace",
        "If the log row cannot be written, the answer is not given.",
    ),
    (
        "Rewrite the log",
        "Rows are only added. The database refuses to change or delete one of them.",
    ),
    (
        "Go on after you revoke it",
        "The next call is refused.",
    ),
)


def limits() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2("What the assistant can never do", id="never"),
                rx.el.p(
                    "These are not instructions to a model. They are refusals by the server and "
                    "the database.",
                    class_name="band__lead",
                ),
            ),
            rx.el.dl(*(_one(deed, why) for deed, why in _NEVER)),
            class_name="site never",
        ),
        class_name="band",
        aria_labelledby="never",
    )


def _one(deed: str, why: str) -> rx.Component:
    return rx.el.div(rx.el.dt(deed), rx.el.dd(why))
