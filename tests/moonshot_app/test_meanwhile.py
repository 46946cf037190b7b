"""What is entered while the server is away, or in two tabs of one person, is not mixed up."""

import re
import time
from collections.abc import Callable, Generator
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect

from moonshot_cli import pages
from tests.ground import Database
from tests.moonshot_app.site import Site

AWAY = ".offline"
BACK_SECONDS = 30
BEGUN = re.compile(r'"is_hydrated_rx_state_":\s*true')


@pytest.fixture(scope="module")
def site(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """Of its own: nobody else's web process may end."""
    pages.ensure_built(print)
    with Site(database, tmp_path_factory.mktemp("meanwhile")) as site:
        yield site


@pytest.fixture
def owner(site: Site, browser: BrowserContext) -> BrowserContext:
    """A browser of the owner of a new sandbox."""
    name, value = site.signed_up(f"{uuid4()}@clinic.example").split("=", 1)
    browser.add_cookies([{"name": name, "value": value, "url": site.origin}])
    return browser


def away(site: Site, page: Page, meanwhile: Callable[[], object]) -> None:
    """The server is killed and started again; returns once the page has begun with it anew."""
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    site.web.kill()
    try:
        expect(page.locator(AWAY)).to_be_visible(timeout=BACK_SECONDS * 1000)
        meanwhile()
    finally:
        site.start_web()
    expect(page.locator(AWAY)).to_have_count(0, timeout=BACK_SECONDS * 1000)
    deadline = time.monotonic() + BACK_SECONDS
    while not any(BEGUN.search(frame) for frame in heard):
        assert time.monotonic() < deadline, "the page did not begin again"
        page.wait_for_timeout(20)
    page.remove_listener("websocket", listen)


def begin(page: Page, role: str, name: str) -> None:
    page.goto("/admin/ai-mcp/new/")
    expect(page.locator("#role")).to_have_value("provider")
    page.select_option("#role", role)
    page.fill("#name", name)


def test_a_filter_chosen_while_the_server_is_away_leaves_the_others(
    owner: BrowserContext, site: Site
):
    page = owner.new_page()
    page.goto("/admin/ai-mcp/log/?when=today&status=error")
    expect(page.get_by_text("No calls yet")).to_be_visible()
    away(site, page, lambda: page.get_by_text("7 days", exact=True).click())
    expect(page).to_have_url(re.compile("when=last_7_days&status=error"))
    expect(page.get_by_label("Status")).to_have_value("error")


def test_a_day_chosen_while_the_server_is_away_is_gone_to(owner: BrowserContext, site: Site):
    page = owner.new_page()
    page.goto("/admin/ai-mcp/log/?when=last_30_days&status=error")
    expect(page.get_by_text("No calls yet")).to_be_visible()
    first = page.get_by_label("From")
    last = page.get_by_label("To", exact=True).input_value()
    away(site, page, lambda: first.fill(last))
    expect(page).to_have_url(re.compile(rf"when={last}(/|%2F){last}&status=error"))


def test_a_form_filled_while_the_server_is_away_is_sent_as_it_stands(
    owner: BrowserContext, site: Site
):
    page = owner.new_page()
    begin(page, "owner", "")
    page.get_by_text("Use only some tools").click()

    def fill() -> None:
        page.fill("#name", "Details only")
        page.get_by_text("Patient details").click()
        page.get_by_text("7 days", exact=True).click()

    away(site, page, fill)
    expect(page.locator("#role")).to_have_value("owner")
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#token").inner_text()
    expect(page.locator(".pairs")).to_contain_text("Dana Whitaker, owner")
    tools = site.mcp.endpoint.ask("tools/list", token=token).result["tools"]
    assert [tool["name"] for tool in tools] == ["get_patient"]


def test_two_forms_of_one_person_make_each_its_own_connection(owner: BrowserContext, site: Site):
    tabs = (owner.new_page(), owner.new_page())
    roles = ("provider", "owner")
    for tab, role in zip(tabs, roles, strict=True):
        begin(tab, role, f"As {role}")
    for tab, role in zip(tabs, roles, strict=True):
        expect(tab.locator("#role")).to_have_value(role)
        expect(tab.locator("#name")).to_have_value(f"As {role}")
        tab.get_by_role("button", name="Make the token").click()
    tokens = [tab.locator("#token").inner_text() for tab in tabs]
    for tab, role, own, foreign in zip(tabs, roles, tokens, reversed(tokens), strict=True):
        expect(tab.locator(".pairs")).to_contain_text(f"Dana Whitaker, {role}")
        assert foreign not in tab.content()
        assert site.mcp.endpoint.call("whoami", {}, token=own).content
