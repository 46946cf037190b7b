"""What a person is told before an assistant is allowed."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.moonshot_app.oauth_flow import REDIRECT, OAuth, proof
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import CLINIC, enter, settled


@pytest.mark.promise("5.oauth.consent-says")
def test_the_question_says_who_asks_for_what_and_where_it_leads(
    site: Site, browser: BrowserContext, cookie: str
):
    page = enter(browser, site, cookie)
    page.goto(OAuth(site).register(client_name="Claude").asks(proof()))
    question = settled(page).locator("main")
    expect(question).to_contain_text("Allow Claude to read this clinic?")
    expect(question).to_contain_text(str(urlsplit(REDIRECT).hostname))
    expect(question).to_contain_text(CLINIC)
    expect(question.locator("#role")).to_have_value("provider")
    expect(question.locator("#role-hint")).to_contain_text("charts")
