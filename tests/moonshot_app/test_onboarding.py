"""The guided way: by keyboard alone, for each client, over reloads, and when things go wrong."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from moonshot_app.clients import CLIENTS
from tests.ground import OWNER, Database
from tests.moonshot_app.axe import violations
from tests.moonshot_app.keyboard import Keyboard
from tests.moonshot_app.site import PASSWORD, Site
from tests.moonshot_app.visitors import enter_as_owner, settled

PROJECT = Path(__file__).parents[2]
LOCK = "LOCK TABLE app.mcp_credentials IN ACCESS EXCLUSIVE MODE"


@pytest.fixture
def page(site: Site, browser: BrowserContext) -> Page:
    """Where the owner of a new sandbox begins."""
    page = enter_as_owner(browser, site)
    page.goto("/onboarding/")
    return page


def made_token(page: Page) -> str:
    page.get_by_role("button", name="Make a token").click()
    return page.locator("#token").inner_text()


@pytest.mark.promise("13.onboarding.guided", "13.onboarding.address", "13.manners.keyboard")
def test_everything_is_done_without_a_mouse(browser: BrowserContext, site: Site):
    browser.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.origin)
    page = browser.new_page()
    keys = Keyboard(page)
    page.goto("/")
    keys.use("Try the sandbox")
    expect(page.get_by_role("heading", name="Try the sandbox")).to_be_visible()
    typed = {
        "Your name": "Dana Whitaker",
        "E-mail": f"{uuid4()}@clinic.example",
        "Name of the clinic": "Alder Street Clinic",
        "Password": PASSWORD,
    }
    for label, text in typed.items():
        keys.to(label)
        keys.type(text)
    keys.press("Enter")
    page.wait_for_url(re.compile("/onboarding/$"))
    settled(page)
    keys.use("Make a token")
    token = page.locator("#token").inner_text()
    keys.to("Claude Code", "Shift+Tab")
    keys.to("Cursor", "ArrowRight")
    keys.use("Copy")
    expect(page.locator(".client--cursor .copyline").get_by_role("button")).to_have_text("Copied")
    assert token in page.evaluate("navigator.clipboard.readText()")
    keys.use("I have connected it")
    expect(page.get_by_role("heading", name="Waiting for the first call")).to_be_visible()
    keys.use("Copy")
    assert page.evaluate("navigator.clipboard.readText()") == "Which patients are due for labs?"
    assert site.mcp.endpoint.call("find_labs_due", {}, token=token).content
    expect(page.get_by_role("heading", name="Your first call arrived")).to_be_visible()
    keys.use("Open it in the log")
    page.wait_for_url(re.compile("/admin/ai-mcp/log/$"))


@pytest.mark.promise("13.onboarding.each-client", "13.onboarding.loopback")
def test_each_client_is_told_where_to_put_what(site: Site, page: Page):
    for client in CLIENTS:
        shown = chosen(page, client.title)
        way = client.signs_in
        expect(shown).to_contain_text(way.before[0] if way else "Make one below.")
        expect(shown.get_by_role("button")).to_have_count(1 if way else 0)
        if way is not None and way.line is not None:
            line = page.locator(f"#line-{client.key}").inner_text()
            assert line == way.line(f"{site.origin}/api/mcp/v1", "")
        told = "cannot reach this installation"
        expect(shown.get_by_text(told)).to_have_count(1 if client.hosted else 0)
    token = made_token(page)
    expect(page.locator(".clients")).to_contain_text(token)
    for client in CLIENTS:
        shown = chosen(page, client.title)
        way = client.with_token
        expect(shown).to_contain_text(way.before[0] if way else "takes no token")
        expect(shown.get_by_role("button")).to_have_count(1 if way else 0)
        if way is not None and way.line is not None:
            line = page.locator(f"#line-{client.key}").inner_text()
            assert line == way.line(f"{site.origin}/api/mcp/v1", token)
    settings = [json.loads(page.locator(f"#line-{key}").inner_text()) for key in JSON_CLIENTS]
    assert all(token in json.dumps(each) for each in settings)


JSON_CLIENTS = ("claude", "cursor", "vs-code")


def chosen(page: Page, title: str) -> Locator:
    """What is shown of a client."""
    page.locator(".segments").get_by_text(title, exact=True).click()
    shown = page.locator(".client:visible")
    expect(shown).to_have_count(1)
    return shown


@pytest.mark.promise("13.onboarding.each-client")
def test_the_lines_for_python_run_as_they_are(page: Page, tmp_path: Path):
    made_token(page)
    page.get_by_text("Python", exact=True).click()
    ask = tmp_path / "ask.py"
    ask.write_text(page.locator("#line-python").inner_text())
    ran = subprocess.run([sys.executable, ask], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["due"]
    expect(page.locator("#call-tool")).to_have_text("find_labs_due")
    # What it imports comes with the one package that the page names.
    locked = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert any(each.startswith("mcp") for each in locked)


@pytest.mark.promise("13.onboarding.loopback")
def test_an_installation_on_loopback_says_so(page: Page):
    expect(page.get_by_text("Only programs on this machine can reach this address")).to_be_visible()


@pytest.mark.promise("13.onboarding.nothing-else")
def test_a_refused_call_is_told_with_its_reason(site: Site, page: Page):
    token = made_token(page)
    page.get_by_role("button", name="I have connected it").click()
    expect(page.get_by_text("None so far.")).to_be_visible()
    site.mcp.endpoint.call("get_labs", {"patient_id": "nobody"}, token=token)
    expect(page.locator("#refused")).to_contain_text("Its arguments were wrong")
    expect(page.locator(".moment--arrived")).to_have_count(0)


def test_a_reload_goes_on_waiting_and_does_not_know_the_token(page: Page):
    token = made_token(page)
    page.reload()
    expect(page.get_by_role("heading", name="Waiting for the first call")).to_be_visible()
    page.get_by_role("button", name="Back to connecting").click()
    expect(page.get_by_role("button", name="Make a token")).to_be_visible()
    assert token not in page.content()


@pytest.mark.promise("13.manners.wcag")
def test_no_stage_has_anything_that_axe_finds(site: Site, page: Page):
    token = made_token(page)
    assert violations(page) == []
    page.get_by_role("button", name="I have connected it").click()
    expect(page.locator(".pulse")).to_be_visible()
    assert violations(page) == []
    site.mcp.endpoint.call("whoami", {}, token=token)
    expect(page.locator(".moment--arrived")).to_be_visible()
    assert violations(page) == []


def test_a_slow_or_missing_answer_is_shown_and_can_be_asked_again(page: Page, database: Database):
    expect(page.get_by_role("button", name="Make a token")).to_be_visible()
    with database.connect(OWNER) as connection, connection.transaction():
        connection.execute(LOCK)
        page.reload()
        expect(page.locator("main[aria-busy=true]")).to_be_visible()
        expect(page.get_by_text("This could not be read")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Make a token")).to_be_visible()


def test_a_call_through_another_connection_takes_no_shown_token_away(
    site: Site, browser: BrowserContext, page: Page
):
    other = browser.new_page()
    other.goto("/onboarding/")
    first = made_token(other)
    page.reload()
    page.get_by_role("button", name="Back to connecting").click()
    expect(page.get_by_text("its token cannot be shown again")).to_be_visible()
    second = made_token(page)
    assert site.mcp.endpoint.call("whoami", {}, token=first).content
    expect(page.get_by_text("A first call arrived through another connection")).to_be_visible()
    expect(page.locator("#token")).to_have_text(second)
    expect(other.get_by_role("heading", name="Your first call arrived")).to_be_visible()
    page.get_by_role("button", name="I have connected it").click()
    expect(page.get_by_role("heading", name="Your first call arrived")).to_be_visible()
