"""A load generator: requests made beforehand, over sockets kept alive, one answer at a time each.

It runs in this process and does little per call, so that it takes little of the core it shares.
"""

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LARGEST_READ = 1 << 16
SAMPLE_EVERY = 101
PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Load:
    """What came of a run. An answer that is not right raises; there is no count of bad ones."""

    calls: int
    seconds: float
    generator_cpu: float
    latencies: list[float]
    samples: list[tuple[bytes, bytes]]
    """Some requests with the bodies of their answers."""

    def latency(self, share: float) -> float:
        """Seconds within which that share of the calls was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    request: bytes = b""
    began: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    expected: int = 0
    """Bytes of the whole answer; 0 while its head has not come."""
    body_at: int = 0

    def send(self, request: bytes) -> None:
        self.request, self.expected = request, 0
        self.received.clear()
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Give the body once it is whole."""
        part = self.socket.recv(LARGEST_READ)
        if not part:
            raise RuntimeError("The server closed the connection.")
        received = self.received
        received += part
        if not self.expected:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return None
            self.body_at = end + 4
            self.expected = self.body_at + _length(bytes(received[:end]))
        return bytes(received[self.body_at :]) if len(received) >= self.expected else None


def _length(head: bytes) -> int:
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"The server answered: {head.decode('latin-1')}")
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])


def run(
    port: int,
    requests: Iterator[bytes],
    *,
    connections: int,
    seconds: float,
    check: Callable[[bytes], None],
) -> Load:
    """Call for some seconds, then wait for what is still open. `check` raises on a wrong body."""
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    samples: list[tuple[bytes, bytes]] = []
    for _ in range(connections):
        opened = socket.create_connection(("127.0.0.1", port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(opened, selectors.EVENT_READ, _Connection(opened))
    cpu, began = time.process_time(), time.perf_counter()
    for key in selector.get_map().values():
        key.data.send(next(requests))
    deadline, open_ones = began + seconds, connections
    while open_ones:
        ready = selector.select(PATIENCE_SECONDS)
        if not ready:
            raise RuntimeError(f"No answer within {PATIENCE_SECONDS:.0f} seconds.")
        for key, _ in ready:
            connection: _Connection = key.data
            body = connection.receive()
            if body is None:
                continue
            now = time.perf_counter()
            latencies.append(now - connection.began)
            check(body)
            if not len(latencies) % SAMPLE_EVERY:
                samples.append((connection.request, body))
            if now < deadline:
                connection.send(next(requests))
            else:
                selector.unregister(connection.socket)
                connection.socket.close()
                open_ones -= 1
    took = time.perf_counter() - began
    selector.close()
    return Load(len(latencies), took, time.process_time() - cpu, latencies, samples)
