"""The server as it is, with the credential added to each request: the suite can send no headers."""

import sys

from mcp_server import __main__ as door
from mcp_server.app import App
from mcp_server.edge import Receive, Scope, Send


class WithCredential(App):
    """Believes that whoever asks holds the credential that it was started with."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            others = [header for header in scope["headers"] if header[0] != b"authorization"]
            credential = (b"authorization", f"Bearer {sys.argv[1]}".encode())
            scope = {**scope, "headers": [*others, credential]}
        await super().__call__(scope, receive, send)


if __name__ == "__main__":
    door.App = WithCredential
    sys.exit(door.main())
