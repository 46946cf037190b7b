"""What goes over the wire: files compressed when they were built, and nothing else compressed."""

import re
from uuid import uuid4

import pytest

from tests.moonshot_app.site import Site


def large_files(site: Site) -> list[str]:
    """The landing page, and the scripts and styles that it names."""
    page = site.ask("GET", "/").text
    named = sorted(set(re.findall(r"/assets/[\w.-]+\.(?:js|css)", page)))
    return ["/", *(name for name in named if len(site.ask("GET", name).text) > 1000)]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("identity", None)],
)
def test_files_come_compressed_as_the_browser_takes_them(
    site: Site, accepted: str, coding: str | None
):
    files = large_files(site)
    assert len(files) > 3
    for file in files:
        answer = site.ask("GET", file, accept_encoding=accepted)
        assert (answer.status, answer.getheader("content-encoding")) == (200, coding), file
        assert "accept-encoding" in (answer.getheader("vary") or "").lower()


def test_what_holds_secrets_is_never_compressed(site: Site):
    """Beside text of an attacker's choice its length would tell them (BREACH)."""
    email = f"{uuid4()}@clinic.example"
    session = site.signed_up(email)
    both = {"accept_encoding": "br, gzip", "cookie": session}
    for answer in (
        site.ask("GET", "/admin/ai-mcp/log/calls.csv", **both),
        site.ask("GET", "/admin/ai-mcp/log/calls.jsonl", **both),
        site.ask("POST", "/auth/sign-in", f"email={email}", origin=site.origin, **both),
        site.ask("POST", "/api/mcp/v1", "{}", content_type="application/json", **both),
    ):
        assert answer.getheader("content-encoding") is None
