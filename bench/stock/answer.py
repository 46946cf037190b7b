"""What the stock servers share: the answer's shape, who is let in, and how they are served."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NotRequired

import uvicorn
from mcp.server import MCPServer
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl
from typing_extensions import TypedDict  # pydantic reads no other before 3.12

GIVEN: dict[str, Any] = json.loads(Path(os.environ["BENCH_GIVEN"]).read_bytes())
"""`tokens` that are let in, `payload` to answer, `url` of the database."""
PORT = int(os.environ["BENCH_PORT"])


class LabValue(TypedDict):
    """One result."""

    collected: str
    value: NotRequired[float]
    comparator: NotRequired[str]
    text: NotRequired[str]
    flag: NotRequired[str]
    status: NotRequired[str]
    previous: NotRequired[float]
    change: NotRequired[float]


class Reference(TypedDict):
    """A reference range."""

    low: NotRequired[float]
    high: NotRequired[float]


class Marker(TypedDict):
    """Results of one marker."""

    loinc: str
    name: str
    unit: NotRequired[str]
    reference: NotRequired[Reference]
    results: list[LabValue]


class Labs(TypedDict):
    """The answer."""

    markers: list[Marker]
    next_cursor: NotRequired[str]


class KnownTokens:
    """Looks credentials up in memory, which favours the stock servers."""

    def __init__(self) -> None:
        self._known = {hashlib.sha256(t.encode()).digest() for t in GIVEN["tokens"]}

    async def verify_token(self, token: str) -> AccessToken | None:
        if hashlib.sha256(token.encode()).digest() not in self._known:
            return None
        return AccessToken(token=token, client_id="bench", scopes=[])


def stock_server() -> MCPServer:
    """The SDK's own server, with bearer credentials."""
    here = AnyHttpUrl(f"http://127.0.0.1:{PORT}")
    auth = AuthSettings(issuer_url=here, resource_server_url=here, validate_token_resource=False)
    return MCPServer("stock", token_verifier=KnownTokens(), auth=auth, log_level="ERROR")


def serve(server: MCPServer) -> None:
    """Stateless, answering JSON, on the event loop and parser that ours runs on."""
    app = server.streamable_http_app(
        streamable_http_path="/api/mcp/v1", stateless_http=True, json_response=True
    )
    uvicorn.run(
        app, port=PORT, http="httptools", loop="uvloop", access_log=False, log_level="error"
    )
