"""The web app: pages for people, forms that sign them in, and the way to the MCP endpoint."""
