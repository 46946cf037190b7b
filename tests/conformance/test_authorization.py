"""The authorization server as the official suite and the official TypeScript client find it."""

import json
import socket
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from mcp_server import catalog
from models.permission import GRANTS, Role
from services.settings import PROJECT
from tests.conformance.consent import allow
from tests.conformance.programs import NODE, environment, needs
from tests.moonshot_app.site import Site, somewhere

ENDPOINT = "/api/mcp/v1"
SCRIPT = PROJECT / "tests" / "conformance" / "assistant.mjs"


@pytest.fixture
def page(chromium: Browser, site: Site) -> Generator[Page]:
    """Of someone who is signed out, and may be sent to other places."""
    context = chromium.new_context(extra_http_headers={"X-Forwarded-For": somewhere()})
    yield context.new_page()
    context.close()


@pytest.fixture
def email(site: Site) -> str:
    """Of the owner of a sandbox."""
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email)
    return email


@contextmanager
def running(folder: Path, *command: str) -> Generator[Iterator[str]]:
    """A program, and the lines that it says as it says them."""
    log = (folder / "stderr").open("w")
    with (
        log,
        subprocess.Popen(
            ["env", *command],
            env=environment(folder),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as program,
    ):
        assert program.stdout is not None
        yield iter(program.stdout)
        program.kill()


def registered(site: Site, redirect: str) -> str:
    """The id of a client that says no more of itself than it must."""
    said = json.dumps(
        {"redirect_uris": [redirect], "token_endpoint_auth_method": "none", "client_name": "Suite"}
    )
    answer = site.ask("POST", "/register", said, content_type="application/json")
    assert answer.status == 201, answer
    return json.loads(answer.text)["client_id"]


@pytest.mark.promise("5.oauth.server-metadata")
@needs("conformance")
def test_the_official_suite_is_let_in_by_a_person(
    site: Site, page: Page, email: str, tmp_path: Path
):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = registered(site, f"http://127.0.0.1:{port}/callback")
    asked = ("--url", site.origin, "--client-id", client, "--resource", site.origin + ENDPOINT)
    results = ("-p", str(port), "-o", str(tmp_path / "found"))
    with running(tmp_path, "conformance", "authorization", *asked, *results) as lines:
        url = next(line.strip() for line in lines if line.startswith(site.origin))
        allow(page, url, email)
        said = "".join(lines)
    found = {
        (check["id"], check["status"], check.get("errorMessage"))
        for file in (tmp_path / "found").rglob("checks.json")
        for check in json.loads(file.read_text())
    }
    named = ("server-metadata", "server-metadata-cimd", "code-grant")
    assert found == {(f"authorization-{name}", "SUCCESS", None) for name in named}, said


@pytest.mark.promise("1.promise.official-clients", "5.oauth.address-alone")
@needs("mcp-inspector")
def test_the_official_script_client_connects_from_nothing_but_the_address(
    site: Site, page: Page, email: str, tmp_path: Path
):
    said: list[dict[str, Any]] = []
    with running(tmp_path, "node", str(SCRIPT), str(NODE), site.origin + ENDPOINT) as lines:
        for line in lines:
            told = json.loads(line)
            if "visit" in told and not said:
                allow(page, told["visit"], email)
                expect(page.get_by_role("heading", name="Connected")).to_be_visible()
            said.append(told)
    may = {None, *GRANTS[Role.PROVIDER]}
    tools = [tool for tool in catalog.load().values() if tool.permission in may]
    let_in = {"clinic": "Alder Street Clinic", "tools": len(tools)}
    assert said[1:] == [
        {"signedIn": let_in},
        {"refreshed": let_in, "another": True},
        {"usedTwice": "invalid_grant"},
        {"itsFamily": "invalid_grant"},
    ], (tmp_path / "stderr").read_text()
