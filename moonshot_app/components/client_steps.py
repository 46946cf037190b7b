"""What to do in the assistant of one's choice, with the line to copy."""

import reflex as rx

from moonshot_app.clients import CLIENTS, Client
from moonshot_app.components.copy import copy_button


def client_steps(
    lines: dict[str, str], *, loopback: rx.Var[bool] | bool, whole: rx.Var[bool] | bool = True
) -> rx.Component:
    """Steps for each client; which one is shown is chosen in the browser alone.

    `whole`: whether the lines hold a token, so that it is worth copying them.
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
        *(_steps(client, lines, loopback=loopback, whole=whole) for client in CLIENTS),
        class_name="clients",
        aria_label="In your assistant",
    )


def _steps(
    client: Client,
    lines: dict[str, str],
    *,
    loopback: rx.Var[bool] | bool,
    whole: rx.Var[bool] | bool,
) -> rx.Component:
    line = rx.Var.create(lines).get(client.key, "").to(str)
    steps = [rx.el.li(rx.el.span(step)) for step in client.before]
    if client.line is not None:
        steps[-1] = rx.el.li(
            rx.el.div(
                rx.el.p(client.before[-1]),
                rx.el.div(
                    rx.el.code(line, id=f"line-{client.key}", tab_index=0),
                    rx.cond(whole, copy_button(f"line-{client.key}", line)),
                    class_name="copyline copyline--wrap",
                ),
                class_name="stack todo__line",
            )
        )
    steps += [rx.el.li(rx.el.span(step)) for step in client.after]
    far = rx.cond(
        loopback,
        rx.el.p(
            f"{client.title} runs on its maker’s machines and cannot reach this installation, "
            "which listens on this machine alone.",
            class_name="small soft client__far",
        ),
    )
    return rx.el.div(
        rx.el.ol(*steps, class_name="todo"),
        *([far] if client.hosted else []),
        class_name=f"client client--{client.key}",
    )
