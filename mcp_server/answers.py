"""What answers a request that the edge has let in: a question of ours, or else the SDK."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import msgspec

from mcp_server import protocol
from mcp_server.call import Answered, CallBlocked, CallFailed, CallRefused, Calls
from mcp_server.completion import Completed, completion
from mcp_server.prompt import Prompt, Said, UnknownPrompt
from mcp_server.protocol import Asked, Era
from mcp_server.question import Question, Unknown, visible_to
from mcp_server.resource import Resource, UnknownResource
from mcp_server.tool import BeyondGrant, UnknownTool
from services.database import opening
from services.database.session import clinic_transaction
from services.identity.token import Token
from services.record.audit import Caller

Q = TypeVar("Q", bound=Question)

_DECIDED: Final = "held_proposal"
"""Under which a client says that its person has seen the page."""


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

    def __init__(
        self, calls: Calls, prompts: Mapping[str, Prompt], resources: Mapping[str, Resource]
    ) -> None:
        """Prompts and resources by their names."""
        self._calls = calls
        self._prompts = prompts
        self._completions = {name: completion(of) for name, of in prompts.items()}
        self._resources = {of.uri: of for of in resources.values()}
        self._ask: dict[str, Callable[[Request], Awaitable[bytes]]] = {
            "tools/call": self._call,
            "prompts/get": self._prompt,
            "completion/complete": self._complete,
            "resources/read": self._read,
        }

    async def admit(self, token: Token) -> Asked:
        """Who asks, found in the database at each request: a revoked credential counts at once."""
        async with clinic_transaction(self._calls.pool, opening.request(token.hash)) as clinic:
            principal = await clinic.begin()
            grant = clinic.grant
            return Asked(
                visible_to(self._calls.tools, principal, grant),
                prompts=visible_to(self._prompts, principal, grant),
                resources=visible_to(self._resources, principal, grant),
            )

    def records(self, method: str) -> bool:
        """Whether every request of this method leaves a row, understood or not."""
        return method in self._ask

    async def answer(self, request: Request) -> bytes:
        """Give the JSON-RPC response."""
        if self.records(request.method):
            return await self._ask[request.method](request)
        asked = await self.admit(request.token)
        result = await protocol.dispatch(
            request.era, request.id, request.method, request.params, asked
        )
        return response(request, result)

    async def record_unreadable(self, token: Token, caller: Caller) -> None:
        """Put on record a call that cannot be read."""
        await self._calls.record_unreadable(token, caller)

    async def _call(self, request: Request) -> bytes:
        era, name = request.era, request.params.get("name")
        tool = _named(self._calls.tools, name)
        try:
            answered = await self._answered(
                request, tool, request.params.get("arguments"), name=name, unknown=UnknownTool
            )
        except CallBlocked as blocked:
            return response(request, await _held(request, blocked))
        except CallFailed as failed:
            return response(request, await protocol.tool_error(era, request.id, str(failed)))
        return protocol.successful(request.id, answered.body, await protocol.envelope(era))

    async def _prompt(self, request: Request) -> bytes:
        name, given = request.params.get("name"), request.params.get("arguments")
        of = _named(self._prompts, name)
        picked = given if of is None else of.picked(given)
        answered = await self._asked(request, of, picked, name=name, unknown=UnknownPrompt)
        said = cast("Said", answered.answer)
        result = await protocol.prompt(
            request.era, request.id, self._prompts[cast("str", name)], said.text
        )
        return response(request, result)

    async def _complete(self, request: Request) -> bytes:
        name, given = _to_complete(request.params)
        of = _named(self._completions, name)
        answered = await self._asked(request, of, given, name=name, unknown=UnknownPrompt)
        meant = cast("Completed", answered.answer)
        result = await protocol.completion(request.era, request.id, meant.values, more=meant.more)
        return response(request, result)

    async def _read(self, request: Request) -> bytes:
        uri = request.params.get("uri")
        of = _named(self._resources, uri)
        answered = await self._asked(request, of, None, name=uri, unknown=UnknownResource)
        result = await protocol.resource(
            request.era, request.id, self._resources[cast("str", uri)], answered.body
        )
        return response(request, result)

    async def _asked(
        self,
        request: Request,
        question: Question | None,
        given: Any,
        *,
        name: Any,
        unknown: type[Unknown],
    ) -> Answered:
        """As `_answered`; what went wrong is an error of the protocol, for the person to read."""
        try:
            return await self._answered(request, question, given, name=name, unknown=unknown)
        except CallRefused as refused:
            raise request.era.error(protocol.INVALID_PARAMS, str(refused)) from None
        except CallFailed as failed:
            raise request.era.error(protocol.INTERNAL_ERROR, str(failed)) from None

    async def _answered(
        self,
        request: Request,
        question: Question | None,
        given: Any,
        *,
        name: Any,
        unknown: type[Unknown],
    ) -> Answered:
        try:
            return await self._calls.ask(
                request.token, request.caller, question, given, name=name, unknown=unknown
            )
        except BeyondGrant:
            raise
        except Unknown as missing:
            raise request.era.unknown(missing.what) from None


async def _held(request: Request, blocked: CallBlocked) -> dict[str, Any]:
    """Where the client can show a page, its person is sent there once; else the model is told."""
    era, told = request.era, str(blocked)
    answered = request.params.get("inputResponses")
    if era.opens_pages and not (isinstance(answered, dict) and _DECIDED in answered):
        said = "A proposal is held, because text of an outsider was read before. Release it here."
        return await protocol.page_required(era, request.id, _DECIDED, said, blocked.page)
    return await protocol.tool_error(era, request.id, told)


def _named(questions: Mapping[str, Q], name: Any) -> Q | None:
    return questions.get(name) if isinstance(name, str) else None


def _to_complete(params: Mapping[str, Any]) -> tuple[Any, dict[str, Any] | None]:
    """Which prompt, and what a completion asks; None where that cannot be read."""
    match params:
        case {
            "ref": {"type": "ref/prompt", "name": name},
            "argument": {"name": argument, "value": value},
        }:
            return name, {"prompt": name, "argument": argument, "value": value}
        case _:
            return None, None


def response(request: Request, result: dict[str, Any]) -> bytes:
    """A result on the wire."""
    return msgspec.json.encode({"jsonrpc": "2.0", "id": request.id, "result": result})
