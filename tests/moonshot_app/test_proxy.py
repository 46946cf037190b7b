"""The way to the endpoint while the MCP server is away."""

import json
import socket
from collections.abc import MutableMapping
from contextlib import closing
from typing import Any

import pytest

from moonshot_app.proxy import Proxy

pytestmark = pytest.mark.anyio


async def test_a_client_is_told_that_the_mcp_server_is_away():
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        proxy = Proxy(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"{}"}

        async def send(event: MutableMapping[str, Any]) -> None:
            sent.append(event)

        await proxy({"method": "POST", "path": "/api/mcp/v1", "headers": []}, receive, send)
        await proxy.close()
    start, body = sent
    assert start["status"] == 502
    said = json.loads(body["body"])["error"]["message"]
    assert said == "The MCP server does not answer. Try again in a moment."
