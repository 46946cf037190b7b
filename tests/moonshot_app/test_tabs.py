"""Tabs of one browser: of one person, of one after another, and of one who has left."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.moonshot_app.site import PASSWORD, Site
from tests.moonshot_app.test_events import FRAME
from tests.moonshot_app.visitors import enter_as_owner, settled
from tests.moonshot_app.websocket import Socket

SIGN_IN = re.compile(r"/sign-in/(\?.*)?$")
WATCH = """() => {
  window.seen = 0;
  const look = () => { if (document.querySelector('a.opens')) window.seen += 1; };
  new MutationObserver(look).observe(document, {subtree: true, childList: true});
}"""
LEFT_AND_CAME_BACK = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"


@pytest.fixture(scope="module")
def dana(site: Site) -> str:
    """The e-mail address of someone with a clinic."""
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email)
    return email


@pytest.fixture(scope="module")
def otto(site: Site) -> str:
    """Someone else's, with another clinic."""
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email, "Otto Second", "Birch Clinic")
    return email


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/onboarding/$"))


def see_patients(page: Page) -> str:
    """Gives the address of the first one's chart."""
    page.goto("/patients/")
    address = page.locator("a.opens").first.get_attribute("href")
    assert address is not None
    return address


def session(browser: BrowserContext) -> str:
    (cookie,) = [c for c in browser.cookies() if c.get("name") == "mc_session"]
    return f"mc_session={cookie.get('value')}"


@pytest.mark.promise("13.sessions.next-person")
def test_the_next_person_in_a_tab_sees_nothing_of_the_first(
    browser: BrowserContext, dana: str, otto: str
):
    page = browser.new_page()
    sign_in(page, dana)
    patient = see_patients(page)
    expect(page.get_by_text("Alder Street Clinic")).to_be_visible()
    cookie, tab = session(browser), page.evaluate("sessionStorage.getItem('token')")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(SIGN_IN)
    shown = [page.content()]
    page.go_back()
    page.wait_for_url(SIGN_IN)
    shown.append(page.content())
    sign_in(page, otto)
    expect(page.get_by_text("Birch Clinic")).to_be_visible()
    shown.append(page.content())
    assert see_patients(page) != patient
    shown.append(page.content())
    # Where the first person was, by its address.
    page.goto(patient)
    expect(page.get_by_role("heading", name="No such patient in this clinic")).to_be_visible()
    assert patient not in "".join(shown)
    shown.append(page.content())
    for told in ("Dana", "Alder Street", dana, cookie.split("=")[1], tab):
        assert told not in "".join(shown)
    assert session(browser) != cookie
    assert page.evaluate("sessionStorage.getItem('token')") != tab


def test_who_signs_out_in_one_tab_has_left_the_others(browser: BrowserContext, dana: str):
    one, two = browser.new_page(), browser.new_page()
    sign_in(two, dana)
    see_patients(one)
    two.get_by_role("button", name="Sign out").click()
    one.wait_for_url(SIGN_IN)
    # The page that was left is still in this document, and holds nothing any more.
    one.evaluate(WATCH)
    one.go_back()
    one.wait_for_url(re.compile("/patients/$"))
    one.wait_for_url(SIGN_IN)
    assert one.evaluate("window.seen") == 0


def test_a_page_that_is_seen_again_asks_whether_its_session_has_ended(
    browser: BrowserContext, site: Site, dana: str
):
    page = browser.new_page()
    sign_in(page, dana)
    see_patients(page)
    site.post("/auth/sign-out", cookie=session(browser))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url(SIGN_IN)


def test_a_page_that_the_browser_kept_is_loaded_anew(
    browser: BrowserContext, site: Site, dana: str
):
    one = browser.new_page()
    sign_in(one, dana)
    see_patients(one)
    site.post("/auth/sign-out", cookie=session(browser))
    assert one.evaluate(f"{LEFT_AND_CAME_BACK}, document.body.textContent") == ""
    one.wait_for_url(SIGN_IN)


@pytest.mark.promise("13.sessions.next-person")
def test_a_tab_of_one_person_is_nobodys_once_another_signs_in(
    browser: BrowserContext, site: Site, dana: str, otto: str
):
    one, two = browser.new_page(), browser.new_page()
    sign_in(one, dana)
    patient, cookie = see_patients(one), session(browser)
    sign_in(two, otto)
    one.wait_for_url(SIGN_IN)
    assert patient not in one.content()
    with Socket(site, tab="left", cookie=cookie) as socket:
        assert "/sign-in/" in socket.send(f"{FRAME}.load", {})
    one.goto("/patients/")
    expect(one.get_by_text("Birch Clinic")).to_be_visible()
    expect(two.get_by_text("Birch Clinic")).to_be_visible()


def test_two_tabs_of_one_person_go_their_own_ways(browser: BrowserContext, dana: str):
    one = browser.new_page()
    sign_in(one, dana)
    chart = see_patients(one)
    # A tab that a script or a person opens from another begins with the other's storage.
    with browser.expect_page() as opened:
        one.evaluate("open('/admin/ai-mcp/log/?when=today')")
    two = opened.value
    expect(two.get_by_text("No calls yet")).to_be_visible()
    names = [page.evaluate("sessionStorage.getItem('token')") for page in (one, two)]
    assert names[0] != names[1]
    one.goto(chart)
    name = settled(one).locator("h1").inner_text()
    two.get_by_label("Status").select_option("error")
    expect(two).to_have_url(re.compile("when=today&status=error"))
    one.go_back()
    settled(one).fill("#find", name)
    expect(one.get_by_text("Best match first")).to_be_visible()
    expect(two.get_by_label("Status")).to_have_value("error")
    two.goto("/patients/")
    expect(two.locator("a.opens")).to_have_count(25)
    expect(one.locator("#find")).to_have_value(name)


def test_both_tabs_that_wait_for_the_first_call_see_it(browser: BrowserContext, site: Site):
    one, two = enter_as_owner(browser, site), browser.new_page()
    one.goto("/onboarding/")
    two.goto("/onboarding/")
    one.get_by_role("button", name="Make a token").click()
    token = one.locator("#token").inner_text()
    expect(two.get_by_role("button", name="I have connected it")).to_be_visible()
    assert token not in two.content()
    site.mcp.endpoint.call("whoami", {}, token=token)
    for page in (one, two):
        expect(page.get_by_role("heading", name="Your first call arrived")).to_be_visible()


def test_two_forms_of_one_person_make_each_its_own_connection(browser: BrowserContext, site: Site):
    tabs = (enter_as_owner(browser, site), browser.new_page())
    roles = ("provider", "owner")
    for tab, role in zip(tabs, roles, strict=True):
        tab.goto("/admin/ai-mcp/new/")
        expect(tab.locator("#role")).to_have_value("provider")
        tab.select_option("#role", role)
        tab.fill("#name", f"As {role}")
    for tab, role in zip(tabs, roles, strict=True):
        expect(tab.locator("#role")).to_have_value(role)
        expect(tab.locator("#name")).to_have_value(f"As {role}")
        tab.get_by_role("button", name="Make the token").click()
    tokens = [tab.locator("#token").inner_text() for tab in tabs]
    for tab, role, own, foreign in zip(tabs, roles, tokens, reversed(tokens), strict=True):
        expect(tab.locator(".pairs")).to_contain_text(f"Dana Whitaker, {role}")
        assert foreign not in tab.content()
        assert site.mcp.endpoint.call("whoami", {}, token=own).content
