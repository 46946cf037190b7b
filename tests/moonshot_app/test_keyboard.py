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
from tests.moonshot_app.visitors import address, connect, enter, settled

PAGES = site_map.load()


@pytest.fixture
def keys(page: Page) -> Keyboard:
    return Keyboard(page)


@pytest.fixture
def own_keys(own_page: Page) -> Keyboard:
    return Keyboard(own_page)


@pytest.mark.parametrize("registered", PAGES, ids=lambda page: page.route)
def test_whatever_is_reached_shows_that_it_is(page: Page, keys: Keyboard, registered: Registered):
    page.goto(address(registered.route, page))
    settled(page)
    passed = 0
    keys.press("Tab")
    while not page.evaluate("document.activeElement === document.body") and passed < 200:
        assert keys.in_sight, f"nothing shows that {keys.at!r} is reached"
        passed += 1
        keys.press("Tab")
    assert 4 <= passed < 200, "there is a way through the whole page and out of it again"


def test_one_signs_out_and_in(site: Site, browser: BrowserContext):
    email = f"{uuid4()}@clinic.example"
    page = enter(browser, site, site.signed_up(email))
    keys = Keyboard(page)
    page.goto("/onboarding/")
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


@pytest.mark.promise("13.charts.read", "13.manners.keyboard")
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
    keys.press("ArrowDown")
    expect(rows.first).to_be_focused()
    keys.press("j")
    expect(rows.first).not_to_be_focused()
    keys.press("k")
    expect(rows.first).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("John Smith")
    expect(page.locator("main")).to_be_focused()
    for part in ("Lab results", "Vital signs", "Medications", "Appointments"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()
    keys.press("j")
    expect(page.locator("button.opens").first).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_text("Earlier results of")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_text("Earlier results of")).to_have_count(0)
    keys.to("Patients", "Shift+Tab")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/patients/$"))


@pytest.mark.promise("13.manners.keyboard")
def test_a_connection_is_made_copied_and_put_away(
    site: Site, browser: BrowserContext, own_page: Page, own_keys: Keyboard
):
    browser.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.origin)
    own_page.goto("/admin/ai-mcp/")
    settled(own_page)
    own_keys.use("Connect an assistant")
    expect(own_page.locator("#role")).to_have_value("provider")
    own_keys.to("Name")
    own_keys.type("Claude Code")
    own_keys.to("Role")
    own_keys.press("o")
    expect(own_page.locator("#role")).to_have_value("owner")
    own_keys.to("Use everything")
    own_keys.press("ArrowDown", "ArrowDown")
    own_keys.use("Who am I", "Space")
    own_keys.to("90 days")
    own_keys.press("ArrowRight")
    own_keys.use("Make the token")
    token = own_page.locator("#token").inner_text()
    assert own_keys.at == "Copy"
    own_keys.press("Enter")
    expect(own_page.get_by_role("button", name="Copied")).to_be_focused()
    assert own_page.evaluate("navigator.clipboard.readText()") == token
    tools = site.mcp.endpoint.ask("tools/list", token=token).result["tools"]
    assert [tool["name"] for tool in tools] == ["whoami"]
    own_keys.use("I have stored it")
    expect(own_page.get_by_role("link", name="Claude Code")).to_be_visible()
    expect(own_page.locator("main")).to_be_focused()
    assert token not in own_page.content()


@pytest.mark.promise("13.manners.keyboard")
def test_a_connection_is_rotated_and_revoked(site: Site, own_page: Page, own_keys: Keyboard):
    old = connect(own_page, "Claude Code")
    own_page.goto("/admin/ai-mcp/")
    settled(own_page)
    own_keys.press("j")
    assert own_keys.at.startswith("Claude Code")
    own_keys.use("Rotate")
    own_keys.expect("Leave it as it is")
    own_keys.press("Shift+Tab", "Shift+Tab")
    own_keys.press("ArrowLeft")
    own_keys.use("Make a new token")
    own_keys.expect("Copy")
    new = own_page.locator("#token").inner_text()
    assert site.mcp.endpoint.call("whoami", {}, token=old).status == 401
    own_keys.use("Revoke Claude Code")
    own_keys.expect("Keep it")
    own_keys.press("Enter")
    own_keys.expect("Revoke Claude Code")
    own_keys.press("Enter")
    own_keys.expect("Keep it")
    own_keys.press("Shift+Tab", "Enter")
    expect(own_page.get_by_text("Claude Code is revoked.")).to_be_visible()
    assert site.mcp.endpoint.call("whoami", {}, token=new).status == 401
    assert own_keys.at != "", "nobody is put back to the top of the window"


def test_the_log_is_filtered_turned_opened_and_taken_away(
    site: Site, own_page: Page, own_keys: Keyboard
):
    token = connect(own_page, "Claude Code")
    for _ in range(26):
        site.mcp.endpoint.call("whoami", {}, token=token)
    site.mcp.endpoint.call("get_labs", {"patient_id": str(uuid4())}, token=token)
    own_page.goto("/admin/ai-mcp/log/")
    settled(own_page)
    rows = own_page.locator("tbody .opens")
    own_keys.to("7 days")
    own_keys.press("ArrowLeft")
    expect(own_page).to_have_url(re.compile("when=today$"))
    own_keys.use("Older")
    expect(rows).to_have_count(2)
    own_keys.press("j", "Enter")
    expect(own_page.locator(".opened")).to_contain_text("Who am I")
    own_keys.use("Newer")
    expect(rows).to_have_count(25)
    own_keys.to("Status", "Shift+Tab")
    own_keys.press("e")
    expect(own_page).to_have_url(re.compile("when=today&status=error$"))
    expect(rows).to_have_count(1)
    assert own_keys.at.startswith("Status"), "a filter stays at hand while it is changed"
    with own_page.expect_download() as download:
        own_keys.to("JSON Lines", "Shift+Tab")
        own_keys.press("Enter")
    (line,) = Path(download.value.path()).read_text().splitlines()
    assert json.loads(line)["tool_name"] == "get_labs"


def test_on_a_phone_the_places_are_within_reach_too(page: Page, keys: Keyboard):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/ai-mcp/")
    settled(page)
    keys.use("Patients")
    expect(page.get_by_role("heading", name="Find a patient")).to_be_visible()
    expect(page.get_by_role("link", name="Patients")).to_have_attribute("aria-current", "page")
