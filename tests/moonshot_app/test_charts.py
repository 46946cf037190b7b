"""Patients in the browser: found, opened, and each opening on record."""

from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from moonshot_cli.postgres.cluster import SUPERUSER
from tests.ground import Database
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import enter_as_owner


@pytest.mark.promise("13.charts.found")
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


@pytest.mark.promise("4.crossing.pages")
def test_another_clinics_patient_is_no_patient_of_this_clinic(
    site: Site, browser: BrowserContext, page: Page
):
    page.goto("/patients/")
    page.locator("tbody .opens").first.click()
    expect(page.get_by_role("heading", name="Person")).to_be_visible()
    chart = page.url
    other = enter_as_owner(browser, site)
    for address in (chart, f"/patients/{uuid4()}/", "/patients/nobody/"):
        other.goto(address)
        expect(other.get_by_role("heading", level=1)).to_have_text("No such patient in this clinic")


@pytest.mark.promise("10.charts.openings")
def test_each_part_that_is_shown_is_on_record(own_page: Page, database: Database):
    own_page.goto("/patients/")
    own_page.locator("tbody .opens").first.click()
    expect(own_page.get_by_role("heading", name="Appointments")).to_be_visible()
    patient = own_page.url.rstrip("/").rpartition("/")[2]
    with database.connect(SUPERUSER) as admin:
        rows = admin.execute(
            "SELECT part FROM app.chart_access_log WHERE patient_id = %s ORDER BY part", [patient]
        )
        parts = [part for (part,) in rows]
    assert parts == ["labs", "medications", "record", "schedule", "vitals"]
