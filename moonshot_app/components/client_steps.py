"""What to do in the assistant of one's choice, with the line to copy."""

from typing import Final

import reflex as rx

from moonshot_app.clients import CLIENTS, Client, Way
from moonshot_app.components.copy import copy_button


def client_steps(
    lines: dict[str, str], *, loopback: rx.Var[bool] | bool, token: rx.Var[bool] | bool = True
) -> rx.Component:
    """Steps for each client; which one is shown is chosen in the browser alone.

    `token`: whether the lines hold a token; without one these are the steps of who signs in.
    """
    return rx.el.section(
        rx.el.fieldset(
            rx.el.legend("Which assistant do you use?", class_name="only-read-aloud"),
            rx.el.div(
                *(
                    rx.el.label(
                        rx.el.input(
                            type="radio",
                            name="client",
                            id=f"is-{client.key}",
                            default_checked=client is CLIENTS[0],
                        ),
                        client.title,
                    )
                    for client in CLIENTS
                ),
                class_name="segments",
            ),
            class_name="clients__pick",
        ),
        *(_steps(client, lines, loopback=loopback, token=token) for client in CLIENTS),
        class_name="clients",
        aria_label="In your assistant",
    )


def _steps(
    client: Client,
    lines: dict[str, str],
    *,
    loopback: rx.Var[bool] | bool,
    token: rx.Var[bool] | bool,
) -> rx.Component:
    line = rx.Var.create(lines).get(client.key, "").to(str)
    far = rx.cond(
        loopback,
        rx.el.p(
            f"{client.title} runs on its maker’s machines and cannot reach this installation, "
            "which listens on this machine alone.",
            class_name="small soft client__far",
        ),
    )
    return rx.el.div(
        rx.cond(
            token,
            _way(client, client.with_token, line, _NO_TOKEN),
            _way(client, client.signs_in, line, _NO_SIGN_IN),
        ),
        *([far] if client.hosted else []),
        class_name=f"client client--{client.key}",
    )


_NO_TOKEN: Final = Way(("This assistant takes no token: give it the address alone.",))
_NO_SIGN_IN: Final = Way(("A program signs in by a token. Make one below.",))


def _way(client: Client, way: Way | None, line: rx.Var[str], otherwise: Way) -> rx.Component:
    way = way or otherwise
    steps = [rx.el.li(rx.el.span(step)) for step in way.before]
    if way.line is not None:
        steps[-1] = rx.el.li(
            rx.el.div(
                rx.el.p(way.before[-1]),
                rx.el.div(
                    rx.el.code(line, id=f"line-{client.key}", tab_index=0),
                    copy_button(f"line-{client.key}", line),
                    class_name="copyline copyline--wrap",
                ),
                class_name="stack todo__line",
            )
        )
    return rx.el.ol(*steps, *(rx.el.li(rx.el.span(s)) for s in way.after), class_name="todo")
