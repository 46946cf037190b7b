"""What the site says of the tools is what the endpoint has."""

from mcp_server import catalog
from moonshot_app.tool_titles import TOOL_TITLES


def test_every_tool_is_named_with_its_title_and_permission():
    tools = [(t.name, t.title, t.permission) for t in catalog.load().values()]
    assert sorted(tools) == sorted(tuple(tool) for tool in TOOL_TITLES)
