"""A door: the MCP endpoint, through which an AI client reads one clinic as one person."""
