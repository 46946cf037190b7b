"""Connections in the browser: made, shown once, used, found in the log, replaced, revoked."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from models.permission import Role
from tests.ground import Database
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import colleague, connect, enter, settled, tenant_of


@pytest.mark.promise("13.manners.empty")
def test_a_clinic_without_connections_is_told_the_one_step(own_page: Page):
    own_page.goto("/admin/ai-mcp/")
    expect(own_page.get_by_text("No assistant is connected yet")).to_be_visible()


@pytest.mark.promise(
    "1.promise.two-ways-in",
    "2.sandbox.no-agreements",
    "5.credentials.shown-once",
    "13.connections.life",
)
def test_a_token_is_shown_once_with_the_line_to_paste(site: Site, own_page: Page):
    token = connect(own_page, "Claude Code, laptop")
    assert re.fullmatch(r"mcl_test_[0-9A-Za-z]{42}", token)
    expect(own_page.locator("#line-claude-code")).to_have_text(
        f"claude mcp add --transport http moonshot {site.origin}/api/mcp/v1 "
        f'--header "Authorization: Bearer {token}"'
    )
    assert site.mcp.endpoint.call("whoami", {}, token=token).content
    own_page.reload()
    expect(own_page.locator("#role")).to_have_value("provider")
    assert token not in own_page.content()
    own_page.goto("/admin/ai-mcp/")
    expect(own_page.get_by_role("link", name="Claude Code, laptop")).to_be_visible()
    assert token not in own_page.content()


def test_a_name_that_cannot_be_shown_is_refused_beside_the_field(page: Page):
    page.goto("/admin/ai-mcp/new/")
    expect(page.locator("#role")).to_have_value("provider")
    page.fill("#name", "   ")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#name-wrong")).to_contain_text("1 to 60 characters")


@pytest.mark.promise("5.credentials.some-tools")
def test_a_connection_of_some_tools_has_those_alone(site: Site, page: Page):
    page.goto("/admin/ai-mcp/new/")
    expect(page.locator("#role")).to_have_value("provider")
    page.fill("#name", "Labs only")
    page.get_by_text("Use only some tools").click()
    page.get_by_text("Lab results").click()
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#token").inner_text()
    tools = site.mcp.endpoint.ask("tools/list", token=token).result["tools"]
    assert [tool["name"] for tool in tools] == ["get_labs"]


@pytest.mark.promise("5.credentials.revoke", "13.connections.life", "13.manners.destructive")
def test_the_next_call_after_the_button_is_refused(site: Site, own_page: Page):
    token = connect(own_page, "Claude Code")
    own_page.goto("/admin/ai-mcp/")
    own_page.get_by_role("button", name="Revoke Claude Code").click()
    assert site.mcp.endpoint.call("whoami", {}, token=token).content, "asking revokes nothing"
    own_page.locator(".opened").get_by_role("button", name="Revoke Claude Code").click()
    expect(own_page.get_by_text("Claude Code is revoked.")).to_be_visible()
    assert site.mcp.endpoint.call("whoami", {}, token=token).status == 401


@pytest.mark.promise("3.credentials.manage-ai", "13.connections.everyone")
def test_who_manages_ai_sees_and_revokes_a_colleagues(
    site: Site, browser: BrowserContext, database: Database
):
    owner = site.signed_up(f"{uuid4()}@clinic.example")
    provider = colleague(database, tenant_of(database, owner), Role.PROVIDER)
    token = connect(enter(browser, site, provider), "Claude of a colleague")
    page = enter(browser, site, owner)
    page.goto("/admin/ai-mcp/")
    revoke = settled(page).get_by_role("button", name="Revoke Claude of a colleague")
    expect(revoke).to_have_count(0)
    page.get_by_role("link", name="Everyone").click()
    revoke.click()
    page.locator(".opened").get_by_role("button", name="Revoke Claude of a colleague").click()
    expect(page.get_by_text("Claude of a colleague is revoked.")).to_be_visible()
    assert site.mcp.endpoint.call("whoami", {}, token=token).status == 401


@pytest.mark.promise("13.manners.destructive")
def test_a_question_is_left_by_one_key(own_page: Page):
    connect(own_page, "Claude")
    own_page.goto("/admin/ai-mcp/")
    for question in ("Revoke Claude", "Rotate Claude"):
        own_page.get_by_role("button", name=question).click()
        expect(own_page.locator(".opened")).to_be_visible()
        own_page.keyboard.press("Escape")
        expect(own_page.locator(".opened")).to_have_count(0)
        expect(own_page.get_by_role("button", name=question)).to_be_focused()


@pytest.mark.promise("5.credentials.grace", "13.connections.life")
def test_a_replaced_token_stops_at_once_if_that_is_asked(site: Site, own_page: Page):
    old = connect(own_page, "Claude Code")
    own_page.goto("/admin/ai-mcp/")
    own_page.get_by_role("button", name="Rotate Claude Code").click()
    own_page.get_by_text("At once").click()
    own_page.get_by_role("button", name="Make a new token").click()
    new = own_page.locator("#token").inner_text()
    assert site.mcp.endpoint.call("whoami", {}, token=old).status == 401
    assert site.mcp.endpoint.call("whoami", {}, token=new).content


@pytest.mark.promise("10.page.filters", "13.connections.log")
def test_the_log_shows_filters_and_exports_calls_page_by_page(site: Site, own_page: Page):
    token = connect(own_page, "Claude Code")
    for _ in range(27):
        site.mcp.endpoint.call("whoami", {}, token=token)
    site.mcp.endpoint.call("get_labs", {"patient_id": str(uuid4())}, token=token)
    own_page.goto("/admin/ai-mcp/log/?when=today")
    rows = own_page.locator("tbody .opens")
    expect(own_page.get_by_text("28 calls, 25 shown")).to_be_visible()
    own_page.get_by_role("link", name="Older").click()
    expect(rows).to_have_count(3)
    own_page.get_by_role("link", name="Newer").click()
    expect(rows).to_have_count(25)
    own_page.get_by_label("Status").select_option("error")
    expect(own_page).to_have_url(re.compile("when=today&status=error"))
    expect(rows).to_have_count(1)
    rows.first.click()
    expect(own_page.locator(".opened")).to_contain_text("Nothing was given out")
    with own_page.expect_download() as download:
        own_page.get_by_role("link", name="JSON Lines").click()
    (line,) = Path(download.value.path()).read_text().splitlines()
    assert json.loads(line)["tool_name"] == "get_labs"


def test_a_file_is_for_who_is_signed_in(site: Site):
    answer = site.ask("GET", "/admin/ai-mcp/log/calls.csv")
    assert (answer.status, answer.getheader("location")) == (303, "/sign-in/")


def test_an_address_that_was_made_up_says_what_to_do(page: Page):
    page.goto("/admin/ai-mcp/log/?when=whenever")
    page.get_by_role("link", name="Go to the newest calls").click()
    expect(page.get_by_text("No calls yet")).to_be_visible()
