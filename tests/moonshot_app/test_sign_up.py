"""The form that opens a sandbox begins with what the browser knows."""

import pytest
from playwright.sync_api import Browser, expect

from tests.moonshot_app.site import Site


@pytest.mark.parametrize("zone", ["America/Denver", "Europe/Berlin"])
def test_the_time_zone_is_the_browsers_until_another_is_chosen(
    chromium: Browser, site: Site, zone: str
):
    context = chromium.new_context(base_url=site.origin, timezone_id=zone)
    page = context.new_page()
    page.goto("/sign-up/")
    expect(page.locator("#time_zone")).to_have_value(zone)
    # What was chosen comes back with a form that could not be taken.
    page.select_option("#time_zone", "Pacific/Honolulu")
    page.fill("#name", "Dana Whitaker")
    page.fill("#email", "dana@clinic.example")
    page.fill("#clinic", "Alder Street Clinic")
    page.fill("#password", "alder street clinic")
    page.get_by_role("button", name="Open my sandbox").click()
    expect(page.locator("#password-wrong")).to_be_visible()
    expect(page.locator("#time_zone")).to_have_value("Pacific/Honolulu")
    context.close()
