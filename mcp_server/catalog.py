"""Makes every tool, prompt and resource: a file in its folder holds one and bears its name."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from mcp_server import prompts, resources, tools
from mcp_server.prompt import PROMPTS, Prompt
from mcp_server.question import Question
from mcp_server.resource import RESOURCES, Resource
from mcp_server.tool import TOOLS, Tool


def load() -> dict[str, Tool]:
    """Give all tools by name; TypeError where a file holds none, or one of another name."""
    _make(tools, TOOLS)
    return TOOLS


def load_prompts() -> dict[str, Prompt]:
    """Give all prompts by name; as above."""
    _make(prompts, PROMPTS)
    return PROMPTS


def load_resources() -> dict[str, Resource]:
    """Give all resources by name; as above."""
    _make(resources, RESOURCES)
    return RESOURCES


def _make(folder: ModuleType, made: Mapping[str, Question]) -> None:
    names = [module.name for module in pkgutil.iter_modules(folder.__path__)]
    for name in names:
        import_module(f"{folder.__name__}.{name}")
    if set(names) != set(made):
        raise TypeError(f"Files and what they hold differ: {sorted(set(names) ^ set(made))}")
