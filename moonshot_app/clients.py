"""Assistants that people use, each with what one gives it so that it reaches this clinic."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

NAME: Final = "moonshot"
"""What the connection is called in an assistant's own settings."""


@dataclass(frozen=True, slots=True)
class Way:
    """What a person does. `line` takes the endpoint and a token, and is what is copied."""

    before: tuple[str, ...]
    line: Callable[[str, str], str] | None = None
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """An assistant, given the address alone, or a token with it; None where it takes no such."""

    key: str
    title: str
    signs_in: Way | None
    with_token: Way | None
    hosted: bool = False
    """Whether it runs elsewhere, so that it cannot reach an installation on this machine."""


def lines(endpoint: str, token: str = "") -> dict[str, str]:
    """What each client is given, by its key; without a token, those that sign in."""
    ways = {c.key: c.with_token if token else c.signs_in for c in CLIENTS}
    return {key: way.line(endpoint, token) for key, way in ways.items() if way and way.line}


def _headers(token: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {token}"}} if token else {}


def _claude_code(endpoint: str, token: str) -> str:
    header = f' --header "Authorization: Bearer {token}"' if token else ""
    return f"claude mcp add --transport http {NAME} {endpoint}{header}"


def _claude_desktop(endpoint: str, token: str) -> str:
    # Without a space in the argument: the program that starts it on Windows splits there.
    arguments = ["-y", "mcp-remote", endpoint, "--header", "Authorization:${MOONSHOT}"]
    environment = {"MOONSHOT": f"Bearer {token}"}
    server = {"command": "npx", "args": arguments, "env": environment}
    return _json({"mcpServers": {NAME: server}})


def _address(endpoint: str, token: str) -> str:
    del token
    return endpoint


def _cursor(endpoint: str, token: str) -> str:
    return _json({"mcpServers": {NAME: {"url": endpoint, **_headers(token)}}})


def _vs_code(endpoint: str, token: str) -> str:
    return _json({"servers": {NAME: {"type": "http", "url": endpoint, **_headers(token)}}})


def _codex(endpoint: str, token: str) -> str:
    if not token:
        return f"codex mcp add {NAME} --url {endpoint}"
    return (
        f"export MOONSHOT_TOKEN={token}\n"
        f"codex mcp add {NAME} --url {endpoint} --bearer-token-env-var MOONSHOT_TOKEN"
    )


def _python(endpoint: str, token: str) -> str:
    return f"""\
import asyncio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

async def main():
    http = httpx2.AsyncClient(headers={{"Authorization": "Bearer {token}"}})
    async with http, Client(streamable_http_client("{endpoint}", http_client=http)) as clinic:
        answer = await clinic.call_tool("find_labs_due", {{}})
        print(answer.content[0].text)

asyncio.run(main())"""


def _stdio(endpoint: str, token: str) -> str:
    header = f' --header "Authorization: Bearer {token}"' if token else ""
    return f"npx -y mcp-remote {endpoint}{header}"


def _json(settings: object) -> str:
    return json.dumps(settings, indent=2)


_ASK: Final = "ask: which patients are due for labs?"
_SIGN_IN: Final = "sign in when the browser opens, and press Allow"
_FIRST_TIME: Final = f"It needs Node.js. The first time, {_SIGN_IN}."

CLIENTS: Final = (
    Client(
        "claude-code",
        "Claude Code",
        Way(
            ("Run this in a terminal.",),
            _claude_code,
            (f"Start Claude Code, type /mcp, choose {NAME}, {_SIGN_IN}.", f"Then {_ASK}"),
        ),
        Way(("Run this in a terminal.",), _claude_code, (f"Start Claude Code and {_ASK}",)),
    ),
    Client(
        "claude",
        "Claude",
        Way(
            (
                "In Claude, open Settings, then Connectors, and press Add custom connector.",
                "Paste the address.",
            ),
            _address,
            (f"Press Connect, {_SIGN_IN}.", f"In a new chat, {_ASK}"),
        ),
        Way(
            (
                "With a token, use the desktop app. Install Node.js: the app needs it for this.",
                "In the app, open Settings, then Developer, then Edit Config, and put this there.",
            ),
            _claude_desktop,
            ("Quit the app, start it again, and open a new chat.",),
        ),
        hosted=True,
    ),
    Client(
        "chatgpt",
        "ChatGPT",
        Way(
            (
                "In ChatGPT, open Settings, Connectors, Advanced, and switch on developer mode.",
                "Back in Connectors, press Create, and paste the address. Choose OAuth.",
            ),
            _address,
            (f"Press Create, {_SIGN_IN}.", f"In a new chat, choose {NAME} and {_ASK}"),
        ),
        None,
        hosted=True,
    ),
    Client(
        "cursor",
        "Cursor",
        Way(
            ("Put this into the file .cursor/mcp.json of your home folder.",),
            _cursor,
            (
                f"In Cursor’s settings, under MCP, press Needs login, {_SIGN_IN}.",
                f"In a new chat, {_ASK}",
            ),
        ),
        Way(
            ("Put this into the file .cursor/mcp.json of your home folder.",),
            _cursor,
            ("In Cursor’s settings, under MCP, see that it is switched on. Ask in a new chat.",),
        ),
    ),
    Client(
        "vs-code",
        "VS Code",
        Way(
            ("Put this into the file .vscode/mcp.json of the folder that you have open.",),
            _vs_code,
            (f"Press Start above it, {_SIGN_IN}.", f"In the chat, in agent mode, {_ASK}"),
        ),
        Way(
            ("Put this into the file .vscode/mcp.json of the folder that you have open.",),
            _vs_code,
            ("Press Start above it, open the chat in agent mode, and ask there.",),
        ),
    ),
    Client(
        "codex",
        "Codex",
        Way(
            (f"Run this in a terminal; {_SIGN_IN}.",),
            _codex,
            (f"Start Codex and {_ASK}",),
        ),
        Way(
            ("Run this in a terminal. Codex reads the token from there each time it starts.",),
            _codex,
            (f"Start Codex in the same terminal and {_ASK}",),
        ),
    ),
    Client(
        "python",
        "Python",
        None,
        Way(
            ("With the official package (pip install mcp), save this as ask.py.",),
            _python,
            ("Run it: python ask.py prints which patients are due for labs.",),
        ),
    ),
    Client(
        "other",
        "Other",
        Way(
            (
                "A client that speaks HTTP and OAuth takes the address above.",
                f"One that starts its servers itself (stdio) is given this. {_FIRST_TIME}",
            ),
            _stdio,
        ),
        Way(
            (
                "A client that speaks HTTP takes the address above, and the token as Bearer.",
                "One that starts its servers itself (stdio) is given this. It needs Node.js.",
            ),
            _stdio,
        ),
    ),
)
