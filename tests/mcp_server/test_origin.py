"""A page of an allowed origin may call from a browser; a page of another learns nothing."""

import pytest

from tests.mcp_server.endpoint import MODERN, Answer, Endpoint, modern_headers
from tests.mcp_server.furnished import Furnished

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
SENT = {"authorization", "content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name"}


@pytest.fixture
def ours(endpoint: Endpoint) -> str:
    return f"http://127.0.0.1:{endpoint.port}"


def preflight(endpoint: Endpoint, origin: str) -> Answer:
    """As a browser asks before it lets a page send a credential."""
    asked = {
        "access_control_request_method": "POST",
        "access_control_request_headers": ",".join(sorted(SENT)),
        "content_type": "",
        "accept": "*/*",
    }
    return endpoint.send("OPTIONS", None, token=None, origin=origin, **asked)


def is_shared(answer: Answer, origin: str) -> bool:
    """Whether a browser would show the answer to a page of that origin."""
    return answer.headers.get("access-control-allow-origin") == origin


def test_a_browser_is_told_what_a_page_of_ours_may_send(endpoint: Endpoint, ours: str):
    answer = preflight(endpoint, ours)
    assert (answer.status, answer.body) == (204, b"")
    assert is_shared(answer, ours)
    assert answer.headers["vary"] == "origin"
    assert answer.headers["access-control-allow-methods"] == "POST"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert set(allowed) >= SENT | set(modern_headers("tools/call", {"name": "whoami"}))
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in answer.headers
    assert "content-length" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
def test_a_browser_is_told_nothing_for_a_page_of_others(
    endpoint: Endpoint, furnished: Furnished, origin: str
):
    token = furnished.clinic.provider.token.text
    for answer in (preflight(endpoint, origin), endpoint.post(PING, token=token, origin=origin)):
        assert answer.status == 403
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_request_of_a_page_of_ours_is_answered_such_that_the_page_may_read_it(
    endpoint: Endpoint, furnished: Furnished, ours: str
):
    token = furnished.clinic.provider.token.text
    called = endpoint.call("whoami", token=token, version=MODERN, origin=ours)
    assert called.content
    refused = endpoint.post(PING, token=None, origin=ours)
    assert (refused.status, "www-authenticate" in refused.headers) == (401, True)
    wrong = endpoint.call("no_such_tool", token=token, version=MODERN, origin=ours)
    strange = endpoint.post(b"{", token=token, origin=ours)
    got = endpoint.send("GET", token=token, origin=ours)
    assert [a.status for a in (wrong, strange, got)] == [400, 400, 405]
    for answer in (called, refused, wrong, strange, got):
        assert is_shared(answer, ours)
        assert answer.headers["vary"] == "origin"
        exposed = answer.headers["access-control-expose-headers"]
        assert exposed == "www-authenticate, retry-after"
        assert "access-control-allow-credentials" not in answer.headers


def test_who_is_no_browser_is_told_nothing_of_it(endpoint: Endpoint, furnished: Furnished):
    token = furnished.clinic.provider.token.text
    for answer in (
        endpoint.post(PING, token=token),
        endpoint.send("OPTIONS", token=token, access_control_request_method="POST"),
        endpoint.send("OPTIONS", token=token),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "vary" not in answer.headers


def test_an_option_that_is_no_preflight_is_as_it_was(
    endpoint: Endpoint, furnished: Furnished, ours: str
):
    token = furnished.clinic.provider.token.text
    assert endpoint.send("OPTIONS", token=None, origin=ours).status == 401
    assert endpoint.send("OPTIONS", token=token, origin=ours).status == 405


def test_another_host_name_is_refused_before_a_page_is(endpoint: Endpoint, ours: str):
    answer = endpoint.send(
        "OPTIONS",
        token=None,
        origin=ours,
        host="evil.example",
        access_control_request_method="POST",
    )
    assert answer.status == 421
    assert "access-control-allow-origin" not in answer.headers
