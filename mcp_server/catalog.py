"""Makes every tool: a file in tools/ holds one and bears its name."""

import pkgutil
from importlib import import_module

from mcp_server import tools
from mcp_server.tool import TOOLS, Tool


def load() -> dict[str, Tool]:
    """Give all tools by name; TypeError where a file holds no tool, or one of another name."""
    names = [module.name for module in pkgutil.iter_modules(tools.__path__)]
    for name in names:
        import_module(f"{tools.__name__}.{name}")
    if set(names) != TOOLS.keys():
        raise TypeError(f"Files and tools differ: {sorted(set(names) ^ TOOLS.keys())}")
    return TOOLS
