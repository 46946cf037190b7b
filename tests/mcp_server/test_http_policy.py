"""What HTTP itself is answered: who may ask, with what, and how it is said that he may not."""

import pytest

from models.tenant import Tier
from services.identity.token import new_token
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.furnished import Furnished

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


@pytest.fixture
def token(furnished: Furnished) -> str:
    return furnished.clinic.provider.token.text


def metadata(endpoint: Endpoint) -> str:
    origin = f"http://127.0.0.1:{endpoint.port}"
    where = f"{origin}/.well-known/oauth-protected-resource/api/mcp/v1"
    return f'resource_metadata="{where}", scope="clinic:read clinic:propose"'


@pytest.mark.promise("5.endpoint.challenge-of-any-method", "5.refusals.challenge")
@pytest.mark.parametrize("verb", ["POST", "GET", "HEAD", "DELETE", "OPTIONS", "PUT"])
def test_without_a_credential_every_method_gets_the_challenge(endpoint: Endpoint, verb: str):
    answer = endpoint.send(verb, PING, token=None)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == f"Bearer {metadata(endpoint)}"
    assert answer.headers["cache-control"] == "no-store"
    if verb != "HEAD":
        assert answer.code == 40101
        assert "Authorization: Bearer mcl_" in answer.error["message"]


BAD = {
    "another scheme": "Basic bWNsOm1jbA==",
    "no scheme": new_token(Tier.SANDBOX).text,
    "no token": "Bearer",
    "nothing": "Bearer  ",
    "another kind of token": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x",
    "a checksum that is wrong": f"Bearer {new_token(Tier.SANDBOX).text[:-1]}!",
    "well formed but unknown": f"Bearer {new_token(Tier.SANDBOX).text}",
    "of production and unknown": f"Bearer {new_token(Tier.PRODUCTION).text}",
    "too long": f"Bearer mcl_test_{'a' * 5000}",
    "bytes": "Bearer mcl_test_\xe9\xff",
}


@pytest.mark.promise("5.refusals.challenge")
@pytest.mark.parametrize("authorization", BAD)
def test_a_credential_that_is_none_gets_the_challenge_that_says_so(
    endpoint: Endpoint, authorization: str
):
    answer = endpoint.post(PING, token=None, authorization=BAD[authorization])
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer {metadata(endpoint)}, error="invalid_token", '
        'error_description="The credential is unknown, expired or revoked"'
    )
    assert answer.code == 40101
    assert answer.error["message"].startswith("The credential is ")
    assert "mcl_test_" not in answer.text
    assert "mcl_live_" not in answer.text


def test_the_scheme_is_read_in_any_letters(endpoint: Endpoint, token: str):
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert endpoint.post(PING, token=None, authorization=f"{scheme} {token}").result == {}


@pytest.mark.promise("5.endpoint.post-alone")
@pytest.mark.parametrize("verb", ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH"])
def test_only_post_is_answered(endpoint: Endpoint, token: str, verb: str):
    answer = endpoint.send(verb, token=token)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 415),
        ("text/plain", 415),
        ("application/json-seq", 415),
        ("multipart/form-data; boundary=application/json", 415),
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/json;charset=utf-8", 200),
    ],
)
def test_the_body_is_declared_as_json(endpoint: Endpoint, token: str, header: str, status: int):
    assert endpoint.post(PING, token=token, content_type=header).status == status


@pytest.mark.promise("5.endpoint.json")
@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("application/json", 200),
        ("text/event-stream, application/json", 200),
        ("text/event-stream", 406),
        ("text/html", 406),
    ],
)
def test_the_answer_is_json_and_json_must_be_welcome(
    endpoint: Endpoint, token: str, header: str, status: int
):
    answer = endpoint.post(PING, token=token, accept=header)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.promise("5.refusals.host")
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.evil.example",
        "[::1]",
    ],
)
def test_another_host_name_is_not_ours(endpoint: Endpoint, token: str, host: str):
    answer = endpoint.post(PING, token=token, host=host)
    assert (answer.status, answer.code) == (421, 42101)


def test_our_host_names_are(endpoint: Endpoint, token: str):
    for host in (f"127.0.0.1:{endpoint.port}", f"LocalHost:{endpoint.port}"):
        assert endpoint.post(PING, token=token, host=host).status == 200


@pytest.mark.promise("5.refusals.origin")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:1", "x"]
)
def test_pages_of_another_origin_may_not_ask(endpoint: Endpoint, token: str, origin: str):
    answer = endpoint.post(PING, token=token, origin=origin)
    assert (answer.status, answer.code) == (403, 40301)
    assert "access-control-allow-origin" not in answer.headers


def test_pages_of_our_own_origin_may(endpoint: Endpoint, token: str):
    for origin in (f"http://127.0.0.1:{endpoint.port}", f"HTTP://localhost:{endpoint.port}"):
        assert endpoint.post(PING, token=token, origin=origin).status == 200


def test_where_nothing_is_nothing_is_said(endpoint: Endpoint, token: str):
    for path in ("/", "/api/mcp", "/api/mcp/v1/", "/api/mcp/v2", "/docs", "/openapi.json"):
        with endpoint.connect() as connection:
            head = (
                f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{endpoint.port}\r\nconnection: close\r\n"
            )
            connection.sendall(f"{head}authorization: Bearer {token}\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 404 "), path


def test_an_answer_names_no_software(endpoint: Endpoint, token: str):
    answer = endpoint.post(PING, token=token)
    assert "server" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_an_offer_to_upgrade_is_refused_in_words(endpoint: Endpoint, token: str):
    for protocol in ("h2c", "websocket"):
        headers = {"connection": "Upgrade, HTTP2-Settings", "upgrade": protocol}
        answer = endpoint.post(PING, token=token, **headers)
        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert answer.error["message"] == "Speak HTTP/1.1 without offering an upgrade."
    assert endpoint.post(PING, token=token, upgrade="h2c").result == {}
