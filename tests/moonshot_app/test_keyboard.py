"""Every page without a mouse. What is reached shows it, and nobody is put back to the top."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from moonshot_app import site_map
from moonshot_app.page import Page as Registered
from tests.moonshot_app.keyboard import Keyboard
from tests.moonshot_app.site import PASSWORD, Site
from tests.moonshot_app.visitors import connect, enter_as_owner, settled

PAGES = site_map.load()


@pytest.fixture
def page(site: Site, browser: BrowserContext) -> Page:
    return enter_as_owner(browser, site)


@pytest.fixture
def keys(page: Page) -> Keyboard:
    return Keyboard(page)


@pytest.mark.parametrize("registered", PAGES, ids=lambda page: page.route)
def test_whatever_is_reached_shows_that_it_is(page: Page, keys: Keyboard, registered: Registered):
    route = registered.route
    page.goto("/patients/")
    chart = page.locator("tbody .opens").first.get_attribute("href") or ""
    page.goto(chart if "[" in route else f"{route.rstrip('/')}/")
    settled(page)
    passed = 0
    keys.press("Tab")
    while not page.evaluate("document.activeElement === document.body") and passed < 200:
        assert keys.in_sight, f"nothing shows that {keys.at!r} is reached"
        passed += 1
        keys.press("Tab")
    assert 4 <= passed < 200, "there is a way through the whole page and out of it again"


def test_one_signs_up_out_and_in(browser: BrowserContext):
    page = browser.new_page()
    keys, email = Keyboard(page), f"{uuid4()}@clinic.example"
    page.goto("/")
    keys.use("Try the sandbox")
    expect(page.get_by_role("heading", name="Try the sandbox")).to_be_visible()
    fields = {"Your name": "Dana", "E-mail": email, "Name of the clinic": "Alder"}
    for label, value in {**fields, "Password": PASSWORD}.items():
        keys.to(label)
        keys.type(value)
    keys.press("Enter")
    page.wait_for_url(re.compile("/onboarding/$"))
    settled(page)
    keys.use("Sign out")
    page.wait_for_url(re.compile(r"/sign-in/(\?.*)?$"))
    for label, value in {"E-mail": email, "Password": PASSWORD}.items():
        keys.to(label)
        keys.type(value)
    keys.press("Enter")
    page.wait_for_url(re.compile("/onboarding/$"))


def test_the_way_to_the_page_itself_is_one_key(page: Page, keys: Keyboard):
    page.goto("/patients/")
    settled(page)
    keys.press("Tab")
    assert keys.at == "Skip to the page"
    expect(page.locator(".skip")).to_be_in_viewport()
    keys.press("Enter")
    expect(page.locator("main")).to_be_focused()
    keys.press("Tab")
    expect(page.locator("#find")).to_be_focused()


def test_a_new_page_is_begun_at_its_top(page: Page, keys: Keyboard):
    page.goto("/patients/")
    settled(page)
    keys.use("AI connections")
    expect(page).to_have_title(re.compile("^AI connections"))
    expect(page.locator("main")).to_be_focused()
    keys.use("Connect an assistant")
    expect(page.locator("#role")).to_have_value("provider")
    keys.use("Name", "Shift+Tab")
    assert keys.at == "AI connections"
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/ai-mcp/$"))
    expect(page.locator("main")).to_be_focused()


def test_a_patient_is_found_and_the_chart_is_read(page: Page, keys: Keyboard):
    page.goto("/patients/")
    settled(page)
    rows = page.locator("tbody .opens")
    expect(rows).to_have_count(25)
    keys.press("j", "j")
    expect(rows.nth(1)).to_be_focused()
    assert keys.in_sight
    keys.use("Next")
    expect(rows).to_have_count(11)
    # The last page has no next one: what was pressed is there no more.
    keys.press("Shift+Tab")
    assert keys.at == "Previous"
    keys.press("Enter")
    expect(rows).to_have_count(25)
    keys.press("/")
    expect(page.locator("#find")).to_be_focused()
    keys.type("John Smith")
    expect(page.get_by_text("Best match first")).to_be_visible()
    keys.press("ArrowDown", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("John Smith")
    expect(page.locator("main")).to_be_focused()
    keys.press("j")
    expect(page.locator("button.opens").first).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_text("Earlier results of")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_text("Earlier results of")).to_have_count(0)
    keys.to("Patients", "Shift+Tab")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/patients/$"))


def test_a_connection_is_made_copied_and_put_away(
    site: Site, browser: BrowserContext, page: Page, keys: Keyboard
):
    browser.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.origin)
    page.goto("/admin/ai-mcp/")
    settled(page)
    keys.use("Connect an assistant")
    expect(page.locator("#role")).to_have_value("provider")
    keys.to("Name")
    keys.type("Claude Code")
    keys.to("Role")
    keys.press("o")
    expect(page.locator("#role")).to_have_value("owner")
    keys.to("Use everything")
    keys.press("ArrowDown", "ArrowDown")
    keys.use("Who am I", "Space")
    keys.to("90 days")
    keys.press("ArrowRight")
    keys.use("Make the token")
    token = page.locator("#token").inner_text()
    assert keys.at == "Copy"
    keys.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == token
    tools = site.mcp.endpoint.ask("tools/list", token=token).result["tools"]
    assert [tool["name"] for tool in tools] == ["whoami"]
    keys.use("I have stored it")
    expect(page.get_by_role("link", name="Claude Code")).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    assert token not in page.content()


def test_a_connection_is_rotated_and_revoked(site: Site, page: Page, keys: Keyboard):
    old = connect(page, "Claude Code")
    page.goto("/admin/ai-mcp/")
    settled(page)
    keys.press("j")
    assert keys.at.startswith("Claude Code")
    keys.use("Rotate")
    keys.expect("Leave it as it is")
    keys.press("Shift+Tab", "Shift+Tab")
    keys.press("ArrowLeft")
    keys.use("Make a new token")
    keys.expect("Copy")
    new = page.locator("#token").inner_text()
    assert site.mcp.endpoint.call("whoami", {}, token=old).status == 401
    keys.use("Revoke Claude Code")
    keys.expect("Keep it")
    keys.press("Enter")
    keys.expect("Revoke Claude Code")
    keys.press("Enter")
    keys.expect("Keep it")
    keys.press("Shift+Tab", "Enter")
    expect(page.get_by_text("Claude Code is revoked.")).to_be_visible()
    assert site.mcp.endpoint.call("whoami", {}, token=new).status == 401
    assert keys.at != "", "nobody is put back to the top of the window"


def test_the_log_is_filtered_turned_opened_and_taken_away(site: Site, page: Page, keys: Keyboard):
    token = connect(page, "Claude Code")
    for _ in range(26):
        site.mcp.endpoint.call("whoami", {}, token=token)
    site.mcp.endpoint.call("get_labs", {"patient_id": str(uuid4())}, token=token)
    page.goto("/admin/ai-mcp/log/")
    settled(page)
    rows = page.locator("tbody .opens")
    keys.to("7 days")
    keys.press("ArrowLeft")
    expect(page).to_have_url(re.compile("when=today$"))
    keys.use("Older")
    expect(rows).to_have_count(2)
    keys.press("j", "Enter")
    expect(page.locator(".opened")).to_contain_text("Who am I")
    keys.use("Newer")
    expect(rows).to_have_count(25)
    keys.to("Status", "Shift+Tab")
    keys.press("e")
    expect(page).to_have_url(re.compile("when=today&status=error$"))
    expect(rows).to_have_count(1)
    assert keys.at.startswith("Status"), "a filter stays at hand while it is changed"
    with page.expect_download() as download:
        keys.to("JSON Lines", "Shift+Tab")
        keys.press("Enter")
    (line,) = Path(download.value.path()).read_text().splitlines()
    assert json.loads(line)["tool_name"] == "get_labs"


def test_on_a_phone_the_places_are_within_reach_too(page: Page, keys: Keyboard):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/ai-mcp/")
    settled(page)
    keys.use("Patients")
    expect(page.get_by_role("heading", name="Find a patient")).to_be_visible()
    expect(page.get_by_role("link", name="Patients")).to_have_attribute("aria-current", "page")
