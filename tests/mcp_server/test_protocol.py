"""The contract with the SDK: what we write ourselves is what it would have written."""

import json
from typing import Any

import pytest
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp.types import CallToolResult, TextContent
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from mcp_server import protocol
from mcp_server.protocol import Asked, Era, ProtocolError
from tests.mcp_server.endpoint import LEGACY, MODERN, VERSIONS, modern, modern_headers

pytestmark = pytest.mark.anyio

OBJECTS: list[dict[str, Any]] = [
    {},
    {"a": 1, "b": [1.5, True, "x"], "c": {"d": []}},
    {"quotes": '"\\ \u2028 </script>', "accents": "Ünï 👩‍⚕️", "control": "\u0001\t\n"},
]


def era(version: str) -> Era:
    return Era(version, modern=version == MODERN)


def test_these_are_the_versions_that_the_sdk_knows():
    assert set(HANDSHAKE_PROTOCOL_VERSIONS) == {"2024-11-05", *LEGACY}
    assert list(MODERN_PROTOCOL_VERSIONS) == [MODERN]


@pytest.mark.parametrize("version", ["2024-11-05", *VERSIONS])
@pytest.mark.parametrize("answer", OBJECTS)
@pytest.mark.parametrize("request_id", [1, "x", 'quo"te', 10**25])
async def test_a_spliced_answer_is_the_sdk_s_own(version: str, answer: Any, request_id: Any):
    body = _encode(answer)
    ours = protocol.successful(request_id, body, await protocol.envelope(era(version)))
    result = CallToolResult(
        content=[TextContent(type="text", text=body.decode())], structured_content=answer
    )
    params = {"name": "x", "arguments": {}}
    if version == MODERN:
        params = modern(params)
    theirs = await protocol.dispatch(
        era(version), request_id, "tools/call", params, Asked([], result)
    )
    assert json.loads(ours) == {"jsonrpc": "2.0", "id": request_id, "result": theirs}


@pytest.mark.parametrize("version", ["2024-11-05", *VERSIONS])
async def test_an_error_of_a_tool_is_one_in_every_version(version: str):
    result = await protocol.tool_error(era(version), 1, "said")
    assert result["content"] == [{"type": "text", "text": "said"}]
    assert result["isError"] is True
    assert ("resultType" in result) == (version == MODERN)


@pytest.mark.parametrize("code", ERROR_CODE_HTTP_STATUS)
def test_an_error_has_the_status_of_its_era(code: int):
    assert era(MODERN).error(code, "m").status == ERROR_CODE_HTTP_STATUS[code]
    assert era(LEGACY[0]).error(code, "m").status == 200


def test_an_error_that_the_specification_gives_no_status_is_answered_200():
    assert era(MODERN).error(-32603, "m").status == 200


@pytest.mark.parametrize("version", ["2024-11-05", *LEGACY])
def test_a_known_version_header_is_of_the_old_era(version: str):
    read = protocol.era_of({}, {"mcp-protocol-version": version}, [])
    assert (read.version, read.modern) == (version, False)


def test_no_version_header_is_of_the_old_era():
    assert protocol.era_of({}, {}, []) == Era("2025-03-26")


def test_the_newest_version_carries_its_client_in_the_envelope():
    params = modern({"name": "x"})
    message = {"method": "tools/call", "params": params}
    headers = {"mcp-protocol-version": MODERN, **modern_headers("tools/call", params)}
    read = protocol.era_of(message, headers, [(n.encode(), v.encode()) for n, v in headers.items()])
    assert (read.version, read.modern) == (MODERN, True)
    assert read.client == {"name": "tester", "version": "9.1"}
    with pytest.raises(ProtocolError) as refused:
        protocol.era_of({**message, "method": "tools/list"}, headers, [])
    assert (refused.value.code, refused.value.status) == (-32020, 400)


def _encode(answer: Any) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
