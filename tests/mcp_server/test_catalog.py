"""What every tool must be, whichever tools there are."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from mcp_server import catalog, tools
from mcp_server.described import described
from mcp_server.protocol import INSTRUCTIONS
from mcp_server.tool import Tool

CATALOG = catalog.load()
FILES = sorted(Path(tools.__path__[0]).glob("[!_]*.py"))
TOOLS = [pytest.param(tool, id=name) for name, tool in sorted(CATALOG.items())]
BYTES_A_TOKEN = 4

COMMANDS = re.compile(
    r"\b(you|your|must|should|always|never|please|call this|use this|do not|don't|make sure|"
    r"important|ensure|remember|first call|before calling|the assistant|the model)\b",
    re.IGNORECASE,
)
"""Some models read a command as an order, others as an attack."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_one_tool_that_bears_its_name(file: Path):
    functions = [
        node.name
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.AsyncFunctionDef)
    ]
    assert functions == [file.stem]
    assert CATALOG[file.stem].name == file.stem


def test_every_tool_has_a_file():
    assert [file.stem for file in FILES] == sorted(CATALOG)


@pytest.mark.promise("6.descriptions.hints")
@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_is_named_and_hinted_as_clients_want_it(tool: Tool):
    told = described(tool)
    assert re.fullmatch(r"[a-z][a-z_]{2,63}", tool.name)
    assert told.title
    assert told.annotations is not None
    hints = told.annotations.model_dump(exclude={"title"})
    assert all(isinstance(hint, bool) for hint in hints.values())
    assert len(hints) == 4
    assert told.annotations.read_only_hint is not tool.writes
    assert told.annotations.title == told.title


@pytest.mark.promise("6.descriptions.describe")
@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_is_described_and_nobody_is_commanded(tool: Tool):
    assert 40 < len(tool.description) < 600
    assert re.match(r"(Gives|Finds|Tells|Proposes) ", tool.description)
    texts = [tool.description, INSTRUCTIONS, *_descriptions(tool.input_schema)]
    texts += _descriptions(tool.output_schema)
    assert [COMMANDS.findall(text) for text in texts] == [[]] * len(texts)


@pytest.mark.promise("6.results.closed", "6.results.flat")
@pytest.mark.parametrize("tool", TOOLS)
def test_a_schema_is_flat_and_closed(tool: Tool):
    for schema in (tool.input_schema, tool.output_schema):
        text = json.dumps(schema)
        for word in ("$ref", "anyOf", "oneOf", "allOf", "$defs", '"title"', '"null"', '["'):
            assert word not in text.replace('"enum": ["', "").replace('"required": ["', "")
        for node in _objects(schema):
            assert node["additionalProperties"] is False
            assert set(node.get("required", [])) <= node["properties"].keys()
    for parameter in tool.input_schema["properties"].values():
        flat = [parameter] if parameter["type"] != "object" else parameter["properties"].values()
        assert {each["type"] for each in flat} <= {"string", "integer", "boolean"}


@pytest.mark.promise("6.results.flat")
@pytest.mark.parametrize("tool", TOOLS)
def test_every_parameter_is_bounded_and_described_or_obvious(tool: Tool):
    for name, schema in tool.input_schema["properties"].items():
        bounded = {
            "integer": {"minimum", "maximum"} <= schema.keys(),
            "string": {"maxLength", "format", "enum"} & schema.keys() or name == "date_range",
            "boolean": True,
            "object": all("maxLength" in each for each in schema.get("properties", {}).values()),
        }
        assert bounded[schema["type"]], name
        assert "description" in schema or name == "limit", name
        required = name in tool.input_schema.get("required", [])
        optional = "default" in schema or "omit" in schema.get("description", "")
        assert required or optional or name in ("panel", "provider_id"), name


@pytest.mark.promise("6.lists.cursor")
@pytest.mark.parametrize("tool", TOOLS)
def test_a_list_takes_a_limit_and_a_cursor_and_gives_the_next(tool: Tool):
    takes = tool.input_schema["properties"].keys()
    gives = tool.output_schema["properties"].keys()
    assert ("limit" in takes) == ("cursor" in takes) == ("next_cursor" in gives)


@pytest.mark.promise("6.lists.order-said")
@pytest.mark.parametrize("tool", TOOLS)
def test_a_list_says_what_comes_first(tool: Tool):
    if "cursor" in tool.input_schema["properties"]:
        assert re.search(r"\bfirst\b", tool.description)


@pytest.mark.promise("6.sizes.catalog")
def test_the_whole_list_is_short():
    told = [
        described(tool).model_dump(by_alias=True, exclude_none=True) for tool in CATALOG.values()
    ]
    without = [{k: v for k, v in tool.items() if k != "outputSchema"} for tool in told]
    assert _tokens(without) < 6_000
    assert _tokens(told) < 12_000
    assert all(_tokens(tool) < 600 for tool in without)


def _tokens(value: Any) -> float:
    return len(json.dumps(value, separators=(",", ":")).encode()) / BYTES_A_TOKEN


def _objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in _nodes(schema) if node["type"] == "object"]


def _descriptions(schema: dict[str, Any]) -> list[str]:
    return [node["description"] for node in _nodes(schema) if "description" in node]


def _nodes(schema: dict[str, Any]) -> list[dict[str, Any]]:
    items = [schema["items"]] if "items" in schema else []
    below = [*schema.get("properties", {}).values(), *items]
    return [schema, *(node for child in below for node in _nodes(child))]
