"""Clients of OAuth: registered or not, asking rightly or not, and where people are sent back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from tests.ground import SUPERUSER
from tests.moonshot_app.oauth_flow import ENDPOINT, REDIRECT, OAuth, body, proof
from tests.moonshot_app.site import Site, somewhere

Connect = Callable[[str], Connection[Any]]


@pytest.fixture
def client(site: Site) -> OAuth:
    return OAuth(site).register(client_name="Claude", token_endpoint_auth_method="none")


@pytest.mark.promise("5.oauth.s256", "5.oauth.resource")
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"resource": "https://other.example/"}, "invalid_target"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"state": "x" * 3_000}, "invalid_request"),
    ],
)
def test_who_asks_wrongly_is_told_so_where_it_wants(
    site: Site, client: OAuth, changed: dict[str, str | None], error: str
):
    told = client.sent_back(proof(), **changed)
    assert (told["error"], told["iss"]) == (error, site.origin)
    assert told["state"] == changed.get("state", "state-1")


@pytest.mark.promise("5.oauth.registration")
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"client_id": "nobody"}, "client"),
        ({"client_id": None}, "client"),
        ({"client_id": "Authorization"}, "header"),
        ({"redirect_uri": "https://evil.example/callback"}, "redirect"),
        ({"redirect_uri": REDIRECT + "/../other"}, "redirect"),
        ({"redirect_uri": REDIRECT + "?a=b"}, "redirect"),
        ({"redirect_uri": "http://[x"}, "redirect"),
        ({"redirect_uri": REDIRECT + "\\"}, "redirect"),
        ({"client_id": "https://assistant.example"}, "document"),
        ({"client_id": "https://ü.example/client.json"}, "document"),
        ({"client_id": "https://assistant.example:8443/client.json"}, "document"),
    ],
)
def test_nobody_is_sent_to_a_place_that_is_not_the_clients(
    site: Site, client: OAuth, changed: dict[str, str | None], why: str
):
    answer = site.ask("GET", client.asks(proof(), **changed))
    assert answer.getheader("location") == f"/connect/problem/?why={why}"


def exhaust(connect: Connect, kind: str) -> str:
    """Gives a network from which that was done as often as it may be."""
    network, superuser = somewhere(), connect(SUPERUSER)
    superuser.execute("SELECT identity.take_turn(%s, %s)", [kind, network])
    superuser.execute(
        "SELECT identity.count_try(%s, %s) FROM generate_series(1, 300)", [kind, network]
    )
    return network


def test_registration_is_counted_by_network(site: Site, connect: Connect):
    network = exhaust(connect, "register_from")
    answer = OAuth(site).registered({"redirect_uris": [REDIRECT]}, network)
    assert (answer.status, answer.getheader("retry-after")) == (429, "3600")
    assert OAuth(site).registered({"redirect_uris": [REDIRECT]}).status == 201


def test_questions_and_documents_are_counted_by_network(
    site: Site, client: OAuth, connect: Connect
):
    often = {"x_forwarded_for": exhaust(connect, "ask_from")}
    answer = site.ask("GET", client.asks(proof()), **often)
    assert answer.getheader("location") == "/connect/problem/?why=often"
    read = {"x_forwarded_for": exhaust(connect, "read_from")}
    unknown = client.asks(proof(), client_id="https://assistant.example/client.json")
    answer = site.ask("GET", unknown, **read)
    assert answer.getheader("location") == "/connect/problem/?why=document"


@pytest.mark.promise("5.oauth.registration")
@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("no json", "invalid_client_metadata"),
        ("[]", "invalid_client_metadata"),
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": REDIRECT}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://assistant.example/callback"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://assistant.example/#here"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://user@assistant.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["data:text/html,x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["/callback"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://evil.example\\@claude.ai/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://127.0.0.1\\@evil.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://[x/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["ms-settings:x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["smb://evil.example/share"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["intent://x#Intent;end"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [7]}, "invalid_redirect_uri"),
        (
            {"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt"},
            "invalid_client_metadata",
        ),
        ({"redirect_uris": [REDIRECT], "grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT], "response_types": ["token"]}, "invalid_client_metadata"),
    ],
)
def test_a_client_that_cannot_be_is_not_registered(site: Site, said: Any, error: str):
    assert body(OAuth(site).registered(said), 400)["error"] == error


@pytest.mark.promise("5.oauth.registration")
@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:49152/callback"),
        ("http://localhost:3000/callback", "http://localhost:49153/callback"),
        ("http://[::1]/cb", "http://[::1]:49154/cb"),
        ("https://claude.ai/api/mcp/auth_callback", "https://claude.ai/api/mcp/auth_callback"),
        ("https://claude.com/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"),
        (
            "https://chatgpt.com/connector_platform_oauth_redirect",
            "https://chatgpt.com/connector_platform_oauth_redirect",
        ),
        ("cursor://anysphere.cursor-mcp/oauth/callback",) * 2,
        ("com.example.app:/callback",) * 2,
    ],
)
def test_clients_on_the_web_on_a_desk_and_in_apps_may_ask(site: Site, registered: str, asked: str):
    one = OAuth(site).register(redirect_uris=[registered])
    answer = site.ask("GET", one.asks(proof(), redirect_uri=asked))
    assert (answer.getheader("location") or "").startswith("/sign-in/?to=%2Fconnect%2F")
    for other in (asked + "x", asked.replace("c", "d", 1)):
        answer = site.ask("GET", one.asks(proof(), redirect_uri=other))
        assert answer.getheader("location") == "/connect/problem/?why=redirect"


@pytest.mark.promise("5.oauth.resource-metadata", "5.oauth.server-metadata")
def test_metadata_is_at_each_place_where_clients_look(site: Site):
    server: dict[str, Any] = {}
    for path in ("oauth-authorization-server", "openid-configuration"):
        for suffix in ("", ENDPOINT):
            answer = site.ask("GET", f"/.well-known/{path}{suffix}")
            assert answer.getheader("access-control-allow-origin") == "*"
            server = json.loads(answer.text)
            assert server["issuer"] == site.origin
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert "none" in server["token_endpoint_auth_methods_supported"]
    for suffix in ("", ENDPOINT):
        answer = site.ask("GET", f"/.well-known/oauth-protected-resource{suffix}")
        resource = json.loads(answer.text)
        assert resource["resource"] == site.origin + ENDPOINT
        assert resource["authorization_servers"] == [server["issuer"]]
