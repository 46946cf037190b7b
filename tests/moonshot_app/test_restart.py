"""The web process ends and comes again under open pages: nothing is lost or mixed up.

Neither what was entered before, nor what is entered while it is away.
"""

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from tests.moonshot_app.site import PASSWORD, Site
from tests.moonshot_app.visitors import connect

OFFLINE = ".offline"
BACK_SECONDS = 30
LOST = "dispatchEvent(new PageTransitionEvent('pagehide'))"
FOUND = "document.dispatchEvent(new Event('visibilitychange'))"
ONBOARDING = re.compile("/onboarding/$")
BEGUN = re.compile(r'"is_hydrated_rx_state_":\s*true')
"""In a frame: with it a page has all that it asked for."""


@pytest.fixture
def visitor(site: Site, chromium: Browser) -> Generator[BrowserContext]:
    """A browser of someone who is not signed in."""
    context = chromium.new_context(base_url=site.origin, timezone_id="Europe/Berlin")
    yield context
    context.close()


@contextmanager
def away(site: Site, end: str, *pages: Page) -> Generator[None]:
    """Without the process, once every page has said so; in the end they have begun with a new one.

    It ends by `stop`, or by `kill` without a word.
    """
    heard = [Heard(page) for page in pages]
    getattr(site.web, end)()
    try:
        for page in pages:
            expect(page.locator(OFFLINE)).to_be_visible(timeout=BACK_SECONDS * 1000)
        yield
    finally:
        site.start_web()
    for page, of_it in zip(pages, heard, strict=True):
        expect(page.locator(OFFLINE)).to_have_count(0, timeout=BACK_SECONDS * 1000)
        of_it.wait()


class Heard:
    """What a page is told over the websockets that it opens from now on."""

    def __init__(self, page: Page) -> None:
        self._page, self._begun = page, False
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self._hear(str(frame)))

    def _hear(self, frame: str) -> None:
        self._begun = self._begun or BEGUN.search(frame) is not None

    def wait(self) -> None:
        """Until the page has all that it asked for."""
        deadline = time.monotonic() + BACK_SECONDS
        while not self._begun:
            assert time.monotonic() < deadline, "the page did not begin again"
            self._page.wait_for_timeout(20)


def fill_sign_up(page: Page, **typed: str) -> None:
    for field, text in typed.items():
        page.fill(f"#{field}", text)


def values(page: Page) -> list[str]:
    """Of everything that can be typed or chosen on a page."""
    return page.eval_on_selector_all(
        "main input:not([type=hidden]), main select",
        "all => all.map(one => /radio|checkbox/.test(one.type) ? `${one.checked}` : one.value)",
    )


def test_what_visitors_entered_is_there_and_can_be_sent(visitor: BrowserContext, site: Site):
    new, again, back = (visitor.new_page() for _ in range(3))
    email = f"{uuid4()}@clinic.example"
    again.goto("/sign-up/")
    taken = {"name": "Dana Whitaker", "email": f"{uuid4()}@clinic.example"}
    fill_sign_up(again, **taken, clinic="Alder Street Clinic", password="alder street clinic")
    again.get_by_role("button", name="Open my sandbox").click()
    expect(again.locator("#password-wrong")).to_be_visible()
    fill_sign_up(again, clinic="Alder Clinic", password=PASSWORD)
    again.select_option("#time_zone", "Pacific/Honolulu")
    visitor.clear_cookies(name="mc_typed")
    back.goto("/sign-in/")
    fill_sign_up(back, email=email, password=PASSWORD)
    new.goto("/sign-up/")
    expect(new.locator("#time_zone")).to_have_value("Europe/Berlin")
    new.select_option("#time_zone", "America/Denver")
    fill_sign_up(new, name="Otto", email=email, clinic="Birch Clinic", password=PASSWORD)
    before = [values(page) for page in (new, again, back)]
    assert before[1][:2] == [taken["name"], taken["email"]]
    with away(site, "kill", new, again, back):
        pass
    assert [values(page) for page in (new, again, back)] == before
    for page, button in ((new, "Open my sandbox"), (again, "Open my sandbox"), (back, "Sign in")):
        page.get_by_role("button", name=button).click()
        page.wait_for_url(ONBOARDING)


def test_what_an_owner_entered_is_there_and_can_be_sent(own_page: Page, site: Site):
    form, shown, log, found, waits = (own_page.context.new_page() for _ in range(5))
    makes = own_page
    shown.goto("/admin/ai-mcp/new/")
    expect(shown.locator("#role")).to_have_value("provider")
    shown.fill("#name", "Claude Code")
    shown.get_by_role("button", name="Make the token").click()
    token = shown.locator("#token").inner_text()
    waits.goto("/onboarding/")
    expect(waits.get_by_role("heading", name="Waiting for the first call")).to_be_visible()
    makes.goto("/onboarding/")
    makes.get_by_role("button", name="Back to connecting").click()
    makes.get_by_role("button", name="Make a token").click()
    first = makes.locator("#token").inner_text()
    form.goto("/admin/ai-mcp/new/")
    expect(form.locator("#role")).to_have_value("provider")
    form.fill("#name", "Labs only")
    form.select_option("#role", "owner")
    form.get_by_text("Use only some tools").click()
    form.get_by_text("Patient details").click()
    form.get_by_text("7 days", exact=True).click()
    log.goto("/admin/ai-mcp/log/?when=today&status=error")
    expect(log.get_by_text("No calls yet")).to_be_visible()
    found.goto("/patients/")
    name = found.locator("a.opens").nth(5).inner_text()
    found.fill("#find", name)
    expect(found.locator("a.opens").first).to_have_text(name)
    before = [values(page) for page in (form, log, found)]
    with away(site, "stop", form, shown, log, found, waits, makes):
        pass
    expect(log.get_by_text("No calls yet")).to_be_visible()
    expect(found.get_by_text("Best match first")).to_be_visible()
    expect(found.locator("a.opens").first).to_have_text(name)
    assert [values(page) for page in (form, log, found)] == before
    assert shown.locator("#token").inner_text() == token
    assert makes.locator("#token").inner_text() == first
    assert first in makes.locator("#line-claude-code").inner_text()
    site.mcp.endpoint.call("whoami", {}, token=token)
    expect(waits.get_by_role("heading", name="Your first call arrived")).to_be_visible()
    form.get_by_role("button", name="Make the token").click()
    told = form.locator(".pairs")
    expect(told).to_contain_text("Labs only")
    expect(told).to_contain_text("owner")
    expect(told).to_contain_text("Patient details")
    shown.get_by_role("button", name="I have stored it").click()
    expect(shown.locator("#token")).to_have_count(0)


def test_what_is_entered_while_the_server_is_away_counts_once_it_is_back(
    own_page: Page, site: Site
):
    lately, on_a_day, asks = (own_page.context.new_page() for _ in range(3))
    connect(asks, "Claude")
    asks.goto("/admin/ai-mcp/")
    expect(asks.get_by_role("button", name="Revoke Claude")).to_be_visible()
    own_page.goto("/admin/ai-mcp/new/")
    expect(own_page.locator("#role")).to_have_value("provider")
    own_page.select_option("#role", "owner")
    own_page.get_by_text("Use only some tools").click()
    lately.goto("/admin/ai-mcp/log/?when=today&status=error")
    on_a_day.goto("/admin/ai-mcp/log/?when=last_30_days&status=error")
    for log in (lately, on_a_day):
        expect(log.get_by_text("No calls yet")).to_be_visible()
    day = on_a_day.get_by_label("To", exact=True).input_value()
    with away(site, "kill", own_page, lately, on_a_day, asks):
        lately.get_by_text("7 days", exact=True).click()
        on_a_day.get_by_label("From").fill(day)
        own_page.fill("#name", "Details only")
        own_page.get_by_text("Patient details").click()
        own_page.get_by_text("7 days", exact=True).click()
        own_page.get_by_role("button", name="Make the token").click()
        asks.get_by_role("button", name="Revoke Claude").click()
    # What was chosen goes beside the filters that were there before.
    expect(lately).to_have_url(re.compile("when=last_7_days&status=error"))
    expect(lately.get_by_label("Status")).to_have_value("error")
    expect(on_a_day).to_have_url(re.compile(rf"when={day}(/|%2F){day}&status=error"))
    expect(asks.locator(".opened")).to_contain_text("Revoke Claude?")
    token = own_page.locator("#token").inner_text()
    expect(own_page.locator(".pairs")).to_contain_text("Dana Whitaker, owner")
    tools = site.mcp.endpoint.ask("tools/list", token=token).result["tools"]
    assert [tool["name"] for tool in tools] == ["get_patient"]


def test_a_token_on_screen_stays_until_the_page_is_left(page: Page):
    page.goto("/admin/ai-mcp/new/")
    expect(page.locator("#role")).to_have_value("provider")
    page.fill("#name", "Claude Code")
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#token").inner_text()
    page.evaluate(LOST)
    with page.expect_websocket() as opened:
        page.evaluate(FOUND)
    opened.value.wait_for_event("framereceived", lambda frame: BEGUN.search(str(frame)) is not None)
    assert page.locator("#token").inner_text() == token
    # To another page and back, without loading anything anew.
    page.get_by_role("link", name="Patients").click()
    expect(page.locator("a.opens").first).to_be_visible()
    assert token not in page.content()
    page.go_back()
    expect(page.locator("#role")).to_have_value("provider")
    assert token not in page.content()
