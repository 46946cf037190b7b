"""A client that sends exactly what it is told, and shows all that came back."""

import http.client
import itertools
import json
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from mcp_server import catalog

PATH = "/api/mcp/v1"
LEGACY = ("2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
VERSIONS = (*LEGACY, MODERN)

CATALOG = catalog.load()
_META = "io.modelcontextprotocol/"
_IDS = itertools.count(1)
_NONCE = re.compile(r"(?<= )[\w-]{22}(?=\]\])")
_CURSOR = re.compile(r'\\?"next_cursor\\?":\\?"[\w-]+\\?"')


def without_nonces(text: str) -> str:
    """An answer's text without what is drawn for each answer anew, or holds its time."""
    return _CURSOR.sub("", _NONCE.sub("nonce", text))


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def result(self) -> Any:
        assert self.status == 200, self
        assert "error" not in self.json, self.text
        return self.json["result"]

    @property
    def error(self) -> Any:
        assert "result" not in self.json, self.text
        return self.json["error"]

    @property
    def content(self) -> Any:
        """The structured content of a tool call that went well."""
        assert not self.result.get("isError"), self.text
        return self.result["structuredContent"]

    @property
    def refusal(self) -> str:
        """The text of a tool call that did not."""
        assert self.result["isError"] is True, self.text
        (block,) = self.result["content"]
        return block["text"]

    @property
    def code(self) -> int:
        return self.error["code"]


@cache
def _validator(tool: str) -> Any:
    schema = CATALOG[tool].output_schema
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _require_schema(tool: str, result: Mapping[str, Any]) -> None:
    """Whatever a test is about: what is answered is as the tool says, and both copies agree."""
    if "structuredContent" in result:
        _validator(tool).validate(result["structuredContent"])
        (block,) = result["content"]
        assert json.loads(block["text"]) == result["structuredContent"]


class Endpoint:
    """The endpoint of one server process."""

    def __init__(self, port: int, *, again: bool = True) -> None:
        self.port = port
        self._again = again
        self._kept: http.client.HTTPConnection | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def call(
        self,
        tool: Any,
        arguments: Any = None,
        *,
        token: str,
        version: str | None = LEGACY[-1],
        request_id: Any = None,
        **headers: str,
    ) -> Answer:
        """`tools/call`; arguments that are None are left out altogether."""
        params = {"name": tool} if arguments is None else {"name": tool, "arguments": arguments}
        answer = self.ask(
            "tools/call", params, token=token, version=version, request_id=request_id, **headers
        )
        if answer.status == HTTPStatus.OK and isinstance(tool, str) and tool in CATALOG:
            _require_schema(tool, answer.json.get("result", {}))
        return answer

    def ask(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        token: str | None,
        version: str | None = LEGACY[-1],
        request_id: Any = None,
        **headers: str,
    ) -> Answer:
        """A request of that version, as its specification wants it."""
        request_id = next(_IDS) if request_id is None else request_id
        message = {"jsonrpc": "2.0", "id": request_id, "method": method}
        said = dict(params) if params is not None else {}
        if version == MODERN:
            said = modern(said)
            headers = modern_headers(method, said) | headers
        if said or params is not None:
            message["params"] = said
        if version is not None:
            headers = {"mcp-protocol-version": version} | headers
        return self.post(json.dumps(message).encode(), token=token, **headers)

    def post(self, body: bytes, *, token: str | None, **headers: str) -> Answer:
        return self.send("POST", body, token=token, **headers)

    def send(
        self, verb: str, body: bytes | None = None, *, token: str | None, **headers: str
    ) -> Answer:
        """One request. Keywords are headers: underscores are hyphens, and '' leaves one out."""
        given = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
        }
        if token is not None:
            given["authorization"] = f"Bearer {token}"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._exchange(verb, body, {n: v for n, v in given.items() if v})

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            ready = connection.getresponse().status == 200
            connection.close()
            return ready
        return False

    def connect(self) -> socket.socket:
        """A bare connection, for what is not HTTP."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _exchange(self, verb: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._kept is not None and self._again:
            # The server closes a connection that was silent for some seconds, before it reads more.
            with suppress(http.client.RemoteDisconnected, ConnectionError):
                return self._exchange_once(verb, body, headers)
        return self._exchange_once(verb, body, headers)

    def _exchange_once(self, verb: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._kept is None:
            self._kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            self._kept.request(verb, PATH, body=body, headers=headers)
            answer = self._kept.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        except BaseException:
            self.close()
            raise


def modern(params: Mapping[str, Any], version: str = MODERN) -> dict[str, Any]:
    """The params with the envelope of 2026-07-28."""
    envelope = {
        f"{_META}protocolVersion": version,
        f"{_META}clientInfo": {"name": "tester", "version": "9.1"},
        f"{_META}clientCapabilities": {},
    }
    return {**params, "_meta": envelope | params.get("_meta", {})}


def modern_headers(method: str, params: Mapping[str, Any]) -> dict[str, str]:
    """The routing headers of 2026-07-28."""
    headers = {"mcp-method": method}
    named = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}.get(method)
    if named is not None and isinstance(params.get(named), str):
        headers["mcp-name"] = params[named]
    return headers
