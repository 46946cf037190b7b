"""What stands before every page: hosts, origins, headers, forms."""

import re
from uuid import uuid4

import pytest

from tests.moonshot_app.site import PASSWORD, Site, cookie_of


@pytest.mark.promise("5.refusals.host")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1"])
def test_a_foreign_host_name_is_misdirected(site: Site, host: str):
    assert site.ask("GET", "/", host=host).status == 421
    assert site.ask("GET", "/readyz", host=host).status == 200


@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/sign-up", "/auth/sign-out", "/"])
@pytest.mark.parametrize("origin", [None, "null", "http://evil.example"])
def test_a_form_of_another_page_is_refused(site: Site, path: str, origin: str | None):
    headers = {} if origin is None else {"origin": origin}
    assert site.ask("POST", path, "", **headers).status == 403


@pytest.mark.parametrize("path", ["/_upload", "/_upload/x", "/ping", "/_health"])
def test_the_framework_s_own_routes_are_closed(site: Site, path: str):
    assert site.ask("GET", path).status == 404
    assert site.ask("POST", path, "x", origin=site.origin).status == 404


@pytest.mark.parametrize("path", ["/_event", "/_event/"])
def test_a_tab_speaks_by_websocket_alone(site: Site, path: str):
    polling = f"{path}?EIO=4&transport=polling&token=tab"
    assert site.ask("GET", polling, origin=site.origin).status == 404
    assert site.ask("POST", polling, "40/_event,", origin=site.origin).status == 404


@pytest.mark.promise("13.manners.csp")
@pytest.mark.parametrize("path", ["/", "/sign-in/", "/sign-up/", "/no-such-page", "/favicon.svg"])
def test_a_page_keeps_to_itself(site: Site, path: str):
    answer = site.ask("GET", path)
    policy = answer.getheader("content-security-policy") or ""
    scripts = re.search("script-src ([^;]*)", policy)
    assert scripts is not None
    assert "unsafe" not in scripts[1]
    assert "frame-ancestors 'none'" in policy
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert answer.getheader("cache-control") == "no-store"
    assert answer.getheader("access-control-allow-origin") is None


def test_scripts_know_the_origin_and_are_kept(site: Site):
    page = site.ask("GET", "/").text
    scripts = set(re.findall(r"/assets/[\w.-]+\.js", page))
    assert scripts
    answers = [site.ask("GET", script) for script in scripts]
    assert all("immutable" in (a.getheader("cache-control") or "") for a in answers)
    assert not any("moonshot.invalid" in a.text for a in answers)


@pytest.mark.promise("13.sessions.cookie")
def test_a_session_is_a_cookie_that_scripts_cannot_see(site: Site):
    email = f"{uuid4()}@clinic.example"
    site.signed_up(email)
    answer = site.post("/auth/sign-in", email=email.upper(), password=PASSWORD)
    (session,) = [c for n, c in answer.headers if n == "set-cookie" and "mc_session" in c]
    assert "HttpOnly" in session
    assert "samesite=lax" in session.lower()
    assert answer.getheader("clear-site-data") == '"storage"'
    assert cookie_of(answer)


def test_a_form_that_cannot_be_taken_comes_back_without_its_password(site: Site):
    email = f"{uuid4()}@clinic.example"
    for fields, path in (
        ({"email": email, "password": "wrong but long enough"}, "/sign-in/"),
        ({"email": email, "password": "short", "name": "A", "clinic": "B"}, "/sign-up/"),
    ):
        answer = site.post(f"/auth{path[:-1]}", **fields)
        assert (answer.status, answer.getheader("location")) == (303, path)
        came_back = answer.getheader("set-cookie") or ""
        assert came_back.startswith("mc_typed=")
        assert "HttpOnly" in came_back
        assert fields["password"] not in came_back


def test_the_endpoint_is_reached_through_the_same_origin(site: Site):
    answer = site.ask("POST", "/api/mcp/v1", "{}", content_type="application/json")
    assert answer.status == 401
    assert "Bearer" in (answer.getheader("www-authenticate") or "")
    large = "x" * (3 << 20)
    token = "Bearer mcl_test_" + "0" * 42
    assert site.ask("POST", "/api/mcp/v1", large, authorization=token).status in {401, 413}
