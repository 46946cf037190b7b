"""Behind a proxy that ends TLS: every address that is told is the public one, to the byte."""

import json
from collections.abc import Generator
from uuid import uuid4

import pytest

from tests.ground import Database
from tests.moonshot_app.oauth_flow import ENDPOINT, OAuth, proof
from tests.moonshot_app.site import PASSWORD, Site

ORIGIN = "https://clinic.example"


@pytest.fixture(scope="module")
def site(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    with Site(database, tmp_path_factory.mktemp("behind"), ORIGIN) as site:
        yield site


@pytest.mark.promise("5.oauth.issuer")
def test_each_address_that_is_told_is_the_public_one(site: Site):
    server = json.loads(site.ask("GET", "/.well-known/oauth-authorization-server").text)
    assert server["issuer"] == ORIGIN
    assert {v for v in server.values() if isinstance(v, str)} == {
        ORIGIN,
        *(f"{ORIGIN}/{name}" for name in ("authorize", "token", "register", "revoke")),
    }
    resource = json.loads(site.ask("GET", "/.well-known/oauth-protected-resource").text)
    assert (resource["resource"], resource["authorization_servers"]) == (
        ORIGIN + ENDPOINT,
        [ORIGIN],
    )
    told = site.ask("POST", ENDPOINT, "{}").getheader("www-authenticate") or ""
    where = f"{ORIGIN}/.well-known/oauth-protected-resource{ENDPOINT}"
    assert told.startswith(f'Bearer resource_metadata="{where}"')


def test_who_asks_wrongly_is_told_by_the_issuer(site: Site):
    told = OAuth(site).register().sent_back(proof(), code_challenge_method="plain")
    assert told["iss"] == ORIGIN


@pytest.mark.promise("5.oauth.signed-in")
def test_a_person_is_asked_where_the_proxy_is(site: Site):
    client = OAuth(site).register(token_endpoint_auth_method="none")
    to = site.ask("GET", client.asks(proof())).getheader("location") or ""
    assert to.startswith("/sign-in/?to=%2Fconnect%2F%3Fask%3D")
    answer = site.post(
        "/auth/sign-up",
        name="Dana",
        email=f"{uuid4()}@clinic.example",
        clinic="Alder",
        time_zone="UTC",
        password=PASSWORD,
    )
    cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    (session,) = [each for each in cookies if each.startswith("__Host-mc_session=")]
    assert "Secure" in session
    to = site.ask("GET", client.asks(proof()), cookie=session.split(";")[0]).getheader("location")
    assert (to or "").startswith("/connect/?ask=")
