"""Messages: one request or notification a POST, ids given back as they came, all else refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from tests.ground import APP
from tests.mcp_server import people
from tests.mcp_server.endpoint import LEGACY, MODERN, VERSIONS, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.mcp_server.samples import CANARY
from tests.personas import Clinic


@pytest.fixture
def token(furnished: Furnished) -> str:
    return furnished.clinic.provider.token.text


@pytest.mark.parametrize(
    "request_id", [0, -1, 1, 2**53 + 1, 10**30, "", "a", "1", "ünï", "\U0001f600", "x" * 10_000]
)
def test_an_id_comes_back_as_it_was(endpoint: Endpoint, token: str, request_id: Any):
    for version in (LEGACY[0], MODERN):
        called = endpoint.call("whoami", token=token, version=version, request_id=request_id)
        assert called.json["id"] == request_id
        assert called.content
        wrong = endpoint.call("whoami", 7, token=token, version=version, request_id=request_id)
        assert (wrong.json["id"], wrong.result["isError"]) == (request_id, True)
        unknown = endpoint.ask("nope", token=token, version=version, request_id=request_id)
        assert (unknown.json["id"], unknown.code) == (request_id, -32601)


@pytest.mark.parametrize("request_id", [None, True, 1.5, 1.0, [], {}])
def test_an_id_is_a_text_or_an_integer(endpoint: Endpoint, token: str, request_id: Any):
    message = {"jsonrpc": "2.0", "id": request_id, "method": "ping"}
    answer = endpoint.post(json.dumps(message).encode(), token=token)
    assert (answer.status, answer.code, answer.json["id"]) == (400, -32600, None)


MESSAGES = {
    "a batch": [{"jsonrpc": "2.0", "id": 1, "method": "ping"}],
    "an empty batch": [],
    "an empty object": {},
    "a text": "ping",
    "a number": 1,
    "null": None,
    "true": True,
    "no version": {"id": 1, "method": "ping"},
    "another version": {"jsonrpc": "1.0", "id": 1, "method": "ping"},
    "a version as number": {"jsonrpc": 2.0, "id": 1, "method": "ping"},
    "no method": {"jsonrpc": "2.0", "id": 1},
    "a method that is no text": {"jsonrpc": "2.0", "id": 1, "method": 5},
    "a response": {"jsonrpc": "2.0", "id": 1, "result": {}},
    "an error": {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "m"}},
}


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_no_request_is_refused(endpoint: Endpoint, token: str, message: str):
    body = json.dumps(MESSAGES[message]).encode()
    for headers in ({}, {"mcp_protocol_version": MODERN}):
        answer = endpoint.post(body, token=token, **headers)
        assert (answer.status, answer.code) == (400, -32600)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"ping",
        b'{"jsonrpc":"2.0","id":1,"method":"ping"} x',
        b'{"jsonrpc":"2.0","id":1,"method":"ping",}',
        b'{"jsonrpc":"2.0","id":1,"method":"\xff"}',
        b"\xef\xbb\xbf{}",
        '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"),
        b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}',
        b"\0",
    ],
)
def test_what_is_no_json_is_refused(endpoint: Endpoint, token: str, body: bytes):
    answer = endpoint.post(body, token=token)
    assert (answer.status, answer.code, answer.json["id"]) == (400, -32700, None)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("params", [[], 5, "x", True, 0])
@pytest.mark.parametrize("method", ["tools/call", "tools/list", "ping", "nope"])
def test_params_are_an_object(
    endpoint: Endpoint, token: str, method: str, params: Any, version: str
):
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = endpoint.post(
        json.dumps(message).encode(), token=token, mcp_protocol_version=version, mcp_method=method
    )
    assert (answer.status, answer.code) == (400 if version == MODERN else 200, -32602)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_call_whose_params_are_no_object_is_on_record(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog, version: str
):
    for method in ("ping", "tools/list", "tools/call"):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [CANARY]}
        body = json.dumps(message).encode()
        said = {"mcp_protocol_version": version, "mcp_method": method}
        assert endpoint.post(body, token=clinic.nurse.token.text, **said).code == -32602
    row = audit_log.only(clinic)
    assert (row.tool_name, row.status, row.reason) == ("unreadable", "error", "unreadable")
    assert CANARY not in str(row)


UNREADABLE: dict[str, dict[str, str]] = {
    "an unknown version": {"mcp_protocol_version": "1999-01-01"},
    "no envelope": {"mcp_protocol_version": MODERN},
}


@pytest.mark.parametrize("headers", UNREADABLE)
def test_a_call_that_is_refused_before_its_tool_is_read_is_on_record(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog, headers: str
):
    params = {"name": "get_labs", "arguments": {CANARY: CANARY}}
    message = {"jsonrpc": "2.0", "id": "r-1", "method": "tools/call", "params": params}
    body = json.dumps(message).encode()
    said = UNREADABLE[headers] | {"user_agent": "claude-code/2.1"}
    assert endpoint.post(body, token=clinic.nurse.token.text, **said).status == 400
    row = audit_log.only(clinic)
    assert (row.status, row.reason, row.user_id) == ("error", "unreadable", clinic.nurse.user_id)
    assert row.tool_name == "unreadable"
    assert (row.client_name, row.request_id, row.protocol_version) == ("claude-code", "r-1", None)
    assert (row.args_redacted, row.patient_refs) == ({}, [])


def test_a_call_that_cannot_be_read_counts_and_needs_a_credential_that_counts(
    endpoint: Endpoint,
    clinic: Clinic,
    audit_log: AuditLog,
    connect: Callable[[str], Connection[Any]],
):
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}'
    assert endpoint.post(body, token=clinic.owner.token.text).code == -32602
    left = endpoint.call("whoami", token=clinic.owner.token.text).content
    assert left["requests_left_this_minute"] == 598
    people.revoke(connect(APP), clinic.owner, clinic.nurse.credential_id)
    assert endpoint.post(body, token=clinic.nurse.token.text).status == 401
    refused = audit_log.rows(clinic)[-1]
    assert (refused.tool_name, refused.reason) == ("unreadable", "not_authenticated")


@pytest.mark.promise("5.refusals.unknown-tool")
@pytest.mark.parametrize("name", [None, 5, [], {"a": 1}, True, "", "GET_LABS", "x" * 5000, CANARY])
def test_a_tool_that_is_not_there_is_unknown_whatever_its_name_is(
    server: Server, furnished: Furnished, audit_log: AuditLog, name: Any
):
    clinic = furnished.clinic
    before = audit_log.count(clinic)
    answer = server.endpoint.call(name, {CANARY: CANARY}, token=clinic.owner.token.text)
    assert answer.error == {"code": -32602, "message": "Unknown tool"}
    (row,) = audit_log.rows(clinic, after=before)
    assert (row.status, row.reason) == ("error", "unknown_tool")
    assert len(row.tool_name) == len("unknown:") + 64
    assert CANARY not in str(row)
    assert CANARY not in server.log


def test_a_call_without_params_is_one_of_an_unknown_tool(
    endpoint: Endpoint, furnished: Furnished, audit_log: AuditLog
):
    clinic = furnished.clinic
    before = audit_log.count(clinic)
    answer = endpoint.ask("tools/call", token=clinic.owner.token.text)
    assert answer.code == -32602
    assert audit_log.count(clinic) == before + 1


@pytest.mark.parametrize(
    "method",
    ["notifications/initialized", "notifications/cancelled", "tools/call", "no/such/thing"],
)
def test_a_notification_is_accepted_without_an_answer(
    endpoint: Endpoint, furnished: Furnished, audit_log: AuditLog, method: str
):
    clinic = furnished.clinic
    before = audit_log.count(clinic)
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": {"name": "whoami"}})
    for headers in ({}, {"mcp_protocol_version": MODERN}):
        answer = endpoint.post(body.encode(), token=clinic.owner.token.text, **headers)
        assert (answer.status, answer.body) == (202, b"")
    assert audit_log.count(clinic) == before


def test_a_notification_needs_a_credential_that_counts(endpoint: Endpoint, furnished: Furnished):
    token = furnished.clinic.owner.token.text
    body = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
    assert endpoint.post(body, token=token[:-3] + "abc").status == 401
