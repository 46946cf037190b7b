"""Each protocol version over HTTP: how it opens, lists, calls and fails, header by header."""

import json
from typing import Any

import pytest

from tests.mcp_server.endpoint import (
    LEGACY,
    MODERN,
    VERSIONS,
    Answer,
    Endpoint,
    modern,
    modern_headers,
)
from tests.mcp_server.furnished import Furnished

HANDSHAKE = {"capabilities": {}, "clientInfo": {"name": "tester", "version": "1"}}
VERSION, CAPABILITIES = (
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientCapabilities",
)


OFFERED = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
    "tools": {"listChanged": False},
}


@pytest.fixture
def token(furnished: Furnished) -> str:
    return furnished.clinic.provider.token.text


@pytest.mark.promise("5.endpoint.negotiation")
@pytest.mark.parametrize("version", [*LEGACY, "2024-11-05"])
def test_a_handshake_keeps_the_version_that_was_asked_for(
    endpoint: Endpoint, token: str, version: str
):
    params = HANDSHAKE | {"protocolVersion": version}
    result = endpoint.ask("initialize", params, token=token, version=None).result
    assert result["protocolVersion"] == version
    assert result["serverInfo"]["name"] == "moonshot-clinic"
    assert result["capabilities"] == OFFERED
    assert result["instructions"]


@pytest.mark.promise("5.endpoint.negotiation")
@pytest.mark.parametrize("version", ["1999-01-01", MODERN, "latest", ""])
def test_a_handshake_for_an_unknown_version_is_answered_with_the_newest_of_its_kind(
    endpoint: Endpoint, token: str, version: str
):
    params = HANDSHAKE | {"protocolVersion": version}
    answer = endpoint.ask("initialize", params, token=token, version=None)
    assert answer.result["protocolVersion"] == LEGACY[-1]


def test_a_handshake_without_what_it_needs_is_refused(endpoint: Endpoint, token: str):
    for params in ({}, {"protocolVersion": 7} | HANDSHAKE, {"protocolVersion": LEGACY[0]}):
        answer = endpoint.ask("initialize", params, token=token, version=None)
        assert (answer.status, answer.code) == (200, -32602)


def test_discovery_says_versions_capabilities_and_for_how_long(endpoint: Endpoint, token: str):
    result = endpoint.ask("server/discover", token=token, version=MODERN).result
    assert result["supportedVersions"] == [MODERN]
    assert result["capabilities"] == OFFERED
    assert result["resultType"] == "complete"
    assert (result["ttlMs"], result["cacheScope"]) == (60_000, "private")


@pytest.mark.promise("5.endpoint.both-eras", "6.results.both-blocks")
@pytest.mark.parametrize("version", [None, *VERSIONS])
def test_lists_and_calls_are_the_same_in_every_version(
    endpoint: Endpoint, token: str, version: str | None
):
    listed = endpoint.ask("tools/list", token=token, version=version).result
    reference = endpoint.ask("tools/list", token=token, version=MODERN).result
    assert [t["name"] for t in listed["tools"]] == [t["name"] for t in reference["tools"]]
    assert [t["inputSchema"] for t in listed["tools"]] == [
        t["inputSchema"] for t in reference["tools"]
    ]
    called = endpoint.call("search_patients", {"query": "alba"}, token=token, version=version)
    assert json.loads(called.result["content"][0]["text"]) == called.content
    assert len(called.content["patients"]) == 3
    is_modern = version == MODERN
    assert ("resultType" in called.result, "_meta" in called.result) == (is_modern, is_modern)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_goes_wrong_has_the_status_of_its_era(endpoint: Endpoint, token: str, version: str):
    def status(answer: Answer) -> tuple[int, int]:
        return answer.status, answer.code

    is_modern = version == MODERN
    unknown = endpoint.call("no_such_tool", {}, token=token, version=version)
    assert status(unknown) == (400 if is_modern else 200, -32602)
    nothing = endpoint.ask("no/such/method", token=token, version=version)
    assert status(nothing) == (404 if is_modern else 200, -32601)
    for unnamed in ("prompts/get", "completion/complete"):
        answer = endpoint.ask(unnamed, token=token, version=version)
        assert status(answer) == (400 if is_modern else 200, -32602)
    read = endpoint.ask("resources/read", {"uri": "moonshot://no"}, token=token, version=version)
    assert status(read) == ((400, -32602) if is_modern else (200, -32002))
    wrong = endpoint.call("get_labs", {}, token=token, version=version)
    assert (wrong.status, wrong.result["isError"]) == (200, True)
    assert "structuredContent" not in wrong.result


def test_ping_is_answered_where_it_exists(endpoint: Endpoint, token: str):
    for version in (None, *LEGACY):
        assert endpoint.ask("ping", token=token, version=version).result == {}
    gone = endpoint.ask("ping", token=token, version=MODERN)
    assert (gone.status, gone.code) == (404, -32601)
    gone = endpoint.ask("initialize", HANDSHAKE, token=token, version=MODERN)
    assert (gone.status, gone.code) == (404, -32601)


@pytest.mark.promise("5.endpoint.no-version")
def test_a_request_without_a_version_is_taken_for_the_oldest(endpoint: Endpoint, token: str):
    answer = endpoint.call("whoami", token=token, version=None)
    assert answer.content["role"] == "provider"


@pytest.mark.promise("5.endpoint.no-session")
def test_there_are_no_sessions(endpoint: Endpoint, token: str):
    for version in VERSIONS:
        stray = endpoint.call("whoami", token=token, version=version, mcp_session_id="made-up")
        assert stray.content
        assert "mcp-session-id" not in stray.headers


def ask(
    endpoint: Endpoint, token: str, method: str, params: dict[str, Any], **headers: str
) -> Answer:
    """A request with these headers, and no others beside those of any request."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return endpoint.post(json.dumps(message).encode(), token=token, **headers)


@pytest.mark.promise("5.endpoint.negotiation")
def test_an_unknown_version_is_told_which_are_known(endpoint: Endpoint, token: str):
    params = modern({}, version="2099-01-01")
    answer = ask(
        endpoint,
        token,
        "tools/list",
        params,
        mcp_protocol_version="2099-01-01",
        mcp_method="tools/list",
    )
    assert (answer.status, answer.code) == (400, -32022)
    assert answer.error["data"] == {"supported": [MODERN], "requested": "2099-01-01"}


@pytest.mark.parametrize("method", ["tools/list", "tools/call", "initialize"])
@pytest.mark.parametrize("version", ["1999-01-01", "x", "2025-06-18, 2025-11-25"])
def test_a_strange_version_header_alone_is_told_which_are_known(
    endpoint: Endpoint, token: str, version: str, method: str
):
    for params in ({"name": "whoami"}, {"name": "whoami", "_meta": None}):
        answer = ask(endpoint, token, method, params, mcp_protocol_version=version)
        assert (answer.status, answer.code) == (400, -32022)
        assert answer.error["message"] == "Unsupported protocol version"
        known = ["2024-11-05", *VERSIONS]
        assert answer.error["data"] == {"supported": known, "requested": version}


def test_a_version_header_may_have_spaces_around_it(endpoint: Endpoint, token: str):
    answer = ask(endpoint, token, "tools/list", {}, mcp_protocol_version=f" {LEGACY[0]}\t")
    assert answer.result["tools"]


MISMATCHES = {
    "another version": {"mcp_protocol_version": "2026-01-01"},
    "another method": {"mcp_method": "tools/list"},
    "no method": {"mcp_method": ""},
    "another tool": {"mcp_name": "get_labs"},
    "no tool": {"mcp_name": ""},
    "a method in other letters": {"mcp_method": "TOOLS/CALL"},
    "base64 that is none": {"mcp_name": "=?base64?!?="},
}


@pytest.mark.parametrize("mismatch", MISMATCHES)
def test_headers_that_contradict_the_body_are_refused(
    endpoint: Endpoint, token: str, mismatch: str
):
    params = modern({"name": "whoami", "arguments": {}})
    headers = {"mcp_protocol_version": MODERN, **_underscored("tools/call", params)}
    assert ask(endpoint, token, "tools/call", params, **headers).content
    answer = ask(endpoint, token, "tools/call", params, **headers | MISMATCHES[mismatch])
    assert (answer.status, answer.code) == (400, -32020)


def test_a_header_may_say_the_name_in_base64_and_with_spaces_around(endpoint: Endpoint, token: str):
    params = modern({"name": "whoami"})
    headers = {"mcp_protocol_version": MODERN, **_underscored("tools/call", params)}
    for name in ("=?base64?d2hvYW1p?=", "  whoami\t"):
        assert ask(endpoint, token, "tools/call", params, **headers | {"mcp_name": name}).content


@pytest.mark.parametrize("header", ["mcp-method", "mcp-name", "mcp-protocol-version"])
def test_a_routing_header_that_comes_twice_is_refused(endpoint: Endpoint, token: str, header: str):
    params = modern({"name": "whoami"})
    body = json.dumps({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": params})
    headers = {"mcp-protocol-version": MODERN, **modern_headers("tools/call", params)}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"{header}: {headers[header]}"]
    with endpoint.connect() as connection:
        head = [
            "POST /api/mcp/v1 HTTP/1.1",
            f"host: 127.0.0.1:{endpoint.port}",
            f"authorization: Bearer {token}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        ]
        connection.sendall("\r\n".join([*head, *lines, "", body]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":-32020' in answer


ENVELOPES: dict[str, Any] = {
    "none": None,
    "no object": 5,
    "empty": {},
    "without capabilities": {VERSION: MODERN},
    "without version": {CAPABILITIES: {}},
    "capabilities that are no object": {VERSION: MODERN, CAPABILITIES: 5},
    "client that is no object": {
        VERSION: MODERN,
        CAPABILITIES: {},
        "io.modelcontextprotocol/clientInfo": ["tester"],
    },
}


@pytest.mark.parametrize("method", ["tools/list", "tools/call", "server/discover"])
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_an_envelope_that_is_wrong_is_refused_in_every_method(
    endpoint: Endpoint, token: str, envelope: str, method: str
):
    params: dict[str, Any] = {"name": "whoami"}
    if ENVELOPES[envelope] is not None:
        params["_meta"] = ENVELOPES[envelope]
    headers = _underscored(method, params)
    answer = ask(endpoint, token, method, params, mcp_protocol_version=MODERN, **headers)
    assert (answer.status, answer.code) == (400, -32602)


def test_an_envelope_may_leave_out_who_the_client_is(endpoint: Endpoint, token: str):
    for client in ({}, {"io.modelcontextprotocol/clientInfo": None}):
        params = {"name": "whoami", "_meta": {VERSION: MODERN, CAPABILITIES: {}} | client}
        headers = _underscored("tools/call", params)
        answer = ask(endpoint, token, "tools/call", params, mcp_protocol_version=MODERN, **headers)
        assert answer.content


@pytest.mark.parametrize("version", LEGACY)
def test_odd_meta_is_no_matter_in_older_versions(endpoint: Endpoint, token: str, version: str):
    for meta in (None, 5, {"progressToken": 1}, {VERSION: "x"}):
        answer = endpoint.ask(
            "tools/call", {"name": "whoami", "_meta": meta}, token=token, version=version
        )
        assert answer.content


def _underscored(method: str, params: dict[str, Any]) -> dict[str, str]:
    return {n.replace("-", "_"): v for n, v in modern_headers(method, params).items()}
