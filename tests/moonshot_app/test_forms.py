"""Signing up, in and out at the web: how often it may be tried, and what a session leaves."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from psycopg import Connection

from tests.ground import SUPERUSER
from tests.moonshot_app.site import PASSWORD, Answer, Site, cookie_of, somewhere

Connect = Callable[[str], Connection[Any]]


def came_back(answer: Answer) -> str:
    """What the form said when it could not be taken."""
    assert answer.status == 303
    cookie = (answer.getheader("set-cookie") or "").split(";")[0].partition("=")[2]
    typed = json.loads(base64.urlsafe_b64decode(cookie.strip('"')))
    return typed["said"] or json.dumps(typed["wrong"])


def exhaust(connect: Connect, kind: str, network: str) -> None:
    superuser = connect(SUPERUSER)
    superuser.execute("SELECT identity.take_turn(%s, %s)", [kind, network])
    superuser.execute(
        "SELECT identity.count_try(%s, %s) FROM generate_series(1, 100)", [kind, network]
    )


@pytest.fixture(scope="module")
def email(site: Site) -> str:
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email)
    return email


def is_open(site: Site, cookie: str) -> bool:
    """Whether the session is one."""
    return site.ask("GET", "/admin/ai-mcp/log/calls.csv", cookie=cookie).status == 200


@pytest.mark.promise("15.settings.proxy")
def test_guesses_are_counted_by_where_the_trusted_proxy_saw_them_come_from(
    site: Site, email: str, connect: Connect
):
    tired, fresh = "203.0.113.77", somewhere()
    exhaust(connect, "sign_in_from", tired)
    form = {"email": email, "password": PASSWORD}
    # What stands before the last address was said by the client itself.
    for chain in (tired, f"{fresh}, {tired}"):
        said = came_back(site.post("/auth/sign-in", came_from=chain, **form))
        assert "from your network" in said
        assert "Try again in 15 minutes." in said
    for chain in (fresh, f"{tired}, {fresh}"):
        answer = site.post("/auth/sign-in", came_from=chain, **form)
        assert answer.getheader("location") == "/onboarding/"


def test_accounts_are_counted_by_network_too_also_those_that_are_taken(
    site: Site, email: str, connect: Connect
):
    network = somewhere()
    form = {"name": "A", "clinic": "B", "time_zone": "UTC", "password": PASSWORD}
    said = came_back(site.post("/auth/sign-up", came_from=network, email=email, **form))
    assert "There is an account with this address." in said
    exhaust(connect, "sign_up_from", network)
    for address in (email, f"{uuid4()}@clinic.example"):
        said = came_back(site.post("/auth/sign-up", came_from=network, email=address, **form))
        assert said == ("Too many accounts were opened from your network. Try again in 60 minutes.")


@pytest.mark.promise("13.accounts.told-alike")
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(site: Site, email: str):
    said = {
        came_back(site.post("/auth/sign-in", email=address, password="wrong but long enough"))
        for address in (email, f"{uuid4()}@nobody.example", "no address at all")
    }
    assert said == {"The e-mail address or the password is wrong."}


def test_each_sign_in_has_a_session_of_its_own_and_ends_the_browser_s_last(site: Site, email: str):
    form = {"email": email, "password": PASSWORD}
    elsewhere, first = (cookie_of(site.post("/auth/sign-in", **form)) for _ in range(2))
    second = cookie_of(site.post("/auth/sign-in", cookie=first, **form))
    assert len({elsewhere, first, second}) == 3
    assert [is_open(site, each) for each in (elsewhere, first, second)] == [True, False, True]
    other = cookie_of(
        site.post(
            "/auth/sign-up",
            cookie=second,
            name="Otto Other",
            email=f"{uuid4()}@clinic.example",
            clinic="Birch Clinic",
            time_zone="UTC",
            password=PASSWORD,
        )
    )
    assert [is_open(site, each) for each in (second, other)] == [False, True]


def test_a_session_of_the_client_s_own_choice_is_none(site: Site, email: str):
    chosen = "mc_session=chosen-by-someone-else"
    given = cookie_of(site.post("/auth/sign-in", cookie=chosen, email=email, password=PASSWORD))
    assert given != chosen
    assert [is_open(site, each) for each in (chosen, given)] == [False, True]


def test_sign_out_ends_the_session_in_the_database(site: Site, email: str):
    cookie = cookie_of(site.post("/auth/sign-in", email=email, password=PASSWORD))
    assert is_open(site, cookie)
    answer = site.post("/auth/sign-out", cookie=cookie)
    assert answer.getheader("location") == "/sign-in/?out=1"
    assert not is_open(site, cookie)
    assert site.post("/auth/sign-out", cookie=cookie).getheader("location") == "/sign-in/?out=1"


@pytest.mark.parametrize(
    "to", ["/patients/", "/admin/ai-mcp/log/?when=today", "/connect/?ask=a-_B"]
)
def test_who_signs_in_goes_on_where_he_wanted_to(site: Site, email: str, to: str):
    answer = site.post("/auth/sign-in", email=email, password=PASSWORD, to=to)
    assert answer.getheader("location") == to
    answer = site.post("/auth/sign-in", email=email, password="wrong but long enough", to=to)
    assert answer.getheader("location") == f"/sign-in/?{urlencode({'to': to})}"


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/patients/../..//evil.example",
        "/patients//evil.example",
        "/patients/\r\nset-cookie: a=b",
        "/auth/sign-out",
        "javascript:alert(1)",
        "/patients/?" + "a" * 501,
    ],
)
def test_nobody_is_led_anywhere_else(site: Site, email: str, to: str):
    answer = site.post("/auth/sign-in", email=email, password=PASSWORD, to=to)
    assert answer.getheader("location") == "/onboarding/"
    answer = site.post("/auth/sign-in", email=email, password="wrong but long enough", to=to)
    assert answer.getheader("location") == "/sign-in/"
