"""What a person copies from the page into an assistant, given to that assistant: it connects."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from playwright.sync_api import Browser, Page
from psycopg import Connection

from moonshot_app.clients import NAME, lines
from tests.conformance.conftest import Run
from tests.conformance.consent import allow
from tests.conformance.programs import NODE, environment, needs
from tests.ground import APP
from tests.mcp_server.furnished import Furnished
from tests.moonshot_app.site import Site, somewhere

Connect = Callable[[str], Connection[Any]]

ENDPOINT = "/api/mcp/v1"


@pytest.fixture
def email(site: Site) -> str:
    """Of the owner of a sandbox."""
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email)
    return email


@pytest.fixture
def page(chromium: Browser) -> Generator[Page]:
    context = chromium.new_context(extra_http_headers={"X-Forwarded-For": somewhere()})
    yield context.new_page()
    context.close()


@pytest.fixture
def token(furnished: Furnished) -> str:
    return furnished.clinic.owner.token.text


@contextmanager
def started(home: Path, line: str, cwd: Path | None = None) -> Generator[subprocess.Popen[str]]:
    """A line of a shell, and what it says while it runs."""
    with subprocess.Popen(
        ["bash", "-c", line],
        env=environment(home),
        cwd=cwd or home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as program:
        try:
            yield program
        finally:
            os.killpg(program.pid, signal.SIGKILL)


def heard(program: subprocess.Popen[str], text: str) -> str:
    """Its next line that has the text."""
    said: list[str] = []
    for line in program.stdout or ():
        said.append(line)
        if text in line:
            return line
    raise AssertionError("".join(said))


def address(program: subprocess.Popen[str], beginning: str) -> str:
    """The address that a person is to visit."""
    words = heard(program, beginning).split()
    return next(word for word in words if word.startswith(beginning))


def with_token(site: Site, token: str) -> dict[str, str]:
    return lines(site.origin + ENDPOINT, token)


async def _whoami(program: StdioServerParameters) -> dict[str, Any]:
    async with Client(stdio_client(program)) as clinic:
        answer = await clinic.call_tool("whoami", {})
        assert answer.structured_content is not None
        return answer.structured_content


def whoami(command: str, *arguments: str, home: Path, **env: str) -> dict[str, Any]:
    """What the official client is told through a program that it starts."""
    program = StdioServerParameters(
        command=command, args=list(arguments), env=environment(home) | env, cwd=NODE
    )
    with ThreadPoolExecutor(1) as thread:  # the browser's loop runs in this one
        return thread.submit(anyio.run, _whoami, program).result(60)


@pytest.mark.promise("1.promise.official-clients")
@needs("claude")
def test_claude_code_connects_with_a_token(site: Site, token: str, run: Run):
    added = run("bash", "-c", with_token(site, token)["claude-code"])
    assert added.returncode == 0, added.stderr
    listed = run("claude", "mcp", "list")
    assert "Connected" in listed.stdout, listed


@needs("claude")
def test_claude_code_is_told_that_it_has_to_sign_in(site: Site, run: Run):
    run("bash", "-c", lines(site.origin + ENDPOINT)["claude-code"])
    assert "Needs authentication" in run("claude", "mcp", "list").stdout


@pytest.mark.promise("1.promise.official-clients")
@needs("codex")
def test_codex_takes_the_address_and_the_token(site: Site, token: str, run: Run):
    added = run("bash", "-c", with_token(site, token)["codex"])
    assert added.returncode == 0, added.stderr
    told = json.loads(run("codex", "mcp", "get", NAME, "--json").stdout)["transport"]
    assert told["url"] == site.origin + ENDPOINT
    assert told["bearer_token_env_var"] == "MOONSHOT_TOKEN"


@needs("codex")
def test_codex_is_let_in_by_a_person(
    site: Site, page: Page, email: str, tmp_path: Path, connect: Connect
):
    # As if it had been read a moment ago: there is no way to it from here.
    document = [
        "https://chatgpt.com/oauth/codex/client.json",
        "Codex",
        ["http://127.0.0.1/callback"],
    ]
    connect(APP).execute("SELECT app.oauth_keep_document(%s, %s, %s)", document)
    with started(tmp_path, lines(site.origin + ENDPOINT)["codex"]) as program:
        allow(page, address(program, f"{site.origin}/authorize"), email)
        heard(program, "Success")


@needs("mcp-remote")
def test_a_client_that_starts_its_servers_connects_with_a_token(
    site: Site, token: str, tmp_path: Path
):
    command, *arguments = shlex.split(with_token(site, token)["other"])
    assert whoami(command, *arguments, home=tmp_path)["role"] == "owner"


@needs("mcp-remote")
def test_claude_desktop_connects_with_a_token(site: Site, token: str, tmp_path: Path):
    server = json.loads(with_token(site, token)["claude"])["mcpServers"][NAME]
    told = whoami(server["command"], *server["args"], home=tmp_path, **server["env"])
    assert told["role"] == "owner"


@needs("mcp-remote")
def test_a_client_that_starts_its_servers_is_let_in_by_a_person(
    site: Site, page: Page, email: str, tmp_path: Path
):
    line = lines(site.origin + ENDPOINT)["other"]
    with started(tmp_path, line, cwd=NODE) as program:
        allow(page, address(program, f"{site.origin}/authorize"), email)
        heard(program, "Proxy established")
    command, *arguments = shlex.split(line)
    assert whoami(command, *arguments, home=tmp_path)["clinic"] == "Alder Street Clinic"


@pytest.mark.parametrize(("client", "servers"), [("cursor", "mcpServers"), ("vs-code", "servers")])
def test_what_an_editor_is_given_names_the_address_and_the_token(
    site: Site, token: str, client: str, servers: str
):
    told = json.loads(with_token(site, token)[client])[servers][NAME]
    assert told["url"] == site.origin + ENDPOINT
    assert told["headers"] == {"Authorization": f"Bearer {token}"}
    assert "headers" not in json.loads(lines(site.origin + ENDPOINT)[client])[servers][NAME]
