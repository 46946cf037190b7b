"""The product's own door, edge and check of credentials; what it answers is the suite's.

python -m tests.conformance.everything TOKEN
"""

import sys

from mcp_server import __main__ as door
from mcp_server import app, protocol
from mcp_server.answers import Answers, Request, response
from tests.conformance.everything import server
from tests.conformance.open_door import WithCredential

SERVER = server.make()


class Everything(Answers):
    """Lets in whom the product would let in, and answers with what the suite looks for."""

    async def answer(self, request: Request) -> bytes:
        asked = await self.admit(request.token)
        result = await protocol.dispatch(
            request.era, request.id, request.method, request.params, asked, server=SERVER
        )
        return response(request, result)


if __name__ == "__main__":
    app.Answers = Everything
    door.App = WithCredential
    sys.exit(door.main())
