"""A client whose id is the address of what it says of itself."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.database.pool import Pool
from services.identity.oauth import client, document
from services.identity.oauth.document import Away, Unreadable
from tests.conftest import Clock

pytestmark = pytest.mark.anyio

ID = "https://assistant.example/oauth/client.json"
SAID = {
    "client_id": ID,
    "client_name": "Claude",
    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
    "token_endpoint_auth_method": "none",
    "logo_uri": "https://assistant.example/logo.png",
}


def telling(said: Any, asked: list[str] | None = None) -> document.Fetch:
    async def fetch(url: str) -> bytes:
        if asked is not None:
            asked.append(url)
        return said if isinstance(said, bytes) else json.dumps(said).encode()

    return fetch


async def away(url: str) -> bytes:
    raise Away(url)


async def gone(url: str) -> bytes:
    raise Unreadable(url)


@pytest.mark.promise("5.oauth.documents")
async def test_it_is_read_once_an_hour_and_outlives_a_bad_day(pool: Pool, clock: Clock):
    asked: list[str] = []
    for _ in range(2):
        found = await client.read(pool, ID, fetch=telling(SAID, asked))
        assert found is not None
        assert (found.name, found.redirect_uris) == ("Claude", tuple(SAID["redirect_uris"]))
    assert asked == [ID]
    clock.move(timedelta(minutes=61))
    assert await client.read(pool, ID, fetch=telling({**SAID, "client_name": "Anew"}, asked))
    assert asked == [ID, ID]
    clock.move(timedelta(minutes=61))
    found = await client.read(pool, ID, fetch=away)
    assert found is not None, "it was read before"
    assert found.name == "Anew"
    with pytest.raises(Unreadable):
        await client.read(pool, ID, fetch=gone)
    clock.move(timedelta(hours=23))
    with pytest.raises(Unreadable):
        await client.read(pool, ID, fetch=away)
    assert await client.known(pool, ID), "what was granted to it goes on"


@pytest.mark.promise("5.oauth.documents")
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"client_id": "\xff"}',
        b'{"x": ' + b"[" * 50_000,
        {**SAID, "client_id": "https://other.example/client.json"},
        {**SAID, "redirect_uris": []},
        {**SAID, "redirect_uris": ["http://assistant.example/"]},
        {**SAID, "redirect_uris": ["https://a.example/"] * 21},
        {**SAID, "token_endpoint_auth_method": "private_key_jwt"},
        {"client_id": "the id"},
    ],
)
async def test_what_cannot_be_believed_makes_no_client(pool: Pool, said: Any):
    address = f"{ID}?{uuid4()}"
    if isinstance(said, dict) and said["client_id"] in {ID, "the id"}:
        said = {**said, "client_id": address}
    with pytest.raises(Unreadable):
        await client.read(pool, address, fetch=telling(said))


@pytest.mark.promise("5.oauth.documents")
async def test_the_same_without_a_fault_is_a_client(pool: Pool):
    address = f"{ID}?{uuid4()}"
    assert await client.read(pool, address, fetch=telling({**SAID, "client_id": address}))


@pytest.mark.parametrize(
    "address",
    [
        "http://assistant.example/client.json",
        "https://assistant.example",
        "https://assistant.example/",
        "https://user@assistant.example/client.json",
        "https://assistant.example/../client.json",
        "https://assistant.example/client.json#here",
        "https://[broken/client.json",
    ],
)
async def test_an_address_that_can_be_nobodys_id_is_not_fetched(pool: Pool, address: str):
    asked: list[str] = []
    with pytest.raises(Unreadable):
        await client.read(pool, address, fetch=telling({**SAID, "client_id": address}, asked))
    assert asked == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Claude", "Claude"),
        ("", "assistant.example"),
        (" \u202eedualC\x00\n ", "edualC"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_name_is_one_short_line(name: str, shown: str):
    assert document.shown(name, ID) == shown
