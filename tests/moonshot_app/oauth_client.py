"""An assistant that knows the address alone, with the official client's own OAuth."""

import asyncio
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

WAIT_SECONDS = 30


class Callback:
    """Where a browser is sent back to: a server on loopback, as clients on a desk have one."""

    def __init__(self) -> None:
        self.came: Queue[dict[str, str]] = Queue()
        came = self.came

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                came.put(dict(parse_qsl(urlsplit(self.path).query)))
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(b"<h1>Connected</h1>")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- as it is overridden
                """Not to the screen."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self._server.server_port}/callback"

    def serve(self) -> None:
        self._server.serve_forever()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def callback() -> Generator[Callback]:
    server = Callback()
    thread = Thread(target=server.serve)
    thread.start()
    yield server
    server.close()
    thread.join()


class Memory:
    """What the client keeps."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Assistant:
    """Connects from nothing but the URL; where it wants a browser to go is in `visits`."""

    def __init__(self, endpoint: str, back: Callback, name: str = "Test Assistant") -> None:
        self.visits: Queue[str] = Queue()
        self.memory = Memory()
        self._endpoint, self._back = endpoint, back
        self.instead: dict[str, str] = {}
        """What the client hears in place of what came back."""
        self._threads = ThreadPoolExecutor()
        self._metadata = OAuthClientMetadata(
            client_name=name,
            redirect_uris=[back.uri],  # pyright: ignore[reportArgumentType] -- it becomes a URL
            token_endpoint_auth_method="none",
            grant_types=["authorization_code", "refresh_token"],
        )

    def call(self, tool: str, arguments: dict[str, Any] | None = None) -> Future[str]:
        """Calls a tool, and does on the way what there is to be done; gives what is answered."""
        return self._threads.submit(
            lambda: asyncio.run(asyncio.wait_for(self._call(tool, arguments or {}), WAIT_SECONDS))
        )

    async def _call(self, tool: str, arguments: dict[str, Any]) -> str:
        auth = OAuthClientProvider(
            self._endpoint, self._metadata, self.memory, self._visit, self._came_back
        )
        async with (
            httpx2.AsyncClient(auth=auth, timeout=WAIT_SECONDS) as http,
            Client(streamable_http_client(self._endpoint, http_client=http)) as client,
        ):
            return str(await client.call_tool(tool, arguments))

    async def _visit(self, url: str) -> None:
        self.visits.put(url)

    async def _came_back(self) -> AuthorizationCodeResult:
        came = await asyncio.to_thread(self._back.came.get, timeout=WAIT_SECONDS)
        came |= self.instead
        return AuthorizationCodeResult(
            code=came["code"], state=came.get("state"), iss=came.get("iss")
        )
