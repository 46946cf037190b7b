"""Whatever comes over the wire: no fault of the server, nothing in its log, and no growth."""

import json
import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.mcp_server.conftest import furnished
from tests.mcp_server.furnished import Furnished
from tests.moonshot_app.hostile import Attack, Attacker, Known
from tests.moonshot_app.site import Site

__all__ = ["furnished"]

SEED = 4
WARMING, COUNT = 300, 1_500
BOUND_SECONDS = 20.0
MOST_GROWTH = 16 << 20
"""Bytes of memory, of each process."""
LARGE = 32 << 10
"""Bytes of a request whose refusal may be lost: the server closes while more is on its way."""
REDIRECT = "http://127.0.0.1/callback"

FAULT = re.compile(r"Traceback|incident|Exception in ASGI|Task exception|never awaited")


def exchange(port: int, attack: Attack) -> bytes:
    """What comes back until the server closes, though it refuse before all was sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as over:
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in attack.parts:
                over.sendall(part)
            if attack.ends_early:
                over.shutdown(socket.SHUT_WR)
        answer = bytearray()
        with suppress(ConnectionResetError):
            while part := over.recv(65536):
                answer += part
        return bytes(answer)


@pytest.fixture
def known(site: Site, furnished: Furnished) -> Known:
    said = json.dumps({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"})
    told = site.ask("POST", "/register", said, content_type="application/json")
    client_id = json.loads(told.text)["client_id"]
    return Known(site.host, furnished.clinic.owner.token.text, client_id, REDIRECT)


def test_no_request_is_answered_with_a_fault(
    site: Site, known: Known, record_property: Callable[[str, object], None]
):
    attacker, deadline = Attacker(known, SEED), time.monotonic() + BOUND_SECONDS
    logs = [len(site.web.log), len(site.mcp.log)]
    seen, resident = Counter[str](), [memory(site)]
    for number in range(WARMING + COUNT):
        if number == WARMING:
            resident = [memory(site)]
        attack = attacker.next()
        answer = exchange(site.port, attack)
        status = answer[9:12].decode() or "none"
        seen[status] += 1
        large = sum(map(len, attack.parts)) > LARGE
        assert answer or attack.ends_early or large, (number, attack.parts)
        assert not status.startswith("5"), (number, attack.parts, answer)
        if number > 2 * WARMING and time.monotonic() > deadline:
            break
    resident.append(memory(site))
    record_property("answers", dict(seen))
    record_property("resident bytes of web and MCP, before and after", resident)
    said = site.web.log[logs[0] :] + site.mcp.log[logs[1] :]
    assert FAULT.search(said) is None, said[-5000:]
    assert all(a - b < MOST_GROWTH for b, a in zip(*resident, strict=True)), resident
    # Some came as far as they could: a tool list, a page that asks, a client that is registered.
    assert {"200", "201", "202", "303", "400", "401", "413"} <= seen.keys(), seen


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"redirect_uris": ["%b"], "client_name": "\xff"}', 400),
        (b'{"redirect_uris": ["%b"], "token_endpoint_auth_method": []}', 400),
        (b'{"redirect_uris": ["%b"], "jwks": {"keys": false}}', 201),
        (b'{"redirect_uris": ["%b"], "client_uri": 1, "logo_uri": []}', 201),
    ],
)
def test_a_client_may_say_of_itself_what_it_likes(site: Site, body: bytes, status: int):
    said = body.replace(b"%b", REDIRECT.encode())
    head = f"POST /register HTTP/1.1\r\nhost: {site.host}\r\nconnection: close\r\n"
    answer = exchange(
        site.port, Attack([f"{head}content-length: {len(said)}\r\n\r\n".encode() + said])
    )
    assert answer.startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize("value", ["  {0}", "{0}\t", " \t{0} "])
def test_space_around_a_header_is_no_part_of_it(site: Site, known: Known, value: str):
    body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    lines = [
        f"POST /api/mcp/v1 HTTP/1.1\r\nhost: {site.host}\r\nconnection: close",
        f"content-type: application/json\r\ncontent-length: {len(body)}",
        f"authorization:{value.format('Bearer ' + known.token)}",
    ]
    answer = exchange(site.port, Attack(["\r\n".join([*lines, "", ""]).encode() + body]))
    assert answer.startswith(b"HTTP/1.1 200 "), answer


def memory(site: Site) -> tuple[int, int]:
    return site.web.resident_bytes, site.mcp.resident_bytes
