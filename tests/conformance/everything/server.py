"""The SDK's server with the tools, prompts and resources that the official suite looks for."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast, get_args

from mcp.server import Server, ServerRequestContext
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CallToolRequestParams,
    CompleteRequestParams,
    GetPromptRequestParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    RequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)

from mcp_server.protocol import INVALID_PARAMS
from tests.conformance.everything import content, rounds
from tests.conformance.everything.content import Wire, text
from tests.mcp_server.endpoint import MODERN

Context = ServerRequestContext[Any]

_NO_ARGUMENTS: Wire = {"type": "object", "properties": {}}
_SCHEMAS = {"json_schema_2020_12_tool": content.SCHEMA_2020_12}
_NAMES = sorted(
    {"json_schema_2020_12_tool", *content.TOOLS, *rounds.ACTIVE, *rounds.ROUNDS}
    - content.PROMPTS.keys()
)


async def list_tools(_: Context, __: PaginatedRequestParams) -> Wire:
    tools = [
        {
            "name": name,
            "description": "A tool of the conformance suite.",
            "inputSchema": _SCHEMAS.get(name, _NO_ARGUMENTS),
        }
        for name in _NAMES
    ]
    return {"tools": tools}


async def call_tool(context: Context, params: CallToolRequestParams) -> Wire:
    if (fixed := content.TOOLS.get(params.name)) is not None:
        return fixed
    if (active := rounds.ACTIVE.get(params.name)) is not None:
        return await active(context, params)
    if params.name not in _NAMES:
        raise MCPError(code=INVALID_PARAMS, message="Unknown tool")
    steps = rounds.ROUNDS.get(params.name)
    if steps is not None and (asked := rounds.next_round(steps, params)) is not None:
        return asked
    return {"content": [text("All was answered: state-ok.")]}


async def list_resources(_: Context, __: PaginatedRequestParams) -> Wire:
    kinds = {uri: what["mimeType"] for uri, what in content.RESOURCES.items()}
    return {"resources": [{"uri": u, "name": u, "mimeType": k} for u, k in kinds.items()]}


async def list_templates(_: Context, __: PaginatedRequestParams) -> Wire:
    return {"resourceTemplates": [{"uriTemplate": content.TEMPLATE, "name": "template"}]}


async def read_resource(_: Context, params: ReadResourceRequestParams) -> Wire:
    found = content.RESOURCES.get(params.uri)
    if named := re.fullmatch(r"test://template/([^/]+)/data", params.uri):
        said = json.dumps({"id": named[1], "templateTest": True, "data": f"Data for {named[1]}"})
        found = {"mimeType": "application/json", "text": said}
    if found is None:
        data = {"uri": params.uri}
        raise MCPError(code=INVALID_PARAMS, message="Resource not found", data=data)
    return {"contents": [{"uri": params.uri, **found}]}


async def list_prompts(_: Context, __: PaginatedRequestParams) -> Wire:
    prompts = [
        {
            "name": name,
            "description": "A prompt of the conformance suite.",
            "arguments": [{"name": argument, "required": True} for argument in arguments],
        }
        for name, arguments in content.PROMPTS.items()
    ]
    return {"prompts": prompts}


async def get_prompt(_: Context, params: GetPromptRequestParams) -> Wire:
    if params.name not in content.PROMPTS:
        raise MCPError(code=INVALID_PARAMS, message="Unknown prompt")
    steps = rounds.ROUNDS.get(params.name)
    if steps is not None and (asked := rounds.next_round(steps, params)) is not None:
        return asked
    said = content.prompt(params.name, params.arguments or {})
    return {"messages": [{"role": "user", "content": block} for block in said]}


async def complete(_: Context, __: CompleteRequestParams) -> Wire:
    return {"completion": {"values": ["testing"], "total": 1, "hasMore": False}}


async def accept(_: Context, __: RequestParams) -> Wire:
    return {}


Handler = Callable[[Context, Any], Awaitable[Wire]]


def complete_unless_said(handler: Handler) -> Handler:
    """As 2026-07-28 wants it."""

    async def answer(context: Context, params: Any) -> Wire:
        kind = {"resultType": "complete"} if context.protocol_version == MODERN else {}
        return {**kind, **await handler(context, params)}

    return answer


_NOT_KEPT = CacheHint(ttl_ms=0, scope="private")


def make() -> Server[dict[str, Any]]:
    """The server, with all that it answers."""
    hints: dict[CacheableMethod, CacheHint] = dict.fromkeys(get_args(CacheableMethod), _NOT_KEPT)
    server: Server[dict[str, Any]] = Server("conformance", version="1", cache_hints=hints)
    server.middleware.clear()
    for method, params, handler in (
        ("tools/list", PaginatedRequestParams, list_tools),
        ("tools/call", CallToolRequestParams, call_tool),
        ("resources/list", PaginatedRequestParams, list_resources),
        ("resources/templates/list", PaginatedRequestParams, list_templates),
        ("resources/read", ReadResourceRequestParams, read_resource),
        ("resources/subscribe", SubscribeRequestParams, accept),
        ("resources/unsubscribe", UnsubscribeRequestParams, accept),
        ("prompts/list", PaginatedRequestParams, list_prompts),
        ("prompts/get", GetPromptRequestParams, get_prompt),
        ("completion/complete", CompleteRequestParams, complete),
        ("logging/setLevel", SetLevelRequestParams, accept),
    ):
        server.add_request_handler(method, params, complete_unless_said(cast("Handler", handler)))
    return server
