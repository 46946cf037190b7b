"""Assistants that people use, each with what one gives it so that it reaches this clinic."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

NAME: Final = "moonshot"
"""What the connection is called in an assistant's own settings."""
UNMADE: Final = "YOUR-TOKEN"
"""Stands in a line until a token has been made."""


@dataclass(frozen=True, slots=True)
class Client:
    """An assistant. `line` takes the endpoint and a token, and is what a person copies."""

    key: str
    title: str
    before: tuple[str, ...]
    line: Callable[[str, str], str] | None
    after: tuple[str, ...] = ()
    hosted: bool = False
    """Whether it runs elsewhere, so that it cannot reach an installation on this machine."""


def lines(endpoint: str, token: str) -> dict[str, str]:
    """What each client is given, by its key."""
    return {
        client.key: client.line(endpoint, token) for client in CLIENTS if client.line is not None
    }


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _claude_code(endpoint: str, token: str) -> str:
    return (
        f"claude mcp add --transport http {NAME} {endpoint} "
        f'--header "Authorization: Bearer {token}"'
    )


def _claude_desktop(endpoint: str, token: str) -> str:
    # Without a space in the argument: the program that starts it on Windows splits there.
    arguments = ["-y", "mcp-remote", endpoint, "--header", "Authorization:${MOONSHOT}"]
    environment = {"MOONSHOT": f"Bearer {token}"}
    server = {"command": "npx", "args": arguments, "env": environment}
    return _json({"mcpServers": {NAME: server}})


def _cursor(endpoint: str, token: str) -> str:
    return _json({"mcpServers": {NAME: {"url": endpoint, "headers": _bearer(token)}}})


def _vs_code(endpoint: str, token: str) -> str:
    return _json({"servers": {NAME: {"type": "http", "url": endpoint, "headers": _bearer(token)}}})


def _codex(endpoint: str, token: str) -> str:
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
    return f'npx -y mcp-remote {endpoint} --header "Authorization: Bearer {token}"'


def _json(settings: object) -> str:
    return json.dumps(settings, indent=2)


_ADDRESS_ONLY: Final = "takes the address alone and signs in here. That sign-in is being built."

CLIENTS: Final = (
    Client(
        "claude-code",
        "Claude Code",
        ("Run this in a terminal.",),
        _claude_code,
        ("Start Claude Code and ask: which patients are due for labs?",),
    ),
    Client(
        "claude",
        "Claude",
        (
            f"Claude on the web {_ADDRESS_ONLY} Until then use the desktop app.",
            "Install Node.js: the app needs it for this.",
            "In the app, open Settings, then Developer, then Edit Config, and put this there.",
        ),
        _claude_desktop,
        ("Quit the app, start it again, and open a new chat.",),
    ),
    Client(
        "chatgpt",
        "ChatGPT",
        (
            f"ChatGPT {_ADDRESS_ONLY} It takes no token, so it cannot be connected today.",
            "Choose another assistant for the sandbox.",
        ),
        None,
        hosted=True,
    ),
    Client(
        "cursor",
        "Cursor",
        ("Put this into the file .cursor/mcp.json of your home folder.",),
        _cursor,
        ("In Cursor’s settings, under MCP, see that it is switched on. Ask in a new chat.",),
    ),
    Client(
        "vs-code",
        "VS Code",
        ("Put this into the file .vscode/mcp.json of the folder that you have open.",),
        _vs_code,
        ("Press Start above it, open the chat in agent mode, and ask there.",),
    ),
    Client(
        "codex",
        "Codex",
        ("Run this in a terminal. Codex reads the token from there each time it starts.",),
        _codex,
        ("Start Codex in the same terminal and ask: which patients are due for labs?",),
    ),
    Client(
        "python",
        "Python",
        ("With the official package (pip install mcp), save this as ask.py.",),
        _python,
        ("Run it: python ask.py prints which patients are due for labs.",),
    ),
    Client(
        "other",
        "Other",
        (
            "A client that speaks HTTP takes the address above, and the token as a Bearer token.",
            "One that starts its servers itself (stdio) is given this command. It needs Node.js.",
        ),
        _stdio,
    ),
)
