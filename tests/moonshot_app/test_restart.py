"""The web process ends and comes again under open pages: nothing that was entered is lost."""

import re
from collections.abc import Generator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.moonshot_app.site import PASSWORD, Site

OFFLINE = ".offline"
LOST = "dispatchEvent(new PageTransitionEvent('pagehide'))"
FOUND = "document.dispatchEvent(new Event('visibilitychange'))"
ONBOARDING = re.compile("/onboarding/$")


@pytest.fixture
def owner(site: Site, browser: BrowserContext) -> BrowserContext:
    """A browser of someone with a clinic."""
    name, value = site.signed_up(f"{uuid4()}@clinic.example").split("=", 1)
    browser.add_cookies([{"name": name, "value": value, "url": site.origin}])
    return browser


@pytest.fixture
def visitor(site: Site, chromium: Browser) -> Generator[BrowserContext]:
    """A browser of someone who is not signed in."""
    context = chromium.new_context(base_url=site.origin, timezone_id="Europe/Berlin")
    yield context
    context.close()


def restart(site: Site, end: str, *pages: Page) -> None:
    """Ends the process, and starts it again once every page has said that it is gone."""
    getattr(site.web, end)()
    for page in pages:
        expect(page.locator(OFFLINE)).to_be_visible(timeout=20_000)
    site.start_web()
    for page in pages:
        expect(page.locator(OFFLINE)).to_have_count(0, timeout=20_000)


def fill_sign_up(page: Page, **typed: str) -> None:
    for field, text in typed.items():
        page.fill(f"#{field}", text)


def values(page: Page) -> list[str]:
    """Of everything that can be typed or chosen on a page."""
    return page.eval_on_selector_all(
        "main input:not([type=hidden]), main select",
        "all => all.map(one => /radio|checkbox/.test(one.type) ? `${one.checked}` : one.value)",
    )


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_visitors_entered_is_there_and_can_be_sent(
    visitor: BrowserContext, site: Site, end: str
):
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
    restart(site, end, new, again, back)
    assert [values(page) for page in (new, again, back)] == before
    for page, button in ((new, "Open my sandbox"), (again, "Open my sandbox"), (back, "Sign in")):
        page.get_by_role("button", name=button).click()
        page.wait_for_url(ONBOARDING)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_an_owner_entered_is_there_and_can_be_sent(
    owner: BrowserContext, site: Site, end: str
):
    form, shown, log, found, waits, makes = (owner.new_page() for _ in range(6))
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
    restart(site, end, form, shown, log, found, waits, makes)
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


def test_a_token_on_screen_stays_until_the_page_is_left(owner: BrowserContext):
    page = owner.new_page()
    page.goto("/admin/ai-mcp/new/")
    expect(page.locator("#role")).to_have_value("provider")
    page.fill("#name", "Claude Code")
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#token").inner_text()
    page.evaluate(LOST)
    with page.expect_websocket() as opened:
        page.evaluate(FOUND)
    opened.value.wait_for_event("framereceived", lambda frame: _is_whole(str(frame)))
    assert page.locator("#token").inner_text() == token
    # To another page and back, without loading anything anew.
    page.get_by_role("link", name="Patients").click()
    expect(page.locator("a.opens").first).to_be_visible()
    assert token not in page.content()
    page.go_back()
    expect(page.locator("#role")).to_have_value("provider")
    assert token not in page.content()


def _is_whole(frame: str) -> bool:
    """Whether with this a page has all that it asked for."""
    return '"is_hydrated_rx_state_":true' in frame
