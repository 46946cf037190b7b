"""Tools, prompts and resources as lists tell them, in the SDK's types."""

from mcp.types import Prompt as McpPrompt
from mcp.types import PromptArgument, ToolAnnotations
from mcp.types import Resource as McpResource
from mcp.types import Tool as McpTool

from mcp_server.arguments import Parameter
from mcp_server.prompt import Prompt
from mcp_server.resource import JSON, Resource
from mcp_server.tool import Tool


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


def described_prompt(of: Prompt) -> McpPrompt:
    """A prompt as `prompts/list` tells it."""
    return McpPrompt(
        name=of.name,
        title=of.title,
        description=of.description,
        arguments=[_described_argument(parameter) for parameter in of.parameters],
    )


def _described_argument(of: Parameter) -> PromptArgument:
    description = of.description
    if of.default is not None:
        description = f"{description} Default: {of.default}."
    return PromptArgument(name=of.name, description=description, required=of.required)


def described_resource(of: Resource) -> McpResource:
    """A resource as `resources/list` tells it."""
    return McpResource(
        uri=of.uri, name=of.name, title=of.title, description=of.description, mime_type=JSON
    )
