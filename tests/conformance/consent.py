"""A person who is signed out, and does what an authorization server asks."""

from playwright.sync_api import Page

from tests.moonshot_app.site import PASSWORD


def allow(page: Page, url: str, email: str) -> None:
    """Go where a client sends one, sign in, allow."""
    page.goto(url)
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow", exact=True).click()
