"""Long waits and a database that is away: every page says so, and goes on when it can."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from moonshot_app import site_map
from tests.ground import Database
from tests.moonshot_app.away import away, slow
from tests.moonshot_app.axe import violations
from tests.moonshot_app.site import PASSWORD, Site
from tests.moonshot_app.visitors import connect, settled

OF_THE_CLINIC = [
    page.route
    for page in site_map.load()
    if page.route not in {"/", "/sign-in", "/sign-up", "/404", "/connect/problem"}
]


@pytest.fixture
def chart(page: Page) -> str:
    """The address of one."""
    page.goto("/patients/")
    return page.locator("tbody .opens").first.get_attribute("href") or ""


@pytest.mark.promise("13.manners.waits")
@pytest.mark.parametrize(
    ("address", "table", "shape"),
    [
        ("/patients/", "patients", ["Patient", "Born", "Sex", "Record number", "Status"]),
        ("/admin/ai-mcp/", "mcp_credentials", ["Assistant", "Role and reach", "Credential"]),
        ("/admin/ai-mcp/log/", "mcp_audit_log", ["Time", "Person", "Through", "Tool"]),
    ],
)
def test_a_list_that_is_waited_for_has_its_shape_already(
    page: Page, database: Database, address: str, table: str, shape: list[str]
):
    with slow(database, table):
        page.goto(address)
        expect(page.locator(".bar .clinic")).not_to_be_empty()
        bones = page.locator("[aria-busy=true]")
        expect(bones).to_contain_text("Loading")
        assert bones.locator("th").all_inner_texts()[: len(shape)] == shape
        assert bones.locator("tbody tr").count() == 5
        moving = "document.getAnimations().length"
        assert page.evaluate(moving) > 0
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate(moving) == 0
        assert violations(page) == []
    settled(page)


def test_a_chart_that_is_waited_for_shows_nothing_of_the_one_before(
    page: Page, database: Database, chart: str
):
    page.goto(chart)
    name = settled(page).get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Patients").last.click()
    expect(page.locator("tbody .opens")).to_have_count(25)
    with slow(database, "patients"):
        page.locator("tbody .opens").nth(2).click()
        expect(page.get_by_role("heading", name="Opening the chart")).to_be_visible()
        expect(page.get_by_text(name)).to_have_count(0)
    expect(page.get_by_role("heading", name="Appointments")).to_be_visible()


@pytest.mark.promise("13.manners.waits")
def test_a_search_that_takes_long_says_so_and_keeps_the_list(page: Page, database: Database):
    page.goto("/patients/")
    rows = page.locator("tbody .opens")
    expect(rows).to_have_count(25)
    with slow(database, "patients"):
        page.fill("#find", "John Smith")
        expect(page.get_by_role("status").get_by_text("Looking")).to_be_visible()
        expect(rows).to_have_count(25)
    expect(page.get_by_text("Best match first")).to_be_visible()


def test_what_takes_too_long_can_be_asked_again(page: Page, database: Database, chart: str):
    addresses = ("/patients/", chart, "/admin/ai-mcp/", "/admin/ai-mcp/log/")
    tabs = [page.context.new_page() for _ in addresses]
    with slow(database, "patients", "mcp_credentials"):
        for tab, address in zip(tabs, addresses, strict=True):
            tab.goto(address)
        for tab in tabs:
            expect(tab.get_by_role("alert")).to_contain_text("did not answer in time")
    for tab in tabs:
        tab.get_by_role("button", name="Try again").click()
        expect(tab.get_by_role("alert")).to_have_count(0)
        expect(settled(tab).locator("main .table-box")).not_to_have_count(0)


@pytest.mark.parametrize("route", OF_THE_CLINIC)
def test_a_page_of_a_clinic_whose_database_is_away_says_so_and_comes_back(
    page: Page, database: Database, chart: str, route: str
):
    address = chart if "[" in route else f"{route}/"
    alert = page.get_by_role("alert")
    with away(database):
        page.goto(address)
        expect(alert).to_contain_text("records cannot be reached")
        expect(page.locator(".frame .bone:visible")).to_have_count(0)
        assert violations(page) == []
    page.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)
    settled(page)
    if route not in {"/onboarding", "/not-allowed", "/admin/ai-mcp/new"}:
        expect(page.locator("main .table-box, main .empty").first).to_be_visible()


def test_what_was_typed_outlives_the_databases_absence(page: Page, database: Database):
    page.goto("/admin/ai-mcp/new/")
    expect(page.locator("#role")).to_have_value("provider")
    page.fill("#name", "Claude Code")
    page.get_by_text("Read only").click()
    make = page.get_by_role("button", name="Make the token")
    with away(database):
        make.click()
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        expect(page.locator("#name")).to_have_value("Claude Code")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#reach-reading")).to_be_checked()
    make.click()
    expect(page.locator(".pairs")).to_contain_text("Claude Code")


def test_a_token_that_is_shown_stays_until_it_is_stored(page: Page, database: Database):
    token = connect(page, "Claude Code")
    with away(database):
        page.get_by_role("button", name="I have stored it").click()
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        expect(page.locator("#token")).to_have_text(token)


def test_forms_say_that_the_database_is_away_and_keep_what_was_typed(
    browser: BrowserContext, database: Database
):
    page = browser.new_page()
    with away(database):
        page.goto("/sign-in/")
        page.fill("#email", "dana@clinic.example")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("Try again in a moment")
        expect(page.locator("#email")).to_have_value("dana@clinic.example")
        page.goto("/sign-up/")
        fields = {"name": "Dana", "email": f"{uuid4()}@clinic.example", "clinic": "Alder"}
        for field, value in fields.items():
            page.fill(f"#{field}", value)
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Open my sandbox").click()
        expect(page.get_by_role("alert")).to_contain_text("Try again in a moment")
    for field, value in fields.items():
        expect(page.locator(f"#{field}")).to_have_value(value)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Open my sandbox").click()
    page.wait_for_url(re.compile("/onboarding/$"))


def test_a_file_that_cannot_be_made_leads_back_to_the_log(
    site: Site, database: Database, cookie: str
):
    asked = "/admin/ai-mcp/log/{}?when=today&status=error"
    with away(database):
        answer = site.ask("GET", asked.format("calls.csv"), cookie=cookie)
    assert (answer.status, answer.getheader("location")) == (303, asked.format(""))
