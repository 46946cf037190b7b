"""Ten thousand calls in the log: a page of them is read, sent and shown, and never all."""

import re
import socket
from collections.abc import Generator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from models.permission import Role
from tests.ground import OWNER, Database
from tests.moonshot_app.away import slow
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import enter, session_of
from tests.personas import Clinic

MANY = 10_000
ERRORS = 40
LARGEST = 64_000
"""Bytes that a page of 25 calls may bring; all of them would be more than 3,000,000."""

_FILL = """
INSERT INTO app.mcp_audit_log (tenant_id, id, created_at, user_id, credential_id, role, tool_name,
  args_redacted, patient_refs, response_bytes, latency_ms, status, client_name)
SELECT %(tenant)s, uuidv7(make_interval(secs => -n)), now() - make_interval(secs => n),
  %(user)s, %(credential)s, %(role)s,
  CASE WHEN n %% 250 = 0 THEN 'get_labs' ELSE 'whoami' END, '{}', '{}', 512, 7,
  CASE WHEN n %% 250 = 0 THEN 'error' ELSE 'ok' END, 'test-client'
  FROM generate_series(1, %(many)s) n
"""


@pytest.fixture
def cookie(database: Database, clinic: Clinic) -> str:
    """The owner of a clinic whose provider's assistant was busy for the last three hours."""
    person = clinic.provider
    values = {
        "tenant": clinic.tenant_id,
        "user": person.user_id,
        "credential": person.credential_id,
        "role": Role.PROVIDER,
        "many": MANY,
    }
    with database.connect(OWNER) as owner:
        owner.execute(_FILL, values)
    return session_of(database, clinic.tenant_id, clinic.owner.user_id)


@pytest.fixture
def page(site: Site, browser: BrowserContext, cookie: str) -> Page:
    return enter(browser, site, cookie)


class Heard:
    """How many bytes a page was told over its websocket."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", lambda ws: ws.on("framereceived", self._count))

    def _count(self, frame: str | bytes) -> None:
        self.bytes += len(frame)


@pytest.mark.promise("13.connections.log")
def test_ten_thousand_calls_are_paged_and_filtered_without_loading_them(page: Page):
    heard = Heard(page)
    rows = page.locator("tbody .opens")
    page.goto("/admin/ai-mcp/log/")
    expect(page.get_by_text("1,000+ calls, 25 shown")).to_be_visible()
    expect(rows).to_have_count(25)
    seen = [rows.first.inner_text()]
    for _ in range(3):
        before, url = heard.bytes, page.url
        page.get_by_role("link", name="Older").click()
        expect(page).not_to_have_url(url)
        expect(rows.first).not_to_have_text(seen[-1])
        expect(rows).to_have_count(25)
        seen.append(rows.first.inner_text())
        assert heard.bytes - before < LARGEST
    assert len(set(seen)) == 4
    page.get_by_label("Status").select_option("error")
    expect(page.get_by_text(f"{ERRORS} calls, 25 shown")).to_be_visible()
    page.get_by_role("link", name="Older").click()
    expect(rows).to_have_count(ERRORS - 25)
    page.get_by_label("Tool").select_option("whoami")
    expect(page.locator(".empty")).to_contain_text("No calls match this")
    assert heard.bytes < 8 * LARGEST


def test_a_file_of_ten_thousand_calls_begins_before_they_are_read(
    site: Site, database: Database, cookie: str
):
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        with slow(database, "mcp_audit_log"):
            connection.sendall(
                f"GET /admin/ai-mcp/log/calls.csv HTTP/1.1\r\nHost: {site.host}\r\n"
                f"Cookie: {cookie}\r\nConnection: close\r\n\r\n".encode()
            )
            begun = b""
            while b"tool_name" not in begun:
                part = connection.recv(65536)
                assert part, begun
                begun += part
            assert b"get_labs" not in begun
        rest = b"".join(parts_of(connection))
    assert b"transfer-encoding: chunked" in begun.lower()
    assert len(re.findall(rb"test-client", rest)) == MANY


def parts_of(connection: socket.socket) -> Generator[bytes]:
    while part := connection.recv(65536):
        yield part
