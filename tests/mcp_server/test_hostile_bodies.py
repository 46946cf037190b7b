"""Whatever is sent: the right answer within bounds, by a process that lives on, no larger."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from services.listener import connection
from services.listener.body import BODY_SECONDS
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.process import Server
from tests.mcp_server.servers import strained as impatience

MEGABYTE = 1 << 20
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


@pytest.fixture
def token(furnished: Furnished) -> str:
    return furnished.clinic.provider.token.text


def head(endpoint: Endpoint, token: str, *lines: str) -> bytes:
    """The beginning of a POST, up to and including the empty line."""
    fixed = [
        "POST /api/mcp/v1 HTTP/1.1",
        f"host: 127.0.0.1:{endpoint.port}",
        f"authorization: Bearer {token}",
        "content-type: application/json",
    ]
    return "\r\n".join([*fixed, *lines, "", ""]).encode()


def read_all(of: socket.socket) -> bytes:
    """What comes until the other side closes; `reset` where it hung up before it said a thing."""
    parts: list[bytes] = []
    try:
        while part := of.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        return b"".join(parts) or b"reset"
    return b"".join(parts)


def status_from(connection: socket.socket) -> int:
    """The status of the next answer, without waiting for the end of the connection."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status


def exchange(endpoint: Endpoint, *parts: bytes) -> bytes:
    """Sends parts one after the other, as far as they are taken; gives all that comes back."""
    with endpoint.connect() as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_all(connection)


def nested(levels: int, opening: bytes, closing: bytes) -> bytes:
    return opening * levels + closing * levels


BODIES = {
    "10,000 lists deep": nested(10_000, b"[", b"]"),
    "10,000 objects deep": nested(10_000, b'{"a":', b"}"),
    "100,000 lists that never end": b"[" * 100_000,
    "deep in a message": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami",'
    b'"arguments":' + nested(10_000, b"[", b"]") + b"}}",
    "deep in the id": b'{"jsonrpc":"2.0","id":' + nested(10_000, b"[", b"]") + b',"method":"ping"}',
    "a number of a million digits": b'{"jsonrpc":"2.0","id":' + b"9" * 1_000_000 + b"}",
    "a megabyte of commas": b"," * MEGABYTE,
    "a megabyte of zeros": b"\0" * MEGABYTE,
    "bad UTF-8": b'{"jsonrpc":"2.0","id":"\xc3\x28","method":"ping"}',
    "overlong UTF-8": b'{"jsonrpc":"2.0","id":"\xc0\xaf","method":"ping"}',
    "half a surrogate in UTF-8": b'{"jsonrpc":"2.0","id":"\xed\xa0\x80","method":"ping"}',
}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_cannot_be_read_is_no_json(endpoint: Endpoint, token: str, body: str):
    answer = endpoint.post(BODIES[body], token=token)
    assert (answer.status, answer.code) == (400, -32700)


def test_a_body_of_a_mebibyte_is_read_and_a_byte_more_is_not(endpoint: Endpoint, token: str):
    whole = PING + b" " * (MEGABYTE - len(PING))
    assert endpoint.post(whole, token=token).result == {}
    answer = endpoint.post(whole + b" ", token=token)
    assert (answer.status, answer.code) == (413, 41301)
    assert answer.error["message"] == "The body may be 1 MiB at most."


def test_ten_megabytes_are_refused_before_they_have_come(endpoint: Endpoint, token: str):
    with endpoint.connect() as connection:
        connection.sendall(head(endpoint, token, f"content-length: {10 * MEGABYTE}"))
        assert status_from(connection) == 413


def test_who_sends_ten_megabytes_all_the_same_is_told_why_not(endpoint: Endpoint, token: str):
    assert endpoint.post(b" " * 10 * MEGABYTE, token=token).status == 413
    assert endpoint.post(PING, token=token).result == {}


def test_ten_megabytes_in_chunks_are_refused_once_there_are_too_many(
    endpoint: Endpoint, token: str
):
    with endpoint.connect() as connection:
        connection.sendall(head(endpoint, token, "transfer-encoding: chunked"))
        for _ in range(160):
            connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert status_from(connection) == 413


def test_a_body_in_chunks_is_read(endpoint: Endpoint, token: str):
    chunks = [b"%x\r\n%s\r\n" % (1, PING[n : n + 1]) for n in range(len(PING))]
    coded = head(endpoint, token, "transfer-encoding: chunked", "connection: close")
    assert exchange(endpoint, coded, *chunks, b"0\r\n\r\n").endswith(b'"result":{}}')


HEADS = {
    "a length that is negative": ["content-length: -1"],
    "a length that is no number": ["content-length: x"],
    "a length with a sign": ["content-length: +40"],
    "a length of superscripts": ["content-length: \xb2"],
    "two lengths": ["content-length: 40", "content-length: 41"],
    "a length and chunks": ["content-length: 40", "transfer-encoding: chunked"],
    "another coding": ["transfer-encoding: gzip"],
    "a name with a space": ["content length: 40"],
    "a folded line": ["x: a", " b", "content-length: 40"],
    "U+0000": ["x: a\0b", "content-length: 40"],
}


@pytest.mark.parametrize("lines", HEADS)
def test_a_head_that_could_be_read_in_two_ways_is_refused(
    endpoint: Endpoint, token: str, lines: str
):
    fixed = head(endpoint, token, *HEADS[lines], "connection: close")
    answer = exchange(endpoint, fixed.decode().encode("latin-1"), PING)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert b"result" not in answer


def test_there_is_a_limit_to_a_head(endpoint: Endpoint, token: str):
    begun = head(endpoint, token)[:-2]
    flood = (b"x-%d: " % n + b"y" * 1000 + b"\r\n" for n in range(2_000))
    answer = exchange(endpoint, begun, *flood)
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b"reset"
    endless = (b"y" * 65536 for _ in range(32))
    answer = exchange(endpoint, begun + b"x: ", *endless)
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b"reset"
    answer = exchange(endpoint, b"GET /", *(b"y" * 65536 for _ in range(32)))
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b"reset"


def test_a_large_head_that_fits_is_read(endpoint: Endpoint, token: str):
    answer = endpoint.post(PING, token=token, cookie="x" * 30_000)
    assert answer.result == {}


def test_requests_that_come_together_are_answered_in_order(endpoint: Endpoint, token: str):
    bodies = [PING.replace(b"1,", b"%d," % n) for n in range(1, 40)]
    sent = b"".join(head(endpoint, token, f"content-length: {len(b)}") + b for b in bodies)
    last = head(endpoint, token, f"content-length: {len(PING)}", "connection: close") + PING
    answers = exchange(endpoint, sent + last)
    found = [
        json.loads(part)["id"]
        for part in answers.replace(b"}}", b"}}\n").split(b"\n")
        if part.startswith(b'{"jsonrpc"')
    ]
    assert found == [*range(1, 40), 1]


def test_a_client_that_asks_first_whether_it_may_send_is_told_so(endpoint: Endpoint, token: str):
    with endpoint.connect() as asking:
        asking.sendall(
            head(
                endpoint,
                token,
                f"content-length: {len(PING)}",
                "expect: 100-continue",
                "connection: close",
            )
        )
        assert asking.recv(1024).startswith(b"HTTP/1.1 100 ")
        asking.sendall(PING)
        assert read_all(asking).endswith(b'"result":{}}')


def test_a_client_that_stops_sending_does_no_harm(endpoint: Endpoint, token: str):
    for cut in (5, 60, 200):
        with endpoint.connect() as half:
            half.sendall((head(endpoint, token, "content-length: 40") + PING)[:cut])
            half.shutdown(socket.SHUT_WR)
            read_all(half)
    with endpoint.connect() as half:
        half.sendall(head(endpoint, token, f"content-length: {len(PING)}") + PING)
        half.shutdown(socket.SHUT_WR)
        read_all(half)
    assert endpoint.post(PING, token=token).result == {}


def drip(to: socket.socket, parts: Iterator[bytes]) -> float:
    """Sends a part every twentieth of a second until the other side has had enough."""
    began = time.monotonic()
    to.settimeout(0.05)
    for part in parts:
        try:
            to.sendall(part)
            if to.recv(65536) == b"":
                break
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            break
    return time.monotonic() - began


def endless(part: bytes) -> Iterator[bytes]:
    return (part for _ in range(200))


SLOW: dict[str, Callable[[bytes], tuple[bytes, bytes]]] = {
    "silent from the start": lambda _: (b"", b""),
    "one byte of a head": lambda _: (b"P", b""),
    "a head that never ends": lambda head: (head[:-2], b"x: y\r\n"),
    "a line that never ends": lambda head: (head[:-2], b"x"),
    "empty lines": lambda _: (b"\r\n", b"\r\n"),
    "empty lines behind an answer": lambda head: (
        head[:-2] + b"content-length: 40\r\n\r\n" + PING,
        b"\r\n",
    ),
    "a body behind a refusal": lambda head: (
        head.replace(b"POST", b"PUT ")[:-2] + b"content-length: 100000\r\n\r\n",
        b" ",
    ),
    "a body that never comes": lambda head: (head[:-2] + b"content-length: 40\r\n\r\n", b""),
    "a body that never ends": lambda head: (head[:-2] + b"content-length: 100000\r\n\r\n", b" "),
}


@pytest.mark.parametrize("slow", SLOW)
def test_who_is_too_slow_is_let_go(strained: Server, token: str, slow: str):
    first, then = SLOW[slow](head(strained.endpoint, token))
    with strained.endpoint.connect() as connection:
        connection.sendall(first)
        taken = drip(connection, endless(then))
    assert taken < impatience.SECONDS * 4 + 5.0
    if slow.startswith("a body that never"):
        with strained.endpoint.connect() as connection:
            connection.sendall(first)
            assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_a_head_and_a_body_have_ten_seconds_each():
    assert (connection.HEAD_SECONDS, BODY_SECONDS) == (10.0, 10.0)


def test_many_who_say_nothing_keep_nobody_out(strained: Server, token: str):
    with ExitStack() as held:
        silent = [held.enter_context(strained.endpoint.connect()) for _ in range(300)]
        for idle in silent[::2]:
            idle.sendall(head(strained.endpoint, token)[:50])
        for _ in range(20):
            assert strained.endpoint.post(PING, token=token).result == {}
        assert [read_all(idle) for idle in silent] == [b""] * 300


def test_the_process_lives_on_and_is_no_larger(strained: Server, token: str):
    endpoint = strained.endpoint

    def assault() -> None:
        for body in BODIES.values():
            endpoint.post(body, token=token)
        endpoint.post(b" " * 10 * MEGABYTE, token=token)
        exchange(endpoint, head(endpoint, token)[:-2], *(b"y" * 65536 for _ in range(8)))
        with endpoint.connect() as cut:
            cut.sendall(head(endpoint, token, f"content-length: {MEGABYTE}") + b"x" * 500_000)
        endpoint.call("search_patients", {"query": "x" * 1_000_000}, token=token)

    for _ in range(3):
        assault()
    before = strained.resident_bytes
    for _ in range(10):
        assault()
    assert strained.resident_bytes - before < 4 * MEGABYTE
    assert endpoint.post(PING, token=token).result == {}
