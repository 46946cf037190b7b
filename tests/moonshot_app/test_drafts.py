"""Drafts in the browser: proposed by an assistant, read, edited, signed by a person, or not."""

import re
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from models.permission import Role
from moonshot_cli.postgres.cluster import SUPERUSER
from tests.ground import Database
from tests.moonshot_app.axe import violations
from tests.moonshot_app.site import PASSWORD, Site
from tests.moonshot_app.visitors import (
    call,
    colleague,
    connect,
    enter,
    enter_as_owner,
    propose,
    settled,
    tenant_of,
)

DRAFTS = "/admin/ai-drafts/"


@pytest.fixture
def token(own_page: Page) -> str:
    return connect(own_page, "Claude")


def unproved(database: Database, page: Page) -> None:
    """As if the password had been given long ago."""
    (cookie,) = [each for each in page.context.cookies() if each.get("name") == "mc_session"]
    with database.connect(SUPERUSER) as admin:
        admin.execute(
            "UPDATE identity.sessions SET proved_at = app.now() - interval '16 minutes' "
            "WHERE tenant_id = %s",
            [tenant_of(database, f"mc_session={cookie.get('value')}")],
        )


def notes_of(page: Page, token: str, draft: str) -> list[str]:
    """Plans of the patient's notes, as an assistant reads them."""
    state = call(page, token, "get_draft_status", draft_id=draft)["structuredContent"]
    patient_id = state["drafts"][0]["patient_id"]
    told = call(page, token, "get_chart_notes", patient_id=patient_id)["structuredContent"]
    return [note.get("plan", "") for note in told["notes"]]


@pytest.mark.promise("8.drafts.edited", "8.drafts.facts")
def test_from_today_s_visit_to_a_signed_note_that_the_assistant_reads(own_page: Page, token: str):
    page = own_page
    me = call(page, token, "whoami")["structuredContent"]
    assert "draft_chart_note" in me["tools"]
    today = call(page, token, "get_appointments", date_range="today")["structuredContent"]
    (visit,) = [v for v in today["appointments"] if v["patient"] == "John Smith"]
    facts = call(page, token, "get_visit_facts", patient_id=visit["patient_id"])
    assert facts["isError"] is False
    soap = {"subjective": "Feels well.", "plan": "Testosterone 100 mg weekly.\nLabs in May."}
    drafted = call(page, token, "draft_chart_note", patient_id=visit["patient_id"], soap=soap)
    link, draft = (drafted["structuredContent"][name] for name in ("link", "draft_id"))
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Chart note for John Smith")
    expect(page.get_by_text("Read before it was proposed: Appointments")).to_be_visible()
    expect(page.locator("aside.facts")).to_contain_text("Blood pressure")
    assert violations(page) == []
    page.get_by_role("button", name="Edit Plan").click()
    page.locator("#text").fill("Testosterone 80 mg weekly.\nLabs in May.")
    expect(page.get_by_text(re.compile(r"^Saved \d"))).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".note section ins", has_text="80")).to_be_visible()
    expect(page.locator(".note section del", has_text="100")).to_be_visible()
    page.get_by_role("button", name="Sign as Dana Whitaker").click()
    expect(page.get_by_text("Signed: Chart note for John Smith")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{DRAFTS}$"))
    assert any("80 mg weekly" in plan for plan in notes_of(page, token, draft))
    page.goto(link)
    expect(page.get_by_text(re.compile("^Signed by Dana Whitaker"))).to_be_visible()
    expect(page.get_by_role("button", name="Sign as")).to_have_count(0)


@pytest.mark.promise("7.held.release-and-sign", "7.held.shared-words")
def test_a_message_after_the_inbox_is_held_and_released_and_signed_on_one_page(
    own_page: Page, token: str, database: Database
):
    page = own_page
    inbox = call(page, token, "get_inbox", filter="all", limit=50)["structuredContent"]["items"]
    order = next(item for item in inbox if "1 202 555 0143" in item["body"])
    told = call(
        page,
        token,
        "draft_patient_message",
        patient_id=order["patient_id"],
        channel="portal",
        body="Thank you. Please call +1 202 555 0143 before your next visit.",
    )
    assert told["isError"] is True
    address = re.search(r"http\S+/admin/ai-drafts/[0-9a-f-]{36}", told["content"][0]["text"])
    assert address is not None
    page.goto(DRAFTS)
    expect(settled(page).get_by_text("No draft waits")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Held")).click()
    expect(page.get_by_text("Held, look first")).to_be_visible()
    assert violations(page) == []
    page.goto(address.group())
    expect(page.locator("mark.is-phone").first).to_contain_text("202 555 0143")
    expect(page.get_by_text("Phone number")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Release and sign as Dana Whitaker").click()
    expect(page.get_by_text(re.compile("^Signed: Held: portal message"))).to_be_visible()
    held = address.group().rpartition("/")[2]
    with database.connect(SUPERUSER) as admin:
        counted = admin.execute(
            "SELECT count(*) FROM app.portal_messages m JOIN app.pending_actions a "
            "ON a.id = m.pending_action_id WHERE a.held_proposal_id = %s",
            [UUID(held)],
        ).fetchone()
    assert counted == (1,)
    page.goto(address.group())
    expect(page.get_by_text("It was released and waits no more.")).to_be_visible()


@pytest.mark.promise("8.signing.proof-again")
def test_who_proved_long_ago_is_asked_for_the_password_once(
    own_page: Page, token: str, database: Database
):
    page, draft = own_page, propose(own_page, token, "Sign me.")
    page.goto(draft)
    expect(settled(page).locator("#password")).to_have_count(0)
    unproved(database, page)
    page.goto(draft)
    page.fill("#password", "not the right sentence")
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_role("alert")).to_have_text("This is not your password.")
    assert violations(page) == []
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_text("Signed: Chart note for John Smith")).to_be_visible()
    page.goto(propose(page, token, "And me."))
    expect(settled(page).locator("#password")).to_have_count(0)


@pytest.mark.promise("8.drafts.rejected")
def test_one_goes_through_drafts_by_the_keyboard_alone(own_page: Page, token: str):
    page = own_page
    for plan in ("First.", "Second.", "Third."):
        propose(page, token, plan)
    page.goto(DRAFTS)
    expect(page.locator(".table .opens")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chart note for John Smith")
    expect(page.get_by_text("Second.")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reason")).to_have_count(0)
    page.keyboard.press("r")
    page.keyboard.type("Not this visit.")
    page.keyboard.press("Enter")
    # Behind it stands the third; then from the beginning.
    expect(page.get_by_text("Rejected: Chart note for John Smith")).to_be_visible()
    expect(page.get_by_text("Third.")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("She is well. ")
    expect(page.get_by_text(re.compile(r"^Saved \d"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".note section ins")).to_contain_text("She is well.")
    page.locator("h1").click()
    page.keyboard.press("s")
    expect(page.get_by_text("Signed: Chart note for John Smith")).to_be_visible()
    expect(page.get_by_text("First.")).to_be_visible()
    told = call(page, token, "get_draft_status")["structuredContent"]["drafts"]
    assert [(d["status"], d.get("reject_reason")) for d in told] == [
        ("signed", None),
        ("rejected", "Not this visit."),
        ("pending", None),
    ]


def test_who_edits_what_another_has_changed_is_told_and_loses_nothing(
    own_page: Page, token: str, browser: BrowserContext, site: Site
):
    draft = propose(own_page, token, "As it was.")
    (cookie,) = [each for each in own_page.context.cookies() if each.get("name") == "mc_session"]
    other = enter(browser, site, f"mc_session={cookie.get('value')}")
    for page in (own_page, other):
        page.goto(draft)
        page.get_by_role("button", name="Edit Plan").click()
    other.locator("#text").fill("As another has it.")
    expect(other.get_by_text(re.compile(r"^Saved \d"))).to_be_visible()
    own_page.locator("#text").fill("As I have it.")
    expect(own_page.get_by_text("This draft was edited meanwhile")).to_be_visible()
    expect(own_page.locator("#text")).to_have_value("As I have it.")
    own_page.get_by_role("button", name="Keep mine").click()
    expect(own_page.get_by_text(re.compile(r"^Saved \d"))).to_be_visible()
    own_page.get_by_role("button", name="Done").click()
    expect(own_page.locator(".note section ins")).to_contain_text("I have it.")


@pytest.mark.promise("8.drafts.revoked-since")
def test_a_draft_says_that_its_connection_was_revoked(own_page: Page, token: str):
    draft = propose(own_page, token, "Go on.")
    own_page.goto("/admin/ai-mcp/")
    own_page.get_by_role("button", name="Revoke Claude").click()
    own_page.locator(".opened").get_by_role("button", name="Revoke Claude").click()
    expect(own_page.get_by_text("Claude is revoked")).to_be_visible()
    own_page.goto(draft)
    expect(own_page.get_by_text("The connection Claude was revoked")).to_be_visible()
    own_page.goto(DRAFTS)
    expect(own_page.get_by_text("Connection revoked since")).to_be_visible()


@pytest.mark.promise("8.signing.needs-permission")
def test_who_may_not_sign_sees_no_button_and_who_may_not_draft_no_page(
    own_page: Page, token: str, browser: BrowserContext, site: Site, database: Database
):
    draft = propose(own_page, token, "Go on.")
    (cookie,) = [each for each in own_page.context.cookies() if each.get("name") == "mc_session"]
    tenant_id = tenant_of(database, f"mc_session={cookie.get('value')}")
    nurse = enter(browser, site, colleague(database, tenant_id, Role.NURSE))
    nurse.goto(draft)
    expect(nurse.get_by_text("Somebody who may sign this will decide")).to_be_visible()
    expect(nurse.get_by_role("button", name=re.compile("^Sign as"))).to_have_count(0)
    assert violations(nurse) == []
    biller = enter(browser, site, colleague(database, tenant_id, Role.BILLER))
    for address in (draft, DRAFTS):
        biller.goto(address)
        expect(biller).to_have_url(re.compile("/not-allowed/$"))


@pytest.mark.promise("4.crossing.pages")
def test_a_draft_of_another_clinic_is_none(
    own_page: Page, token: str, browser: BrowserContext, site: Site
):
    draft = propose(own_page, token, "Go on.")
    stranger = enter_as_owner(browser, site)
    for address in (draft, f"{DRAFTS}{uuid4()}/", f"{DRAFTS}nothing/"):
        stranger.goto(address)
        expect(stranger.get_by_role("heading", level=1)).to_have_text(
            "No such draft in this clinic"
        )
        assert violations(stranger) == []


@pytest.mark.promise("8.drafts.queue")
@pytest.mark.parametrize("which", ["mine", "all", "held", "signed", "rejected", "whatever"])
def test_an_empty_part_of_the_queue_says_what_would_be_there(
    site: Site, browser: BrowserContext, page: Page, which: str
):
    page.goto(f"{DRAFTS}?which={which}")
    expect(settled(page).locator(".empty h2")).not_to_be_empty()
    assert violations(page) == []


@pytest.mark.promise("7.taint.new-conversation")
def test_a_new_conversation_is_said_where_the_connections_are(own_page: Page, token: str):
    page = own_page
    draft = propose(page, token, "Before.")
    page.goto("/admin/ai-mcp/")
    expect(settled(page).get_by_role("button", name="New conversation")).to_have_count(0)
    call(page, token, "get_inbox")
    told = call(page, token, "get_draft_status", draft_id=draft.split("/")[-2])
    patient_id = told["structuredContent"]["drafts"][0]["patient_id"]
    given = {"patient_id": patient_id, "soap": {"plan": "After."}}
    assert call(page, token, "draft_chart_note", **given)["isError"] is True
    page.goto("/admin/ai-mcp/")
    page.get_by_role("button", name="New conversation Claude").click()
    expect(page.get_by_text("An old chat that goes on still knows that text")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="I have begun a new chat").click()
    expect(page.get_by_text("What Claude had read counts no more")).to_be_visible()
    expect(page.get_by_role("button", name="New conversation")).to_have_count(0)
    given["soap"] = {"plan": "In a new chat."}
    assert call(page, token, "draft_chart_note", **given)["isError"] is False
