"""Lists that have nothing, addresses that are wrong, forms that cannot be taken: each says why."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from psycopg import Connection

from tests import factories
from tests.conftest import Clock
from tests.ground import OWNER, Database
from tests.moonshot_app.site import PASSWORD, Site
from tests.moonshot_app.visitors import (
    connect,
    enter,
    session_of,
    settled,
)
from tests.personas import Clinic


@pytest.fixture
def new(site: Site, browser: BrowserContext, database: Database, clinic: Clinic) -> Page:
    """A page of the owner of a clinic that has no patients."""
    return enter(browser, site, session_of(database, clinic.tenant_id, clinic.owner.user_id))


@pytest.mark.promise("13.manners.empty")
def test_a_clinic_without_patients_is_told_how_they_come(new: Page):
    new.goto("/patients/")
    expect(new.locator(".empty")).to_contain_text("No patients yet")
    expect(new.locator(".empty")).to_contain_text("moonshot import-fhir")
    new.fill("#find", "John")
    expect(new.locator(".empty")).to_contain_text("Nobody matches that")


@pytest.mark.promise("13.manners.empty")
def test_each_part_of_an_empty_chart_says_what_will_be_there(
    new: Page, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    patient = factories.patient(clinic.tenant_id)
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, patient)
    new.goto(f"/patients/{patient.id}/")
    expect(settled(new).get_by_role("heading", level=1)).to_have_text("Ada Example")
    for part in ("lab results", "vital signs", "medications", "appointments"):
        expect(new.get_by_role("heading", name=f"No {part}")).to_be_visible()
    expect(new.locator(".empty", has_text="once")).to_have_count(4)


@pytest.mark.parametrize("wrong", ["00000000-0000-7000-8000-000000000000", "nobody", "..%2f.."])
def test_an_address_of_no_patient_leads_to_the_search(page: Page, wrong: str):
    page.goto(f"/patients/{wrong}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("No such patient in this clinic")
    page.get_by_role("link", name="Find a patient").click()
    expect(page.locator("tbody .opens")).to_have_count(25)


def test_a_connection_says_how_it_stands(own_page: Page, clock: Clock):
    for name in ("One", "Two"):
        connect(own_page, name)
    own_page.goto("/admin/ai-mcp/")
    settled(own_page)
    state = own_page.locator("tbody tr .badge")
    expect(state).to_have_text(["Not used yet", "Not used yet"])
    own_page.get_by_role("button", name="Revoke Two").click()
    own_page.locator(".opened").get_by_role("button", name="Revoke Two").click()
    expect(state.nth(1)).to_contain_text("Revoked")
    own_page.get_by_role("button", name="Rotate One").click()
    own_page.get_by_role("button", name="Make a new token").click()
    expect(own_page.locator("tbody .badge", has_text="Replaced, to")).to_have_count(1)
    own_page.get_by_role("link", name="Everyone").click()
    expect(own_page.get_by_text("Dana Whitaker").nth(1)).to_be_visible()
    for _ in range(2):
        # Sessions end when they are left alone for an hour.
        clock.move(timedelta(minutes=40))
        own_page.reload()
        settled(own_page)
    expect(own_page.locator("tbody .badge", has_text="Ended")).to_have_count(1)


def test_a_session_that_has_ended_leads_to_signing_in_and_back(own_page: Page, clock: Clock):
    own_page.goto("/admin/ai-mcp/")
    settled(own_page)
    clock.move(timedelta(hours=13))
    own_page.get_by_role("link", name="Patients").click()
    expect(own_page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(own_page.locator("main")).to_be_focused()


def test_a_page_that_waits_keeps_no_session_from_its_end(page: Page, clock: Clock):
    page.goto("/onboarding/")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="I have connected it").click()
    clock.move(timedelta(minutes=40))
    expect(page.get_by_text("40:")).to_be_visible()
    clock.move(timedelta(minutes=40))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/sign-in/(\?.*)?$"))


@pytest.mark.parametrize(
    "query",
    [
        "when=whenever",
        "when=2026-02-30/2026-03-01",
        "person=Dana",
        "credential=1",
        "status=fine",
        "before=made-up",
    ],
)
def test_a_question_that_the_log_does_not_know_leads_to_the_newest_calls(page: Page, query: str):
    page.goto(f"/admin/ai-mcp/log/?{query}")
    expect(page.get_by_role("alert")).to_contain_text("in a way the log does not know")
    expect(page.get_by_role("link", name="CSV")).to_have_count(0)
    page.get_by_role("link", name="Go to the newest calls").click()
    expect(page.get_by_text("No calls yet")).to_be_visible()


@pytest.mark.promise("13.manners.empty")
def test_no_call_for_these_filters_and_a_page_of_another_question(site: Site, own_page: Page):
    token = connect(own_page, "Claude Code")
    for _ in range(26):
        site.mcp.endpoint.call("whoami", {}, token=token)
    own_page.goto("/admin/ai-mcp/log/?status=error")
    expect(own_page.locator(".empty")).to_contain_text("No calls match this")
    own_page.get_by_role("link", name="Show the last 90 days").click()
    expect(own_page.get_by_text("26 calls, 25 shown")).to_be_visible()
    older = own_page.get_by_role("link", name="Older").get_attribute("href") or ""
    own_page.goto(older.replace("when=last_90_days", "when=today"))
    expect(own_page.get_by_role("alert")).to_contain_text("in a way the log does not know")


def test_each_field_of_signing_up_says_what_is_wrong_with_it(site: Site, browser: BrowserContext):
    taken = f"{uuid4()}@clinic.example"
    site.signed_up(taken)
    page = browser.new_page()
    send = page.get_by_role("button", name="Open my sandbox")

    def said(**fields: str) -> list[str]:
        page.context.clear_cookies(name="mc_typed")
        page.goto("/sign-up/")
        for field, value in fields.items():
            page.fill(f"#{field}", value)
        send.click()
        expect(page.get_by_role("alert")).not_to_have_count(0)
        for field, value in fields.items():
            if field != "password":
                expect(page.locator(f"#{field}")).to_have_value(value)
        return page.get_by_role("alert").all_inner_texts()

    right = {"name": "Dana", "email": taken, "clinic": "Alder Street Clinic", "password": PASSWORD}
    assert said(**right) == ["There is an account with this address. Sign in instead."]
    assert said(**right | {"name": " "}) == ["Your name must not be blank."]
    assert said(**right | {"clinic": " "}) == ["The clinic\u2019s name must not be blank."]
    assert said(**right | {"email": "a@b"}) == ["This must be an e-mail address."]
    assert said(**right | {"password": "Alder Street Clinic"}) == [
        "The password must be something other than the e-mail address or the name of the clinic."
    ]


def test_a_wrong_password_and_too_many_of_them(site: Site, browser: BrowserContext):
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email)
    page = browser.new_page()

    def said() -> str:
        page.goto("/sign-in/")
        page.fill("#email", email)
        page.fill("#password", "not the right sentence")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#email")).to_have_value(email)
        return page.get_by_role("alert").inner_text()

    assert said() == "The e-mail address or the password is wrong."
    for _ in range(9):
        site.post("/auth/sign-in", email=email, password="not the right sentence")
    assert "Too many sign-ins" in said()
    assert "Try again in" in said()


def test_an_unknown_address_leads_on(browser: BrowserContext):
    page = browser.new_page()
    answer = page.goto("/no/such/page/")
    assert answer is not None
    assert answer.status == 404
    expect(settled(page).get_by_role("heading", level=1)).to_contain_text("no page at this address")
    page.get_by_role("link", name="AI connections").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
