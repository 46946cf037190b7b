"""A network between us and the database, which can be torn at a chosen moment."""

import socket
import struct
import threading
from contextlib import suppress

NOTICE = b"N\0\0\0\5\0"
"""A message of PostgreSQL that says nothing."""


class Relay:
    """Hands on what comes in on a loopback port to the database's, for one connection."""

    def __init__(self, port: int) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._server = socket.create_connection(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def tear(self, last_words: bytes = b"") -> None:
        """Resets our side of the connection, behind the last words."""
        if last_words:
            self._client.sendall(last_words)
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        for end in (self._door, self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RD)
            end.close()

    def _accept(self) -> None:
        self._client, _ = self._door.accept()
        threading.Thread(target=self._pump, args=(self._server, self._client), daemon=True).start()
        self._pump(self._client, self._server)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
