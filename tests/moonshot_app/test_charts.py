"""Patients in the browser: found, opened, and each opening on record."""

from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from moonshot_cli.postgres.cluster import SUPERUSER
from tests.ground import Database
from tests.moonshot_app.site import Site


@pytest.fixture
def page(site: Site, browser: BrowserContext) -> Page:
    """A page of the owner of a new sandbox."""
    name, value = site.signed_up(f"{uuid4()}@clinic.example").split("=", 1)
    browser.add_cookies([{"name": name, "value": value, "url": site.origin}])
    return browser.new_page()


def test_the_list_goes_on_and_back_and_forgives_a_typing_error(page: Page):
    page.goto("/patients/")
    rows = page.locator("tbody .opens")
    expect(rows).to_have_count(25)
    page.get_by_role("button", name="Next").click()
    expect(rows).to_have_count(11)
    page.get_by_role("button", name="Previous").click()
    expect(rows).to_have_count(25)
    page.fill("#find", "Jon Smiht")
    expect(page.get_by_role("link", name="Smith, John")).to_be_visible()
    assert "Smi" not in page.url, "a name stays out of the address"
    page.fill("#find", "zzzzqqq")
    expect(page.get_by_text("Nobody matches that")).to_be_visible()


def test_a_chart_is_opened_by_keys_alone(page: Page):
    page.goto("/patients/")
    expect(page.locator("tbody .opens")).to_have_count(25)
    page.keyboard.press("/")
    page.keyboard.type("John Smith")
    expect(page.get_by_text("Best match first")).to_be_visible()
    rows = page.locator("tbody .opens")
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_be_focused()
    page.keyboard.press("j")
    expect(rows.first).not_to_be_focused()
    page.keyboard.press("k")
    expect(rows.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("John Smith")
    for part in ("Lab results", "Vital signs", "Medications", "Appointments"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()


def test_another_clinics_patient_is_no_patient_of_this_clinic(
    site: Site, browser: BrowserContext, page: Page
):
    page.goto("/patients/")
    page.locator("tbody .opens").first.click()
    expect(page.get_by_role("heading", name="Person")).to_be_visible()
    chart = page.url
    name, value = site.signed_up(f"{uuid4()}@clinic.example").split("=", 1)
    browser.add_cookies([{"name": name, "value": value, "url": site.origin}])
    other = browser.new_page()
    for address in (chart, f"/patients/{uuid4()}/", "/patients/nobody/"):
        other.goto(address)
        expect(other.get_by_role("heading", level=1)).to_have_text("No such patient in this clinic")


def test_each_part_that_is_shown_is_on_record(page: Page, database: Database):
    page.goto("/patients/")
    page.locator("tbody .opens").first.click()
    expect(page.get_by_role("heading", name="Appointments")).to_be_visible()
    patient = page.url.rstrip("/").rpartition("/")[2]
    with database.connect(SUPERUSER) as admin:
        rows = admin.execute(
            "SELECT part FROM app.chart_access_log WHERE patient_id = %s ORDER BY part", [patient]
        )
        parts = [part for (part,) in rows]
    assert parts == ["labs", "medications", "record", "schedule", "vitals"]
