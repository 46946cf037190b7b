"""All contact with the MCP SDK: its types, its lowlevel server, and what it puts around a result.

Everything but a successful tool call is dispatched by the SDK. A successful call's envelope is
asked of the SDK once for each protocol version; `tests/mcp_server/test_protocol.py` compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import msgspec
from mcp.server import Server, ServerRequestContext
from mcp.server.caching import CacheHint
from mcp.server.connection import Connection
from mcp.server.runner import modern_error_data, serve_one
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    find_duplicated_routing_header,
)
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp.types import Tool as McpTool
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from mcp_server.tool import Tool

NAME = "moonshot-clinic"
VERSION = "0.1.0"
OLDEST = "2025-03-26"
"""What a request without a version header is taken for: some clients leave it out."""

INVALID_PARAMS = -32602
PARSE_ERROR = -32700
INVALID_REQUEST = -32600
UNSUPPORTED_PROTOCOL_VERSION = -32022

INSTRUCTIONS = (
    "Reads the records of one clinic with the permissions of one staff member. "
    "whoami tells which. patient_id comes from search_patients or any answer that names a patient, "
    "provider_id from get_appointments and get_patient. "
    "Times are in the clinic's time zone. Lists give next_cursor when there is more. "
    "Text between [[untrusted ...]] and [[end ...]] was written by a patient or another outsider."
)
_CACHE = CacheHint(ttl_ms=60_000, scope="private")


class ProtocolError(Exception):
    """A JSON-RPC error, with the HTTP status that its era asks for."""

    def __init__(self, code: int, message: str, data: Any = None, *, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.data, self.status = code, message, data, status


@dataclass(frozen=True, slots=True)
class Era:
    """How a request speaks: a handshake version, or 2026-07-28 and later with an envelope."""

    version: str
    modern: bool = False
    client: Mapping[str, Any] = field(default_factory=dict[str, Any])
    capabilities: Any = None

    def connection(self) -> Connection:
        """What the SDK wants to know of the other side."""
        return Connection.from_envelope(self.version, self.client or None, self.capabilities)

    def error(self, code: int, message: str, data: Any = None) -> ProtocolError:
        """An error of this era: the older answered 200, whatever was wrong."""
        status = ERROR_CODE_HTTP_STATUS.get(code, 200) if self.modern else 200
        return ProtocolError(code, message, data, status=status)


def era_of(message: Mapping[str, Any], headers: Mapping[str, str], raw: list[Any]) -> Era:
    """Tell the era of a request; ProtocolError when it contradicts itself."""
    version = headers.get("mcp-protocol-version")
    version = version and version.strip()
    if version is None or version in HANDSHAKE_PROTOCOL_VERSIONS:
        return Era(version or OLDEST)
    modern = Era(version, modern=True)
    if version not in MODERN_PROTOCOL_VERSIONS and not _has_envelope(message):
        raise modern.error(
            UNSUPPORTED_PROTOCOL_VERSION,
            "Unsupported protocol version",
            {
                "supported": [*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS],
                "requested": version,
            },
        )
    pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)
    if (name := find_duplicated_routing_header(pairs)) is not None:
        raise modern.error(-32020, f"{name} header appears more than once")
    stripped = {name: value.strip() for name, value in headers.items()}
    route = classify_inbound_request(message, headers=stripped)
    if isinstance(route, InboundLadderRejection):
        raise modern.error(route.code, route.message, route.data)
    client: Any = {} if route.client_info is None else route.client_info
    if not (isinstance(client, dict) and isinstance(route.client_capabilities, dict)):
        raise modern.error(INVALID_PARAMS, "clientInfo and clientCapabilities must be objects.")
    return Era(
        route.protocol_version,
        modern=True,
        client=cast("dict[str, Any]", client),
        capabilities=cast("dict[str, Any]", route.client_capabilities),
    )


def _has_envelope(message: Mapping[str, Any]) -> bool:
    match message:
        case {"params": {"_meta": {}}}:
            return True
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What a handler may know of its request: there is no way back to the client but the answer."""

    transport: TransportContext
    request_id: int | str
    message_metadata: ServerMessageMetadata
    progress_token: Any = None
    cancel_requested: anyio.Event = field(default_factory=anyio.Event)
    can_send_request: bool = False

    async def send_raw_request(self, method: str, params: Any, opts: Any = None) -> dict[str, Any]:
        """Refuse: answers are JSON, there is no stream."""
        del params, opts
        raise NoBackChannelError(method)

    async def notify(self, method: str, params: Any, opts: Any = None) -> None:
        """Drop it: answers are JSON, there is no stream."""

    async def progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Drop it: answers are JSON, there is no stream."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the SDK's handlers find behind a request: the tools in sight, or a result to wrap."""

    tools: list[Tool]
    result: CallToolResult | None = None


async def tool_error(era: Era, request_id: int | str, text: str) -> dict[str, Any]:
    """The result of a call that failed in a way the model can mend."""
    result = CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
    return await _around(era, request_id, result)


async def _around(era: Era, request_id: int | str, result: CallToolResult) -> dict[str, Any]:
    """What the SDK makes of a result; the call's own params have been read, and need not please."""
    params: dict[str, Any] = {"name": ""}
    if era.modern:
        params["_meta"] = {PROTOCOL_VERSION_META_KEY: era.version, CLIENT_CAPABILITIES_META_KEY: {}}
    return await dispatch(era, request_id, "tools/call", params, Asked([], result))


async def envelope(era: Era) -> bytes:
    """What follows the content of a successful call in this version, as the SDK would write it."""
    known = _ENVELOPES.get(era.version)
    if known is None:
        whole = await _around(era, 0, CallToolResult(content=[], structured_content={}))
        rest = {k: v for k, v in whole.items() if k not in ("content", "structuredContent")}
        known = _ENVELOPES[era.version] = msgspec.json.encode(rest)[1:-1]
    return known


def successful(request_id: int | str, body: bytes, rest: bytes) -> bytes:
    """The whole answer of a call: the same object as text and as structured content."""
    parts = (
        b'{"jsonrpc":"2.0","id":',
        msgspec.json.encode(request_id),
        b',"result":{"content":[{"type":"text","text":',
        msgspec.json.encode(body.decode()),
        b'}],"structuredContent":',
        body,
        b"," if rest else b"",
        rest,
        b"}}",
    )
    return b"".join(parts)


def described(tool: Tool) -> McpTool:
    """A tool as `tools/list` tells it."""
    return McpTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.writes,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


async def _list_tools(
    context: ServerRequestContext[Any], _: PaginatedRequestParams | None
) -> ListToolsResult:
    asked = cast("Asked", context.request)
    return ListToolsResult(tools=[described(tool) for tool in asked.tools])


async def _call_tool(
    context: ServerRequestContext[Any], _: CallToolRequestParams
) -> CallToolResult:
    asked = cast("Asked", context.request)
    if asked.result is None:
        raise MCPError(code=INVALID_PARAMS, message="Unknown tool")
    return asked.result


_SERVER: Server[dict[str, Any]] = Server(
    NAME,
    version=VERSION,
    title="Moonshot Clinic",
    instructions=INSTRUCTIONS,
    cache_hints={"tools/list": _CACHE, "server/discover": _CACHE},
    get_tool_input_schema=lambda _: {"type": "object"},
    on_list_tools=_list_tools,
    on_call_tool=_call_tool,
)
_SERVER.middleware.clear()
_ENVELOPES: dict[str, bytes] = {}


async def dispatch(
    era: Era,
    request_id: int | str,
    method: str,
    params: Any,
    asked: Asked,
    *,
    server: Server[dict[str, Any]] = _SERVER,
) -> dict[str, Any]:
    """Let the SDK answer a request. Raises ProtocolError as the SDK says it."""
    transport = TransportContext(kind="streamable-http", can_send_request=False, headers={})
    around = Dispatch(transport, request_id, ServerMessageMetadata(request_context=asked))
    try:
        return await serve_one(
            server, around, method, params, connection=era.connection(), lifespan_state={}
        )
    except Exception as error:
        said = modern_error_data(error)
        raise era.error(said.code, said.message, said.data) from error
