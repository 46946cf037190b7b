"""Paste a URL, sign in, done: the official client connects from nothing but the address."""

import base64
import json
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from psycopg import Connection

from tests.conftest import Clock
from tests.ground import OWNER, Database
from tests.moonshot_app.oauth_client import Assistant, Callback, callback
from tests.moonshot_app.oauth_flow import ENDPOINT, REDIRECT, OAuth, allowed, body, proof
from tests.moonshot_app.site import PASSWORD, Site, somewhere
from tests.moonshot_app.visitors import tenant_of

Connect = Callable[[str], Connection[Any]]


@pytest.fixture
def page(chromium: Browser, site: Site) -> Generator[Page]:
    """Of someone who is signed out, and may be sent to other places."""
    context = chromium.new_context(
        base_url=site.origin, extra_http_headers={"X-Forwarded-For": somewhere()}
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def back() -> Generator[Callback]:
    with callback() as server:
        yield server


@pytest.fixture
def assistant(site: Site, back: Callback) -> Assistant:
    return Assistant(site.origin + ENDPOINT, back)


@pytest.mark.promise("1.promise.two-ways-in", "5.oauth.address-alone", "5.oauth.signed-in")
def test_a_person_is_four_clicks_from_the_first_answer(
    site: Site, page: Page, assistant: Assistant
):
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email)
    clicks: list[str] = []

    def clicked(what: str) -> None:
        clicks.append(what)

    page.expose_function("clicked", clicked)
    page.add_init_script(
        "addEventListener('click', e => window.clicked(e.target.textContent), true)"
    )
    answer = assistant.call("whoami")
    page.goto(assistant.visits.get(timeout=20))
    expect(page.get_by_text("Sign in to go on.")).to_be_visible()
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Allow Test Assistant to read this clinic?"
    )
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert "Alder Street Clinic" in answer.result(20)
    # And the one in the client's own panel.
    assert clicks == ["Sign in", "Allow"]
    assert "Alder Street Clinic" in assistant.call("whoami").result(20)
    assert assistant.visits.empty(), "it goes on without asking"


@pytest.mark.promise("5.oauth.iss")
def test_a_client_gives_no_code_to_anyone_when_another_issuer_answers(
    owner: Page, assistant: Assistant
):
    assistant.instead = {"iss": "https://evil.example"}
    answer = assistant.call("whoami")
    owner.goto(assistant.visits.get(timeout=20))
    owner.get_by_role("button", name="Allow", exact=True).click()
    expect(owner.get_by_role("heading", name="Connected")).to_be_visible()
    assert answer.exception(20) is not None
    owner.goto("/admin/ai-mcp/")
    expect(owner.get_by_text("No assistant is connected yet")).to_be_visible()


@pytest.fixture
def owner(page: Page, site: Site) -> Page:
    """Of someone who is signed in."""
    name, value = site.signed_up(f"{uuid4()}@clinic.example").split("=", 1)
    page.context.add_cookies([{"name": name, "value": value, "url": site.origin}])
    return page


@pytest.fixture
def client(site: Site) -> OAuth:
    return OAuth(site).register(client_name="Claude", token_endpoint_auth_method="none")


@pytest.fixture
def granted(client: OAuth, owner: Page) -> dict[str, Any]:
    """Tokens."""
    key = proof()
    return body(client.redeem(allowed(owner, client.asks(key))["code"], key))


def reads(site: Site, token: str) -> int:
    return site.mcp.endpoint.call("whoami", {}, token=token).status


@pytest.mark.promise("5.oauth.iss")
def test_a_client_is_told_who_answers_and_its_own_state(site: Site, client: OAuth, owner: Page):
    told = allowed(owner, client.asks(proof()))
    assert told.keys() == {"code", "state", "iss"}
    assert (told["state"], told["iss"]) == ("state-1", site.origin)


@pytest.mark.promise("5.oauth.refresh")
def test_tokens_live_an_hour_and_are_refreshed(
    site: Site, client: OAuth, granted: dict[str, Any], clock: Clock
):
    assert granted["token_type"] == "Bearer"
    assert granted["scope"] == "clinic:read clinic:propose"
    assert granted["expires_in"] == 3600
    assert reads(site, granted["access_token"]) == 200
    clock.move(timedelta(minutes=59))
    assert reads(site, granted["access_token"]) == 200
    clock.move(timedelta(minutes=2))
    assert reads(site, granted["access_token"]) == 401
    fresh = body(client.refresh(granted["refresh_token"]))
    assert reads(site, fresh["access_token"]) == 200
    assert fresh["refresh_token"] != granted["refresh_token"]


@pytest.mark.promise("5.oauth.refresh")
def test_an_old_refresh_token_ends_the_whole_family(
    site: Site, client: OAuth, granted: dict[str, Any]
):
    first = body(client.refresh(granted["refresh_token"]))
    second = body(client.refresh(first["refresh_token"]))
    assert reads(site, second["access_token"]) == 200
    assert body(client.refresh(granted["refresh_token"]), 400)["error"] == "invalid_grant"
    for token in (granted, first, second):
        assert reads(site, token["access_token"]) == 401
    assert body(client.refresh(second["refresh_token"]), 400)["error"] == "invalid_grant"


def test_of_many_who_refresh_at_once_none_goes_on(
    site: Site, client: OAuth, granted: dict[str, Any]
):
    with ThreadPoolExecutor(8) as threads:
        came = list(threads.map(lambda _: client.refresh(granted["refresh_token"]), range(8)))
    won = [json.loads(answer.text) for answer in came if answer.status == 200]
    assert len(won) <= 1
    assert [reads(site, each["access_token"]) for each in (*won, granted)] == [401] * (len(won) + 1)


@pytest.mark.promise("5.oauth.code-once")
def test_a_code_is_good_once_and_its_replay_ends_what_it_gave(
    site: Site, client: OAuth, owner: Page
):
    key = proof()
    code = allowed(owner, client.asks(key))["code"]
    tokens = body(client.redeem(code, key))
    assert reads(site, tokens["access_token"]) == 200
    assert body(client.redeem(code, key), 400)["error"] == "invalid_grant"
    assert reads(site, tokens["access_token"]) == 401


def test_of_many_who_redeem_at_once_none_keeps_anything(site: Site, client: OAuth, owner: Page):
    key = proof()
    code = allowed(owner, client.asks(key))["code"]
    with ThreadPoolExecutor(8) as threads:
        came = list(threads.map(lambda _: client.redeem(code, key), range(8)))
    won = [json.loads(answer.text) for answer in came if answer.status == 200]
    assert len(won) <= 1
    assert [reads(site, each["access_token"]) for each in won] == [401] * len(won)


def test_a_code_comes_too_late_after_a_minute(client: OAuth, owner: Page, clock: Clock):
    key = proof()
    code = allowed(owner, client.asks(key))["code"]
    clock.move(timedelta(seconds=61))
    assert body(client.redeem(code, key), 400)["error"] == "invalid_grant"


@pytest.mark.promise("5.oauth.s256", "5.oauth.resource")
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "a" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "https://assistant.example/other"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"resource": "https://other.example/api/mcp/v1"}, "invalid_target"),
        ({"code": "mcl_code_unknown"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "nobody"}, "invalid_client"),
    ],
)
def test_a_code_is_for_who_asked_as_it_was_asked(
    client: OAuth, owner: Page, changed: dict[str, str], error: str
):
    key = proof()
    code = allowed(owner, client.asks(key))["code"]
    status = 401 if error == "invalid_client" else 400
    assert body(client.redeem(code, key, **changed), status)["error"] == error
    assert client.redeem(code, key).status == 200, "nobody else could use it up"


def test_another_client_has_no_use_for_a_code_or_a_refresh_token(
    site: Site, client: OAuth, owner: Page
):
    other = OAuth(site).register(token_endpoint_auth_method="none")
    key = proof()
    code = allowed(owner, client.asks(key))["code"]
    assert body(other.redeem(code, key), 400)["error"] == "invalid_grant"
    tokens = body(client.redeem(code, key))
    assert body(other.refresh(tokens["refresh_token"]), 400)["error"] == "invalid_grant"
    assert other.give_back(tokens["refresh_token"]).status == 200
    assert reads(site, tokens["access_token"]) == 200


@pytest.mark.promise("5.oauth.revocation")
def test_a_client_gives_a_token_back_and_all_of_the_grant_ends(
    site: Site, client: OAuth, granted: dict[str, Any], owner: Page
):
    assert client.give_back(granted["access_token"]).status == 200
    assert reads(site, granted["access_token"]) == 401
    assert body(client.refresh(granted["refresh_token"]), 400)["error"] == "invalid_grant"
    owner.goto("/admin/ai-mcp/")
    expect(owner.locator("tbody .badge", has_text="Revoked")).to_have_count(1)


@pytest.mark.promise("5.oauth.one-kind")
def test_a_person_revokes_a_grant_by_the_same_button(
    site: Site, client: OAuth, granted: dict[str, Any], owner: Page
):
    owner.goto("/admin/ai-mcp/")
    owner.get_by_role("button", name="Revoke Claude").click()
    owner.locator(".opened").get_by_role("button", name="Revoke Claude").click()
    expect(owner.get_by_text("Claude is revoked.")).to_be_visible()
    assert reads(site, granted["access_token"]) == 401
    assert body(client.refresh(granted["refresh_token"]), 400)["error"] == "invalid_grant"


@pytest.mark.promise("5.oauth.consent-click")
def test_a_person_says_no(site: Site, client: OAuth, owner: Page):
    came: list[str] = []
    owner.route(f"{REDIRECT}*", lambda route: (came.append(route.request.url), route.fulfill()))
    owner.goto(client.asks(proof()))
    owner.get_by_role("button", name="Do not allow").click()
    owner.wait_for_url(f"{REDIRECT}*")
    told = dict(parse_qsl(urlsplit(came[0]).query))
    assert told == {"error": "access_denied", "state": "state-1", "iss": site.origin}


def test_a_role_and_reading_alone_are_chosen_on_the_page(site: Site, client: OAuth, owner: Page):
    key = proof()
    code = allowed(owner, client.asks(key), role="owner", reach="Read only")["code"]
    tokens = body(client.redeem(code, key))
    assert tokens["scope"] == "clinic:read"
    told = site.mcp.endpoint.call("whoami", {}, token=tokens["access_token"])
    assert '"owner"' in json.dumps(told.result)


@pytest.mark.promise("5.oauth.consent-click")
def test_a_question_is_answered_once(client: OAuth, owner: Page):
    allowed(owner, client.asks(proof()))
    owner.go_back()
    expect(owner.get_by_role("heading", level=1)).to_have_text("This question is no longer open")


def test_a_client_with_a_secret_proves_who_it_is(client: OAuth, site: Site, owner: Page):
    for method in ("client_secret_post", "client_secret_basic"):
        one = OAuth(site).register(token_endpoint_auth_method=method)
        key = proof()
        code = allowed(owner, one.asks(key))["code"]
        assert body(one.redeem(code, key), 401)["error"] == "invalid_client"
        wrong = {"client_secret": "wrong"}
        assert body(one.redeem(code, key, **wrong), 401)["error"] == "invalid_client"
        if method == "client_secret_post":
            assert one.redeem(code, key, client_secret=one.client_secret).status == 200
            continue
        pair = base64.b64encode(f"{one.client_id}:{one.client_secret}".encode()).decode()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": key.verifier,
        }
        assert one.token(form, authorization=f"Basic {pair}").status == 200


def test_a_client_that_nobody_used_is_forgotten_after_a_day(
    site: Site, client: OAuth, granted: dict[str, Any], clock: Clock
):
    unused = OAuth(site).register(token_endpoint_auth_method="none")
    clock.move(timedelta(hours=49))
    for _ in range(20):
        OAuth(site).register()  # takes some away
    answer = unused.refresh("mcl_refresh_x")
    assert body(answer, 401)["error"] == "invalid_client"
    answer = site.ask("GET", unused.asks(proof()))
    assert answer.getheader("location") == "/connect/problem/?why=client"
    assert client.refresh(granted["refresh_token"]).status == 200


def test_a_client_that_nobody_used_may_still_ask_the_day_after(
    site: Site, client: OAuth, clock: Clock
):
    clock.move(timedelta(hours=25))
    answer = site.ask("GET", client.asks(proof()))
    assert (answer.getheader("location") or "").startswith("/sign-in/?to=%2Fconnect%2F")


def test_who_asks_to_read_gets_no_more_whatever_the_page_says(
    site: Site, client: OAuth, owner: Page
):
    key, took_away = proof(), "document.querySelectorAll('[name=reach]').forEach(e => e.remove())"
    owner.goto(client.asks(key, scope="clinic:read"))
    expect(owner.get_by_role("button", name="Allow", exact=True)).to_be_visible()
    owner.evaluate(took_away)
    came: list[str] = []
    owner.route(f"{REDIRECT}*", lambda route: (came.append(route.request.url), route.fulfill()))
    owner.get_by_role("button", name="Allow", exact=True).click()
    owner.wait_for_url(f"{REDIRECT}*")
    code = dict(parse_qsl(urlsplit(came[0]).query))["code"]
    assert body(client.redeem(code, key))["scope"] == "clinic:read"


def test_of_who_has_left_nothing_is_refreshed(
    client: OAuth, granted: dict[str, Any], connect: Connect, owner: Page, database: Database
):
    (cookie,) = [c for c in owner.context.cookies() if c.get("name") == "mc_session"]
    tenant = tenant_of(database, f"mc_session={cookie.get('value')}")
    connect(OWNER).execute("UPDATE app.staff SET active = false WHERE tenant_id = %s", [tenant])
    assert body(client.refresh(granted["refresh_token"]), 400)["error"] == "invalid_grant"


def test_who_has_lost_the_role_meanwhile_gives_nothing(
    client: OAuth, connect: Connect, owner: Page, database: Database
):
    (cookie,) = [c for c in owner.context.cookies() if c.get("name") == "mc_session"]
    tenant = tenant_of(database, f"mc_session={cookie.get('value')}")
    key = proof()
    code = allowed(owner, client.asks(key))["code"]
    connect(OWNER).execute("UPDATE app.staff SET roles = '{biller}' WHERE tenant_id = %s", [tenant])
    assert body(client.redeem(code, key), 400)["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("clinic:Read", "clinic:read"),
        ("clinic:read clinic:write", "clinic:read"),
        ("openid offline_access", "clinic:read clinic:propose"),
        (None, "clinic:read clinic:propose"),
    ],
)
def test_a_misspelt_wish_is_never_more_than_reading(
    client: OAuth, owner: Page, scope: str | None, granted: str
):
    key = proof()
    code = allowed(owner, client.asks(key, scope=scope))["code"]
    assert body(client.redeem(code, key))["scope"] == granted


def test_no_token_outlives_its_grant(client: OAuth, granted: dict[str, Any], clock: Clock):
    clock.move(timedelta(days=90, minutes=-30))
    assert 29 * 60 < body(client.refresh(granted["refresh_token"]))["expires_in"] <= 30 * 60


@pytest.mark.parametrize("given", ["Basic ////", "Basic", "Bearer x"])
def test_a_header_that_names_no_client_is_as_none(
    client: OAuth, granted: dict[str, Any], given: str
):
    form = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert client.token(form, authorization=given).status == 200


@pytest.mark.promise("5.oauth.scope")
def test_a_grant_that_no_longer_fits_says_that_asking_again_helps(
    site: Site, granted: dict[str, Any], connect: Connect, owner: Page, database: Database
):
    (cookie,) = [c for c in owner.context.cookies() if c.get("name") == "mc_session"]
    tenant = tenant_of(database, f"mc_session={cookie.get('value')}")
    connect(OWNER).execute(
        "UPDATE app.mcp_credentials SET tools = '{whoami}' WHERE tenant_id = %s", [tenant]
    )
    answer = site.mcp.endpoint.call("get_labs", {}, token=granted["access_token"])
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="clinic:read clinic:propose"' in answer.headers["www-authenticate"]
    connect(OWNER).execute("UPDATE app.staff SET roles = '{owner}' WHERE tenant_id = %s", [tenant])
    answer = site.mcp.endpoint.call("whoami", {}, token=granted["access_token"])
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
