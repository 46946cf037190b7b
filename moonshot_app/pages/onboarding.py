"""/onboarding: connect an assistant, wait for its first answered call, see what comes next."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import reflex as rx

from models.permission import Role
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.copy import copy_button
from moonshot_app.components.failure import failed_callout, said_of
from moonshot_app.components.icon import icon
from moonshot_app.guard import SIGNED_IN, needs
from moonshot_app.installation import installation
from moonshot_app.page import clinic_page
from moonshot_app.session import signed_in
from services.errors import ClinicError
from services.identity import accounts, credentials
from services.onboarding import progress
from services.settings import LOOPBACK

CLIENTS: Final = (
    ("claude-code", "Claude Code"),
    ("cursor", "Cursor"),
    ("vs-code", "VS Code"),
    ("python", "Python SDK"),
    ("stdio", "Other, by stdio"),
)
STEPS: Final = (
    "Clinic",
    "Sandbox ready",
    "Connect your assistant",
    "First call",
    "Try a draft",
    "What it costs",
    "Go to production",
)
QUESTIONS: Final = (
    "Which patients are due for labs?",
    "Who is on the schedule at my clinic today?",
    "Find John Smith and tell me what changed in his labs.",
)
_LIFE: Final = timedelta(days=30)
_LOOKS: Final = 1_800
"""Seconds for which a page looks by itself; a reload begins anew."""


def line_for(client: str, endpoint: str, token: str) -> str:
    """What a person pastes into that client."""
    bearer = {"Authorization": f"Bearer {token}"}
    match client:
        case "cursor":
            return json.dumps({"mcpServers": {"moonshot": {"url": endpoint, "headers": bearer}}})
        case "vs-code":
            server = {"type": "http", "url": endpoint, "headers": bearer}
            return json.dumps({"servers": {"moonshot": server}})
        case "python":
            return f'Client("{endpoint}", headers={json.dumps(bearer)})'
        case "stdio":
            return f'npx mcp-remote {endpoint} --header "Authorization: Bearer {token}"'
        case _:
            return (
                f"claude mcp add --transport http moonshot {endpoint} "
                f'--header "Authorization: Bearer {token}"'
            )


WHERE: Final = {
    "claude-code": "Paste this into a terminal.",
    "cursor": "Put this into ~/.cursor/mcp.json.",
    "vs-code": "Put this into .vscode/mcp.json of your project.",
    "python": "With the official MCP client: pass this header with each request.",
    "stdio": "Give this command to a client that starts its servers itself. It needs Node.js.",
}


class Onboarding(rx.State):
    """How far this clinic has come. The token is shown until the page is left or loaded anew."""

    endpoint: str = ""
    loopback: bool = False
    client: str = "claude-code"
    where: str = WHERE["claude-code"]
    line: str = ""
    token: str = ""
    working: bool = False
    wrong: str = ""
    connected: bool = False
    waited: str = ""
    arrived: bool = False
    call: dict[str, str] = {}
    _watch: str = ""

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> None:
        """Begin with what the database says."""
        settings = installation().settings
        self.endpoint = settings.endpoint
        self.loopback = urlsplit(settings.public_origin).hostname in LOOPBACK
        self.token, self.wrong, self.working = "", "", False
        self._show_line()
        await self._look()

    @rx.event
    @needs(SIGNED_IN)
    async def choose(self, client: str) -> None:
        """Show what another client is given."""
        if client in WHERE:
            self.client = client
            self._show_line()

    @rx.event
    @needs(SIGNED_IN)
    async def connect(self) -> AsyncGenerator[None]:
        """Make a credential for this person's widest role that reads charts."""
        self.working, self.wrong = True, ""
        yield
        try:
            async with signed_in(self) as clinic:
                me = await accounts.who(clinic)
                role = Role.PROVIDER if Role.PROVIDER in me.roles else me.roles[0]
                minted = await credentials.mint(
                    clinic, role=role, name="My first connection", life=_LIFE
                )
            self.token, self.connected = minted.token.text, True
            self._show_line()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        self.working = False

    @rx.event(background=True)
    @needs(SIGNED_IN)
    async def watch(self) -> None:
        """Look for the first answered call until it is there; the newest page looks alone."""
        mine = uuid4().hex
        async with self:
            self._watch = mine
        for _ in range(_LOOKS):
            async with self:
                here = self.router.url.path.startswith("/onboarding")
                if self._watch != mine or not here or self.arrived:
                    return
                try:
                    await self._look()
                except ClinicError:
                    return
            await asyncio.sleep(1)

    async def _look(self) -> None:
        async with signed_in(self) as clinic:
            principal = await clinic.begin()
            since = await progress.since(clinic)
            first = await progress.first_answered_call(clinic)
        times = ClinicTime(principal)
        self.connected = since is not None
        if since is not None and first is None:
            seconds = max(0, int((principal.now - since).total_seconds()))
            self.waited = f"{seconds // 60}:{seconds % 60:02}"
        if first is not None:
            client = " ".join(filter(None, (first.client_name, first.client_version)))
            self.call = {
                "tool": first.tool_name,
                "when": times.second(first.at),
                "took": f"{first.latency_ms} ms",
                "size": f"{first.response_bytes:,} bytes",
                "client": client or "A client that does not say its name",
                "credential": first.credential or "",
            }
            self.arrived = True

    def _show_line(self) -> None:
        self.where = WHERE[self.client]
        self.line = line_for(self.client, self.endpoint, self.token or "YOUR-TOKEN")


@clinic_page("/onboarding", title="Set up", on_load=[Onboarding.load, Onboarding.watch])
def onboarding() -> rx.Component:
    return rx.el.main(
        _steps(),
        rx.el.div(_connect(), _first_call(), class_name="stack onboarding__main"),
        id="main",
        class_name="page onboarding",
    )


def _steps() -> rx.Component:
    done = (True, True, Onboarding.connected, Onboarding.arrived)
    here = (False, False, ~rx.Var.create(Onboarding.connected), Onboarding.connected)
    return rx.el.nav(
        rx.el.ol(
            *(
                _step(number, name, is_done=is_done, is_here=is_here)
                for number, (name, is_done, is_here) in enumerate(
                    zip(STEPS, done, here, strict=False), 1
                )
            ),
            *(_later(number, name) for number, name in enumerate(STEPS[len(done) :], 5)),
        ),
        class_name="steps",
        aria_label="Setting up",
    )


def _later(number: int, name: str) -> rx.Component:
    label = rx.el.span(name, rx.el.span(" (comes later)", class_name="faint small"))
    return rx.el.li(rx.el.span(str(number), class_name="dot"), label)


def _step(
    number: int, name: str, *, is_done: rx.Var[bool] | bool, is_here: rx.Var[bool] | bool
) -> rx.Component:
    dot = rx.el.span(str(number), class_name="dot")
    done = rx.el.li(
        rx.el.span(icon("check"), class_name="dot"),
        rx.el.span(name, rx.el.span(", done", class_name="only-read-aloud")),
        class_name="is-done",
    )
    here = rx.el.li(dot, rx.el.span(name), aria_current="step")
    return rx.cond(is_done, done, rx.cond(is_here, here, rx.el.li(dot, rx.el.span(name))))


def _connect() -> rx.Component:
    return rx.el.section(
        rx.el.h1("Connect your assistant"),
        rx.el.p("One address for every client. It reads with your permissions.", class_name="soft"),
        rx.el.div(
            rx.el.code(Onboarding.endpoint, id="endpoint"),
            copy_button("endpoint", Onboarding.endpoint),
            class_name="copyline",
        ),
        rx.cond(
            Onboarding.loopback,
            rx.el.div(
                icon("alert"),
                rx.el.p(
                    "This installation runs on this machine alone. Programs here can reach it; "
                    "assistants that run elsewhere, as Claude and ChatGPT do in a browser, cannot. "
                    "For those, set MOONSHOT_PUBLIC_ORIGIN behind a proxy that speaks TLS."
                ),
                class_name="callout callout--warn",
            ),
        ),
        rx.cond(Onboarding.token == "", _make_token(), _shown_token()),
        failed_callout(Onboarding.wrong),
        class_name="stack",
        aria_label="Connect your assistant",
    )


def _make_token() -> rx.Component:
    return rx.el.div(
        rx.el.button(
            rx.cond(Onboarding.working, "Making a token …", "Make a token"),
            type="button",
            class_name=rx.cond(Onboarding.connected, "button", "button button--primary"),
            on_click=Onboarding.connect,
            disabled=Onboarding.working,
        ),
        rx.el.p(
            "It acts as you, for 30 days, and is shown once. Signing in from the client with the "
            "address alone is being built.",
            class_name="small soft",
        ),
        class_name="stack",
    )


def _shown_token() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h2("Copy it now: it is shown this once"),
            rx.el.div(
                rx.el.code(Onboarding.token, id="token", aria_label="Token"),
                copy_button("token", Onboarding.token),
                class_name="copyline copyline--big",
            ),
            class_name="card__part stack",
        ),
        rx.el.div(
            rx.el.div(
                *(
                    rx.el.button(
                        label,
                        type="button",
                        class_name=rx.cond(Onboarding.client == key, "chip chip--on", "chip"),
                        aria_pressed=rx.cond(Onboarding.client == key, "true", "false"),
                        on_click=Onboarding.choose(key),
                    )
                    for key, label in CLIENTS
                ),
                class_name="chips",
                role="group",
                aria_label="Your client",
            ),
            rx.el.p(Onboarding.where, class_name="soft"),
            rx.el.div(
                rx.el.code(Onboarding.line, id="line", tab_index=0),
                copy_button("line", Onboarding.line),
                class_name="copyline copyline--wrap",
            ),
            class_name="card__part stack",
        ),
        class_name="card secret",
    )


def _first_call() -> rx.Component:
    head = rx.el.div(
        rx.el.span(
            rx.cond(Onboarding.arrived, icon("check"), rx.el.span(class_name="pulse")),
            class_name="slot",
        ),
        rx.el.div(
            rx.el.h2(
                rx.cond(Onboarding.arrived, "Your first call arrived", "Waiting for the first call")
            ),
            rx.el.p(
                rx.cond(
                    Onboarding.arrived,
                    "Your assistant was answered from this clinic’s records, and the log has it.",
                    "This page looks by itself. Leave it open and ask your assistant something.",
                ),
                class_name="soft",
            ),
        ),
        rx.cond(
            Onboarding.arrived,
            rx.fragment(),
            rx.el.p(rx.el.small("Waited"), Onboarding.waited, class_name="moment__time"),
        ),
        class_name="moment__head",
    )
    return rx.cond(
        Onboarding.connected,
        rx.el.section(
            rx.el.section(
                head,
                rx.cond(Onboarding.arrived, _call(), rx.fragment()),
                class_name=rx.cond(Onboarding.arrived, "moment moment--arrived", "moment"),
                aria_live="polite",
                id="first-call",
            ),
            rx.el.h2("Ask one of these"),
            rx.el.ul(
                *(
                    rx.el.li(rx.el.p(question), copy_button(f"question-{number}", question))
                    for number, question in enumerate(QUESTIONS)
                ),
                class_name="card prompts",
            ),
            rx.el.p(
                "Nothing after a minute? Start a new chat: one that was open before does not see "
                "the connection. If the client asks whether it may use a tool, allow it. Refused "
                "calls stand in ",
                rx.el.a("the log", href="/admin/ai-mcp/log/"),
                " with their reason.",
                class_name="small soft",
            ),
            class_name="stack",
            aria_label="First call",
        ),
    )


def _call() -> rx.Component:
    rows = (
        ("Tool", "tool"),
        ("When", "when"),
        ("Took", "took"),
        ("Answer", "size"),
        ("From", "client"),
        ("Connection", "credential"),
    )
    call = rx.Var.create(Onboarding.call)
    return rx.el.dl(
        *(
            rx.fragment(rx.el.dt(label), rx.el.dd(call.get(key, "").to(str), id=f"call-{key}"))
            for label, key in rows
        ),
        class_name="pairs card__part",
    )
