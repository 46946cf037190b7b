"""What answers a request that the edge has let in: a call our tools, anything else the SDK."""

from dataclasses import dataclass
from typing import Any

import msgspec

from mcp_server import protocol
from mcp_server.call import CallFailed, Calls
from mcp_server.protocol import Asked, Era
from mcp_server.tool import BeyondGrant, UnknownTool, visible_to
from services.database import opening
from services.database.session import clinic_transaction
from services.identity.token import Token
from services.record.audit import Caller


@dataclass(frozen=True, slots=True)
class Request:
    """A JSON-RPC request as the edge has read it, and who sends it."""

    token: Token
    caller: Caller
    era: Era
    id: int | str
    method: str
    params: dict[str, Any]


class Answers:
    """Answers requests and raises what the edge has to say.

    These are BeyondGrant, NotAuthenticated, AccessRefused, RateLimited, Unavailable, ProtocolError.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def admit(self, token: Token) -> Asked:
        """Who asks, found in the database at each request: a revoked credential counts at once."""
        async with clinic_transaction(self._calls.pool, opening.request(token.hash)) as clinic:
            principal = await clinic.begin()
            return Asked(visible_to(principal, clinic.grant))

    async def answer(self, request: Request) -> bytes:
        """Give the JSON-RPC response."""
        if request.method == "tools/call":
            return await self._call(request)
        asked = await self.admit(request.token)
        result = await protocol.dispatch(
            request.era, request.id, request.method, request.params, asked
        )
        return response(request, result)

    async def record_unreadable(self, token: Token, caller: Caller) -> None:
        """Put on record a call that cannot be read."""
        await self._calls.record_unreadable(token, caller)

    async def _call(self, request: Request) -> bytes:
        era, params = request.era, request.params
        try:
            body = await self._calls.answer(
                request.token, request.caller, params.get("name"), params.get("arguments")
            )
        except BeyondGrant:
            raise
        except UnknownTool:
            raise era.error(protocol.INVALID_PARAMS, "Unknown tool") from None
        except CallFailed as failed:
            return response(request, await protocol.tool_error(era, request.id, str(failed)))
        return protocol.successful(request.id, body, await protocol.envelope(era))


def response(request: Request, result: dict[str, Any]) -> bytes:
    """A result on the wire."""
    return msgspec.json.encode({"jsonrpc": "2.0", "id": request.id, "result": result})
