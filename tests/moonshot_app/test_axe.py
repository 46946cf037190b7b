"""Every page, in the states that people meet, looked at by axe-core: light, dark, desk, phone."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from moonshot_app import site_map
from moonshot_app.page import Page as Registered
from tests.ground import Database
from tests.moonshot_app.axe import violations
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import (
    CLINIC,
    address,
    connect,
    enter,
    session_of,
    settled,
)
from tests.personas import Clinic

PAGES = site_map.load()
PUBLIC = {"/", "/sign-in", "/sign-up", "/404", "/connect/problem"}


@pytest.mark.promise("13.manners.wcag", "13.manners.phone", "13.manners.own-origin")
@pytest.mark.parametrize("registered", PAGES, ids=lambda page: page.route)
def test_a_page_has_nothing_that_axe_finds(
    site: Site, browser: BrowserContext, cookie: str, registered: Registered
):
    """Public pages know nobody: they look the same to who is signed in."""
    public = registered.route in PUBLIC
    page = browser.new_page() if public else enter(browser, site, cookie)
    page.goto(address(registered.route, page))
    settled(page)
    assert page.title() == f"{registered.title} · Moonshot Clinic"
    assert violations(page) == []


@pytest.mark.parametrize("route", [page.route for page in PAGES if page.route not in PUBLIC])
def test_who_is_not_signed_in_sees_public_pages_alone(browser: BrowserContext, route: str):
    page = browser.new_page()
    page.goto(re.sub(r"\[\w+\]", str(uuid4()), route) + "/")
    expect(page).to_have_url(re.compile(r"/sign-in/(\?.*)?$"))
    expect(page.get_by_text(CLINIC)).to_have_count(0)


def test_what_a_form_answers_has_nothing_that_axe_finds(browser: BrowserContext):
    page = browser.new_page()
    page.goto("/sign-in/")
    page.fill("#email", "nobody@clinic.example")
    page.fill("#password", "not the right sentence")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.goto("/sign-up/")
    for field, value in {"name": " ", "email": "a@b", "clinic": " "}.items():
        page.fill(f"#{field}", value)
    page.fill("#password", "sentence with 12 or more")
    page.get_by_role("button", name="Open my sandbox").click()
    expect(page.get_by_role("alert")).to_have_count(3)
    assert violations(page) == []


@pytest.mark.promise("13.manners.wcag")
def test_a_connection_in_each_state_has_nothing_that_axe_finds(site: Site, own_page: Page):
    own_page.goto("/admin/ai-mcp/new/")
    own_page.get_by_text("Use only some tools").click()
    expect(own_page.get_by_text("Lab results")).to_be_visible()
    assert violations(own_page) == []
    token = connect(own_page, "Claude Code")
    assert violations(own_page) == []
    site.mcp.endpoint.call("whoami", {}, token=token)
    site.mcp.endpoint.call("get_labs", {"patient_id": str(uuid4())}, token=token)
    own_page.get_by_role("button", name="I have stored it").click()
    own_page.get_by_role("button", name="Revoke Claude Code").click()
    assert violations(own_page) == []
    own_page.get_by_role("button", name="Keep it").click()
    own_page.get_by_role("button", name="Rotate Claude Code").click()
    assert violations(own_page) == []
    own_page.get_by_role("button", name="Make a new token").click()
    expect(own_page.locator("#token")).to_be_visible()
    assert violations(own_page) == []
    own_page.goto("/admin/ai-mcp/log/?when=today&status=error")
    own_page.locator("tbody .opens").first.click()
    expect(own_page.locator(".opened")).to_be_visible()
    assert violations(own_page) == []


@pytest.mark.promise("13.charts.read")
def test_an_opened_result_and_a_search_for_nobody_have_nothing_that_axe_finds(page: Page):
    page.goto("/patients/")
    settled(page).fill("#find", "John Smith")
    page.get_by_role("link", name="Smith, John").click()
    page.locator("button.opens").first.click()
    expect(page.get_by_text("Earlier results of")).to_be_visible()
    assert violations(page) == []
    page.goto("/patients/")
    settled(page).fill("#find", "zzzzqqq")
    expect(page.get_by_text("Nobody matches that")).to_be_visible()
    assert violations(page) == []
    page.goto("/patients/nobody/")
    expect(page.get_by_text("No such patient")).to_be_visible()
    assert violations(page) == []
    page.goto("/admin/ai-mcp/log/?when=whenever")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


def test_a_clinic_that_has_nothing_yet_has_nothing_that_axe_finds(
    site: Site, browser: BrowserContext, database: Database, clinic: Clinic
):
    page = enter(browser, site, session_of(database, clinic.tenant_id, clinic.owner.user_id))
    for path in ("/patients/", "/admin/ai-mcp/log/"):
        page.goto(path)
        expect(settled(page).locator(".empty")).to_be_visible()
        assert violations(page) == []


@pytest.mark.promise("13.manners.phone")
def test_a_page_may_not_be_wider_than_a_phone_held_close(page: Page):
    page.goto("/patients/")
    settled(page)
    page.evaluate("document.querySelector('h1').style.width = '700px'")
    assert any("beyond the edge" in found for found in violations(page))
