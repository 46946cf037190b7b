"""People at a browser: whoever works at a clinic, by a session of one's own."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

from playwright.sync_api import BrowserContext, Page, expect

from models.permission import Role
from moonshot_cli.postgres.cluster import SUPERUSER
from services.identity.accounts import new_session_key, session_hash
from tests.ground import OWNER, Database
from tests.moonshot_app.site import Site

CLINIC = "Alder Street Clinic"


def enter(browser: BrowserContext, site: Site, cookie: str) -> Page:
    """A new page of whom that Cookie header signs in."""
    name, value = cookie.split("=", 1)
    browser.add_cookies([{"name": name, "value": value, "url": site.origin}])
    return browser.new_page()


def enter_as_owner(browser: BrowserContext, site: Site) -> Page:
    """A new page of the owner of a new sandbox."""
    return enter(browser, site, site.signed_up(f"{uuid4()}@clinic.example"))


def tenant_of(database: Database, cookie: str) -> UUID:
    """The clinic of a session."""
    digest = hashlib.sha256(session_hash(cookie.split("=", 1)[1])).digest()
    with database.connect(SUPERUSER) as admin:
        found = admin.execute(
            "SELECT tenant_id FROM identity.sessions WHERE digest = %s", [digest]
        ).fetchone()
    assert found is not None
    return found[0]


def colleague(database: Database, tenant_id: UUID, role: Role) -> str:
    """The Cookie header of someone who has that role, and no other, at a sandbox."""
    with database.connect(SUPERUSER) as admin:
        found = admin.execute(
            "SELECT user_id FROM app.staff WHERE tenant_id = %s AND roles = ARRAY[%s] LIMIT 1",
            [tenant_id, role],
        ).fetchone()
    assert found is not None
    return session_of(database, tenant_id, found[0])


def session_of(database: Database, tenant_id: UUID, user_id: UUID) -> str:
    """The Cookie header of a new session of someone at a sandbox."""
    key = new_session_key()
    with database.connect(OWNER) as operator:
        operator.execute(
            "SELECT app.operator_session(%s, %s, %s, %s)",
            (tenant_id, user_id, key.session_id, key.hash),
        )
    return f"mc_session={key.token}"


def address(route: str, page: Page) -> str:
    """Of a page, with what its route leaves open; a new kind of hole must be filled here."""
    filled = route
    if "[patient_id]" in route:
        page.goto("/patients/")
        filled = page.locator("tbody .opens").first.get_attribute("href") or ""
    if "[draft]" in route:
        filled = propose(page, connect(page, "Drafting"), "Go on.")
    assert "[" not in filled, f"say here what {route} is to be shown with"
    return filled if filled.endswith("/") else f"{filled}/"


def settled(page: Page) -> Page:
    """The page once nothing of it is loading any more."""
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    if page.locator(".bar").count():
        expect(page.locator(".bar .clinic")).not_to_be_empty()
    return page


def connect(page: Page, name: str) -> str:
    """Makes a connection; gives its token, which the page still shows."""
    page.goto("/admin/ai-mcp/new/")
    # The role is there once the page may be sent.
    expect(page.locator("#role")).to_have_value("provider")
    page.fill("#name", name)
    page.get_by_role("button", name="Make the token").click()
    return page.locator("#token").inner_text()


def call(page: Page, token: str, tool: str, **arguments: Any) -> dict[str, Any]:
    """The result of a call as an assistant of that page's site sends it."""
    params = {"name": tool, "arguments": arguments}
    answer = page.request.post(
        "/api/mcp/v1",
        headers={"authorization": f"Bearer {token}", "mcp-protocol-version": "2025-11-25"},
        data={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
    )
    return answer.json()["result"]


def propose(page: Page, token: str, plan: str, patient: str = "John Smith") -> str:
    """A note of one line, proposed by an assistant; gives the path of its page."""
    found = call(page, token, "search_patients", query=patient)["structuredContent"]
    patient_id = found["patients"][0]["patient_id"]
    said = call(page, token, "draft_chart_note", patient_id=patient_id, soap={"plan": plan})
    return "/admin/ai-drafts/" + said["structuredContent"]["draft_id"] + "/"
