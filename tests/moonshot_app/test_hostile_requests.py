"""Whatever is sent, however slowly: the web has limits, and goes on for everyone else."""

import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack

import psutil
import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

from mcp_server import edge
from moonshot_app import proxy
from services.listener import connection, server
from services.listener.body import BODY_SECONDS
from tests.ground import Database
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.process import Server
from tests.moonshot_app.servers import hurried as impatience
from tests.moonshot_app.site import Site

FORM = "content-type: application/x-www-form-urlencoded"
ENOUGH = impatience.SECONDS * 4 + 5.0
"""Seconds within which a connection has ended that is too slow."""


@pytest.fixture(scope="module")
def hurried(site: Site, database: Database, tmp_path_factory: pytest.TempPathFactory):
    """A web process of little patience, beside the one of the site."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = Server(
        database,
        tmp_path_factory.mktemp("hurried") / "log",
        module="tests.moonshot_app.servers.hurried",
        MOONSHOT_PORT=str(port),
        MOONSHOT_MCP_PORT=str(site.mcp.port),
        MOONSHOT_PUBLIC_ORIGIN=f"http://127.0.0.1:{port}",
        MOONSHOT_TRUSTED_PROXIES="127.0.0.3",
    )
    server.port, server.endpoint = port, Endpoint(port)
    with server:
        yield server.wait_until_ready()


def head(to: int, first: str, *lines: str) -> bytes:
    """The beginning of a request of our own page, up to and including the empty line."""
    own = [f"host: 127.0.0.1:{to}", f"origin: http://127.0.0.1:{to}"]
    return "\r\n".join([f"{first} HTTP/1.1", *own, *lines, "", ""]).encode()


def said(over: socket.socket) -> bytes:
    """What comes until the other side closes."""
    try:
        return b"".join(iter(lambda: over.recv(65536), b""))
    except ConnectionResetError:
        return b"reset"


def exchange(port: int, *parts: bytes) -> bytes:
    """Sends parts one after the other, as far as they are taken; gives all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as over:
        try:
            for part in parts:
                over.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return said(over)


def test_there_is_a_limit_to_a_head(site: Site):
    begun = head(site.port, "GET /")[:-2]
    for parts in (
        [begun, *(b"x-%d: " % n + b"y" * 1000 + b"\r\n" for n in range(200))],
        [begun + b"x: ", *(b"y" * 65536 for _ in range(8))],
        [b"GET /", *(b"y" * 65536 for _ in range(8))],
    ):
        answer = exchange(site.port, *parts)
        assert answer.startswith(b"HTTP/1.1 431 ") or answer == b"reset"
    assert site.ask("GET", "/", cookie="x=" + "y" * 30_000).status == 200


@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/sign-up"])
def test_a_form_is_small(site: Site, path: str):
    kind = "application/x-www-form-urlencoded"
    fits, large = (f"name={'x' * 8000}&" * count for count in (4, 5))
    for body, status in ((fits, 303), (large, 413)):
        answer = site.ask("POST", path, body, origin=site.origin, content_type=kind)
        assert answer.status == status
    chunked = head(site.port, f"POST {path}", FORM, "transfer-encoding: chunked")
    with site.web.endpoint.connect() as over:
        over.sendall(chunked + b"10000\r\n" + b"x" * 65536)
        assert over.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_form_that_breaks_off_is_no_fault_of_ours(site: Site):
    before = len(site.web.log)
    with site.web.endpoint.connect() as over:
        over.sendall(head(site.port, "POST /auth/sign-in", FORM, "content-length: 900") + b"email")
        over.shutdown(socket.SHUT_WR)
        assert said(over) == b""
    assert site.ask("GET", "/healthz").status == 200
    assert "Traceback" not in site.web.log[before:]


def test_a_call_is_as_large_as_the_endpoint_takes_it(site: Site):
    assert proxy.LARGEST == edge.LARGEST_BODY
    announced = head(site.port, "POST /api/mcp/v1", f"content-length: {proxy.LARGEST + 1}")
    with site.web.endpoint.connect() as over:
        over.sendall(announced)
        assert over.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_pages_speak_to_their_state_over_a_websocket_alone(site: Site, method: str):
    for path in ("/_event", "/_event/?EIO=4&transport=polling", "/_event/?EIO=4&sid=x"):
        assert site.ask(method, path, "", origin=site.origin).status == 404


def test_a_websocket_leads_to_the_state_alone(site: Site):
    before = len(site.web.log)
    for path in ("/", "/sign-in/", "/api/mcp/v1"):
        upgrade = ["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13"]
        asked = head(site.port, f"GET {path}", *upgrade, "sec-websocket-key: " + "A" * 22 + "==")
        assert exchange(site.port, asked).startswith(b"HTTP/1.1 403 ")
    assert "Traceback" not in site.web.log[before:]


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


SLOW: dict[str, Callable[[int], tuple[bytes, bytes]]] = {
    "silent from the start": lambda _: (b"", b""),
    "one byte of a head": lambda _: (b"G", b""),
    "a head that never ends": lambda port: (head(port, "GET /")[:-2], b"x: y\r\n"),
    "a line that never ends": lambda port: (head(port, "GET /")[:-2], b"x"),
    "empty lines behind an answer": lambda port: (head(port, "GET /healthz"), b"\r\n"),
    "a websocket's head that never ends": lambda port: (
        head(port, "GET /_event/", "connection: upgrade", "upgrade: websocket")[:-2],
        b"x: y\r\n",
    ),
    "a body behind a refusal": lambda port: (
        head(port, "POST /auth/sign-in", "content-length: 100000", "origin: x"),
        b" ",
    ),
    "a form that never comes": lambda port: (
        head(port, "POST /auth/sign-in", FORM, "content-length: 40"),
        b"",
    ),
    "a form that never ends": lambda port: (
        head(port, "POST /auth/sign-up", FORM, "content-length: 10000"),
        b"x",
    ),
    "a form of a client that never comes": lambda port: (
        head(port, "POST /revoke", FORM, "content-length: 40"),
        b"",
    ),
    "a form of a client that never ends": lambda port: (
        head(port, "POST /token", FORM, "content-length: 10000"),
        b"x",
    ),
    "a form of a new client that never ends": lambda port: (
        head(port, "POST /register", "content-length: 10000"),
        b" ",
    ),
    "a call that never ends": lambda port: (
        head(port, "POST /api/mcp/v1", "content-length: 10000"),
        b" ",
    ),
}


@pytest.mark.parametrize("slow", SLOW)
def test_who_is_too_slow_is_let_go(hurried: Server, slow: str):
    first, then = SLOW[slow](hurried.port)
    with hurried.endpoint.connect() as over:
        over.sendall(first)
        assert drip(over, (then for _ in range(400))) < ENOUGH
    if slow.startswith(("a form", "a call")):
        with hurried.endpoint.connect() as over:
            over.sendall(first)
            assert over.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_who_takes_nothing_of_an_answer_is_cut_off(hurried: Server):
    asked = head(hurried.port, "GET /") * 400
    with socket.socket() as over:
        over.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        over.connect(("127.0.0.1", hurried.port))
        over.sendall(asked)
        own = over.getsockname()[1]
        deadline = time.monotonic() + ENOUGH
        while own in clients_of(hurried):
            assert time.monotonic() < deadline


def clients_of(server: Server) -> set[int]:
    """The ports from which clients hold a connection to the process."""
    held = psutil.Process(server.pid).net_connections("tcp")
    return {each.raddr.port for each in held if each.raddr and each.laddr.port == server.port}


def from_address(address: str, port: int) -> socket.socket:
    try:
        return socket.create_connection(("127.0.0.1", port), 20, source_address=(address, 0))
    except OSError:
        pytest.skip(f"{address} is no address of this machine.")


def test_no_address_takes_all_the_room_unless_it_is_our_proxy_s(hurried: Server):
    def answered(address: str) -> int:
        count = 0
        with ExitStack() as held:
            for _ in range(impatience.MOST + 10):
                over = held.enter_context(from_address(address, hurried.port))
                try:
                    over.sendall(head(hurried.port, "GET /healthz"))
                    count += over.recv(65536).startswith(b"HTTP/1.1 200 ")
                except (ConnectionResetError, BrokenPipeError):
                    continue
            assert hurried.endpoint.is_ready()
        return count

    assert answered("127.0.0.2") == impatience.MOST
    assert answered("127.0.0.3") == impatience.MOST + 10


class Wire:
    """A bare websocket of our own page, which answers pings or does not."""

    def __init__(self, port: int, *, answers: bool = True) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._wire, self._answers = WSConnection(ConnectionType.CLIENT), answers
        self.events: list[Event] = []
        self.send(
            Request(
                host=f"127.0.0.1:{port}",
                target="/_event/?token=t&EIO=4&transport=websocket",
                extensions=[PerMessageDeflate()],
                extra_headers=[(b"Origin", b"http://127.0.0.1:%d" % port)],
            )
        )

    def send(self, event: Event) -> None:
        self._socket.sendall(self._wire.send(event))

    def receive_until(self, wanted: Callable[[Event], bool]) -> Event:
        """The first such event; AssertionError when the connection has ended before."""
        deadline = time.monotonic() + ENOUGH
        while True:
            assert time.monotonic() < deadline
            data = self._socket.recv(65536)
            assert data
            self._wire.receive_data(data)
            for event in self._wire.events():
                self.events.append(event)
                if isinstance(event, Ping) and self._answers:
                    self.send(event.response())
                if wanted(event):
                    return event

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def wires(hurried: Server) -> Generator[Callable[..., Wire]]:
    with ExitStack() as ends:

        def open_wire(**options: bool) -> Wire:
            wire = Wire(hurried.port, **options)
            ends.callback(wire.close)
            return wire

        yield open_wire


def test_a_websocket_outlives_the_patience_for_a_head(wires: Callable[..., Wire]):
    wire = wires()
    for _ in range(4):
        wire.receive_until(lambda event: isinstance(event, Ping))
    wire.send(TextMessage(data="40/_event,"))
    wire.receive_until(lambda e: isinstance(e, TextMessage) and e.data.startswith("40/_event"))


def test_a_websocket_that_answers_no_ping_is_closed(wires: Callable[..., Wire]):
    closed = wires(answers=False).receive_until(lambda e: isinstance(e, CloseConnection))
    assert isinstance(closed, CloseConnection)
    assert closed.code == 1011


def test_a_message_over_a_websocket_has_a_largest_size(wires: Callable[..., Wire]):
    wire = wires()
    wire.receive_until(lambda event: isinstance(event, AcceptConnection))
    wire.send(TextMessage(data="x" * (server.LARGEST_MESSAGE + 1)))
    closed = wire.receive_until(lambda event: isinstance(event, CloseConnection))
    assert isinstance(closed, CloseConnection)
    assert closed.code == 1009


def test_messages_over_a_websocket_come_as_they_are(wires: Callable[..., Wire]):
    wire = wires()
    accepted = wire.receive_until(lambda event: isinstance(event, AcceptConnection))
    assert isinstance(accepted, AcceptConnection)
    assert accepted.extensions == []


def test_the_limits_of_an_installation_are_as_written():
    assert (connection.HEAD_SECONDS, BODY_SECONDS, server.PING_SECONDS) == (10.0, 10.0, 20.0)
    assert (server.MOST_AT_ONCE, connection.MOST_OF_ONE_NETWORK) == (1_000, 500)
