"""The page on which a person allows an assistant, in each of its states: axe-core, and by keys."""

from collections.abc import Generator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.moonshot_app.axe import violations
from tests.moonshot_app.keyboard import Keyboard
from tests.moonshot_app.oauth_flow import REDIRECT, OAuth, proof
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import enter, settled


@pytest.fixture
def asked(chromium: Browser, site: Site, cookie: str) -> Generator[Page]:
    """A page that asks; where it would lead, nothing comes."""
    context = chromium.new_context(base_url=site.origin)
    page = enter(context, site, cookie)
    page.route(f"{REDIRECT}*", lambda route: route.fulfill(status=204))
    page.goto(OAuth(site).register(client_name="Claude").asks(proof()))
    expect(page.get_by_role("button", name="Allow", exact=True)).to_be_visible()
    settled(page)
    yield page
    context.close()


@pytest.mark.parametrize(
    ("answer", "told"), [("Allow", "Allowed"), ("Do not allow", "Not allowed")]
)
def test_a_question_and_its_answer_have_nothing_that_axe_finds(asked: Page, answer: str, told: str):
    assert violations(asked) == []
    asked.get_by_role("button", name=answer, exact=True).click()
    expect(asked.get_by_role("heading", name=told)).to_be_visible()
    assert violations(asked) == []


@pytest.mark.promise("13.manners.keyboard")
def test_a_person_allows_by_keys(asked: Page):
    keys = Keyboard(asked)
    keys.to("Role")
    keys.to("Use everything of the role")
    keys.press("ArrowDown")
    assert keys.at.startswith("Read only")
    keys.to("Allow")
    keys.press("Enter")
    expect(asked.get_by_role("heading", name="Allowed")).to_be_visible()


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("client", "not known here any more"),
        ("header", "Leave the fields for OAuth empty"),
        ("redirect", "a place that it did not name before"),
        ("document", "What the assistant says of itself"),
        ("unreadable", "is damaged"),
        ("often", "Try again in an hour"),
        ("away", "Try again in a minute"),
        ("anything", "is damaged"),
    ],
)
def test_who_cannot_be_asked_is_told_why(browser: BrowserContext, why: str, told: str):
    page = browser.new_page()
    page.goto(f"/connect/problem/?{urlencode({'why': why})}")
    expect(page.get_by_role("alert")).to_contain_text(told)
