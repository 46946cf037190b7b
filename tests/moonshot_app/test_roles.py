"""What people see whose roles hold less: what is theirs, said plainly, and nothing beside it."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from models.permission import GRANTS, Permission, Role
from tests.ground import Database
from tests.moonshot_app.axe import violations
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import colleague, connect, enter, settled, tenant_of

COLLEAGUES = [role for role in Role if role is not Role.OWNER]


class Told:
    """Everything that a page was told over its websocket."""

    def __init__(self, page: Page) -> None:
        self.text = ""
        page.on("websocket", lambda ws: ws.on("framereceived", self._hear))

    def _hear(self, frame: str | bytes) -> None:
        self.text += frame if isinstance(frame, str) else frame.decode(errors="replace")


def page_of(
    role: Role, browser: BrowserContext, site: Site, database: Database, cookie: str
) -> Page:
    return enter(browser, site, colleague(database, tenant_of(database, cookie), role))


def of_the_chart(browser: BrowserContext, site: Site, cookie: str) -> tuple[str, set[str]]:
    """John Smith's address, and what stands in his chart alone, as the owner sees it."""
    page = enter(browser, site, cookie)
    page.goto("/patients/")
    settled(page).fill("#find", "John Smith")
    page.get_by_role("link", name="Smith, John").click()
    expect(page.get_by_role("heading", name="Medications", exact=True)).to_be_visible()
    parts = page.locator("section:has(h2:text-matches('Lab results|Medications'))")
    words = parts.locator("tbody td:first-child").all_inner_texts()
    return page.url, {word.splitlines()[0] for word in words}


@pytest.mark.promise("13.charts.no-chart")
def test_the_front_desk_sees_who_a_patient_is_and_is_told_no_chart(
    browser: BrowserContext, site: Site, database: Database, cookie: str
):
    address, secrets = of_the_chart(browser, site, cookie)
    assert len(secrets) > 5
    page = page_of(Role.FRONT_DESK, browser, site, database, cookie)
    told = Told(page)
    page.goto("/patients/")
    expect(page.locator("tbody .opens")).to_have_count(25)
    page.goto(address)
    expect(
        page.get_by_text("Your role shows who the patient is, and not the chart")
    ).to_be_visible()
    expect(page.get_by_role("heading", name="Appointments")).to_be_visible()
    assert page.locator("main h2").all_inner_texts() == ["Person", "Contact", "Appointments"]
    assert violations(page) == []
    assert "John" in told.text
    assert [secret for secret in secrets if secret in told.text] == []


@pytest.mark.parametrize("role", COLLEAGUES)
def test_a_role_is_shown_the_places_that_it_may_enter(
    browser: BrowserContext, site: Site, database: Database, cookie: str, role: Role
):
    page = page_of(role, browser, site, database, cookie)
    told = Told(page)
    page.goto("/patients/")
    sees = Permission.VIEW_PATIENTS in GRANTS[role]
    if sees:
        expect(page.locator("tbody .opens")).to_have_count(25)
    else:
        expect(page).to_have_url(re.compile("/not-allowed/$"))
        expect(settled(page).get_by_role("heading", level=1)).to_contain_text("does not include")
        assert "Smith" not in told.text
    expect(page.locator(".rail a", has_text="Patients")).to_have_count(int(sees))


@pytest.mark.promise("10.page.own-calls")
def test_one_without_the_audit_sees_the_calls_of_ones_own_assistants_alone(
    browser: BrowserContext, site: Site, database: Database, cookie: str
):
    token = connect(enter(browser, site, cookie), "Owner only")
    site.mcp.endpoint.call("whoami", {}, token=token)
    page = page_of(Role.FRONT_DESK, browser, site, database, cookie)
    told = Told(page)
    page.goto("/admin/ai-mcp/log/")
    expect(page.locator(".page-head")).to_contain_text("Your assistants")
    expect(page.locator(".empty")).to_contain_text("No calls yet")
    expect(page.get_by_label("Person")).to_have_count(0)
    page.goto("/admin/ai-mcp/?whose=everyone")
    expect(page.locator(".empty")).to_contain_text("No assistant is connected yet")
    expect(page.get_by_role("link", name="Everyone")).to_have_count(0)
    assert "Owner only" not in told.text
    auditor = page_of(Role.AUDITOR, browser, site, database, cookie)
    auditor.goto("/admin/ai-mcp/log/")
    expect(auditor.locator("tbody .opens")).to_have_count(1)
