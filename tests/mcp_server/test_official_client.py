"""The official Python client, with nothing but the URL and the bearer header."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import jsonschema
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from mcp_server import catalog
from models.tenant import Tier
from services.identity.token import new_token
from tests.mcp_server.endpoint import LEGACY, MODERN, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.samples import right_arguments

pytestmark = pytest.mark.anyio

ERAS = {"legacy": LEGACY[-1], "auto": MODERN, MODERN: MODERN}
"""The client's mode, and the version it ends up with."""


@asynccontextmanager
async def connected(endpoint: Endpoint, token: str, mode: str) -> AsyncGenerator[Client]:
    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http,
        Client(streamable_http_client(endpoint.url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.promise("1.promise.official-clients")
@pytest.mark.parametrize("mode", ERAS)
async def test_it_connects_and_learns_where_it_is(
    endpoint: Endpoint, furnished: Furnished, mode: str
):
    token = furnished.clinic.provider.token.text
    async with connected(endpoint, token, mode) as client:
        assert client.protocol_version == ERAS[mode]
        if mode == MODERN:
            # Told its version, it asks nothing before the first request.
            return
        assert client.server_info is not None
        assert client.server_info.name == "moonshot-clinic"
        assert "whoami" in (client.instructions or "")
        assert client.server_capabilities is not None
        assert client.server_capabilities.tools is not None
        assert client.server_capabilities.prompts is not None
        assert client.server_capabilities.completions is not None


@pytest.mark.promise(
    "1.promise.reads",
    "1.promise.reads-all",
    "5.endpoint.both-eras",
    "6.results.closed",
    "6.results.both-blocks",
)
@pytest.mark.parametrize("mode", ERAS)
async def test_every_tool_answers_as_its_schema_says(
    endpoint: Endpoint, furnished: Furnished, mode: str
):
    token = furnished.clinic.owner.token.text
    async with connected(endpoint, token, mode) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert listed.keys() == catalog.load().keys()
        for name, tool in catalog.load().items():
            arguments = right_arguments(tool, furnished)
            jsonschema.validate(arguments, listed[name].input_schema)
            result = await client.call_tool(name, arguments)
            assert not result.is_error
            schema = listed[name].output_schema
            assert schema is not None
            jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.validate(
                result.structured_content, schema, format_checker=jsonschema.FormatChecker()
            )
            (block,) = result.content
            assert isinstance(block, TextContent)
            assert json.loads(block.text) == result.structured_content


@pytest.mark.parametrize("mode", ERAS)
async def test_it_shows_what_went_wrong_to_the_model(
    endpoint: Endpoint, furnished: Furnished, mode: str
):
    token = furnished.clinic.owner.token.text
    async with connected(endpoint, token, mode) as client:
        result = await client.call_tool("get_labs", {"patient_id": "7"})
        (block,) = result.content
        assert result.is_error
        assert isinstance(block, TextContent)
        assert block.text == "patient_id: must be an id (UUID) as another tool returned it"
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("no_such_tool", {})


async def test_an_unknown_credential_gets_nowhere(endpoint: Endpoint):
    token = new_token(Tier.SANDBOX).text
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True, allow_unwrapped=True):
        async with connected(endpoint, token, "legacy"):
            pass


async def test_many_clients_at_once_are_each_answered(endpoint: Endpoint, furnished: Furnished):
    tokens = [person.token.text for person in furnished.clinic.people]
    roles = [person.role for person in furnished.clinic.people]
    seen: list[str] = []
    for token in tokens:
        async with connected(endpoint, token, MODERN) as client:
            content = (await client.call_tool("whoami")).structured_content
            assert content is not None
            seen.append(content["role"])
    assert seen == roles
