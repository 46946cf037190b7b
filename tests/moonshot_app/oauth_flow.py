"""OAuth by hand: each request of a client as it may come, right or wrong."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Page, expect

from tests.moonshot_app.site import Answer, Site, somewhere

REDIRECT = "https://assistant.example/callback"
ENDPOINT = "/api/mcp/v1"


@dataclass(frozen=True)
class Proof:
    """PKCE."""

    verifier: str
    challenge: str


def proof() -> Proof:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Proof(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


@dataclass
class OAuth:
    """A client that registered, and what it asks of the site."""

    site: Site
    client_id: str = ""
    client_secret: str = ""

    def register(self, **said: Any) -> "OAuth":
        answer = self.registered({"redirect_uris": [REDIRECT], **said})
        assert answer.status == 201, answer.text
        told = json.loads(answer.text)
        self.client_id, self.client_secret = told["client_id"], told.get("client_secret", "")
        return self

    def registered(self, said: Any, came_from: str = "") -> Answer:
        return self.site.ask(
            "POST",
            "/register",
            said if isinstance(said, str) else json.dumps(said),
            content_type="application/json",
            x_forwarded_for=came_from or somewhere(),
        )

    def asks(self, proof: Proof, **changed: str | None) -> str:
        """The address that a browser is sent to; None leaves a parameter out."""
        params = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "state": "state-1",
            "scope": "clinic:read clinic:propose",
            "code_challenge": proof.challenge,
            "code_challenge_method": "S256",
            "resource": self.site.origin + ENDPOINT,
            **changed,
        }
        return "/authorize?" + urlencode({k: v for k, v in params.items() if v is not None})

    def sent_back(self, proof: Proof, **changed: str | None) -> dict[str, str]:
        """What the client is told at once, without anyone being asked."""
        answer = self.site.ask("GET", self.asks(proof, **changed))
        assert answer.status == 303, answer.text
        to = urlsplit(answer.getheader("location") or "")
        assert f"{to.scheme}://{to.netloc}{to.path}" == REDIRECT
        return dict(parse_qsl(to.query))

    def token(self, form: dict[str, str], **headers: str) -> Answer:
        return self._post("/token", {"client_id": self.client_id, **form}, **headers)

    def redeem(self, code: str, proof: Proof, /, **changed: str) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": proof.verifier,
            "resource": self.site.origin + ENDPOINT,
            **changed,
        }
        return self.token({name: value for name, value in form.items() if value})

    def refresh(self, token: str, **changed: str) -> Answer:
        return self.token({"grant_type": "refresh_token", "refresh_token": token, **changed})

    def give_back(self, token: str, **changed: str) -> Answer:
        return self._post("/revoke", {"client_id": self.client_id, "token": token, **changed})

    def _post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        kind = {"content_type": "application/x-www-form-urlencoded", **headers}
        return self.site.ask("POST", path, urlencode(form), **kind)


def allowed(page: Page, address: str, **chosen: str) -> dict[str, str]:
    """Who is signed in says yes in the browser; gives what the client is told."""
    came: list[str] = []
    page.route(f"{REDIRECT}*", lambda route: (came.append(route.request.url), route.fulfill()))
    page.goto(address)
    expect(page.get_by_role("button", name="Allow", exact=True)).to_be_visible()
    for name, value in chosen.items():
        if name == "role":
            page.select_option("#role", value)
        else:
            page.get_by_text(value).first.click()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(f"{REDIRECT}*")
    (url,) = came
    return dict(parse_qsl(urlsplit(url).query))


def body(answer: Answer, status: int = 200) -> dict[str, Any]:
    """The JSON of an answer that nobody may keep."""
    assert answer.status == status, answer.text
    assert answer.getheader("cache-control") == "no-store"
    return json.loads(answer.text)
