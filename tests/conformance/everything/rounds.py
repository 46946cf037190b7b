"""The suite's tools that want something of the client before they answer.

In 2026-07-28 a result says what is wanted, and the client calls again with it. State goes through
the client's hands, so it is signed. Before, a server sent requests of its own over a stream.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CallToolRequestParams,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    GetPromptRequestParams,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)

from mcp_server.protocol import INVALID_PARAMS
from tests.conformance.everything.content import Wire, text

Context = ServerRequestContext[Any]
Params = CallToolRequestParams | GetPromptRequestParams

MISSING_CAPABILITY: Final = -32021
_KEY: Final = secrets.token_bytes(32)


def form(message: str, name: str, kind: str = "string") -> Wire:
    """A question to the person at the client."""
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return {
        "method": "elicitation/create",
        "params": {"message": message, "requestedSchema": schema},
    }


def sample(said: str) -> Wire:
    """A question to the client's model."""
    messages = [{"role": "user", "content": text(said)}]
    return {"method": "sampling/createMessage", "params": {"messages": messages, "maxTokens": 100}}


ROOTS: Final[Wire] = {"method": "roots/list", "params": {}}
_NAME: Final = form("What is your name?", "name")
_CONFIRM: Final = form("Please confirm", "ok", "boolean")


def sealed(said: str) -> str:
    """State that only this process can have written."""
    return f"{said}.{hmac.new(_KEY, said.encode(), hashlib.sha256).hexdigest()}"


def opened(state: str | None) -> str:
    """What it says; MCPError when someone else wrote it."""
    said = (state or "").rpartition(".")[0]
    if not hmac.compare_digest(sealed(said).encode(), (state or "").encode()):
        raise MCPError(code=INVALID_PARAMS, message="requestState is not one of this server.")
    return said


@dataclass(frozen=True, slots=True)
class Round:
    """What is asked, and whether state goes with it."""

    wanted: dict[str, Wire]
    state: str | None = None


ROUNDS: Final[dict[str, list[Round]]] = {
    "test_input_required_result_elicitation": [Round({"user_name": _NAME})],
    "test_streaming_elicitation": [Round({"user_name": _NAME})],
    "test_input_required_result_sampling": [
        Round({"capital_question": sample("What is the capital of France?")})
    ],
    "test_input_required_result_list_roots": [Round({"client_roots": ROOTS})],
    "test_input_required_result_request_state": [Round({"confirm": _CONFIRM}, "confirming")],
    "test_input_required_result_tampered_state": [Round({"confirm": _CONFIRM}, "confirming")],
    "test_input_required_result_multiple_inputs": [
        Round(
            {"user_name": _NAME, "greeting": sample("Generate a greeting"), "client_roots": ROOTS},
            "asking",
        )
    ],
    "test_input_required_result_multi_round": [
        Round({"step1": form("Step 1: What is your name?", "name")}, "one"),
        Round({"step2": form("Step 2: What is your favorite color?", "color")}, "two"),
    ],
    "test_input_required_result_prompt": [
        Round({"user_context": form("What context should the prompt use?", "context")})
    ],
}


def next_round(rounds: list[Round], params: Params) -> Wire | None:
    """What is still to be asked, or None when all has been answered."""
    given = (params.input_responses or {}).keys()
    state = None if params.request_state is None else opened(params.request_state)
    at = next((n for n, r in enumerate(rounds) if r.state is not None and r.state == state), 0)
    if given >= rounds[at].wanted.keys() and rounds[at].state == state:
        at += 1
    if at == len(rounds):
        return None
    asked: Wire = {"resultType": "input_required", "inputRequests": rounds[at].wanted}
    if (now := rounds[at].state) is not None:
        asked["requestState"] = sealed(now)
    return asked


async def of_capabilities(context: Context, _: CallToolRequestParams) -> Wire:
    """Ask for what the client said it can do, and nothing else."""
    can = context.session.client_capabilities
    wanted: dict[str, Wire] = {}
    if can is not None and can.sampling is not None:
        wanted["question"] = sample("What is the capital of France?")
    if can is not None and can.elicitation is not None:
        wanted["user_name"] = _NAME
    return {"resultType": "input_required", "inputRequests": wanted}


async def need_sampling(context: Context, _: CallToolRequestParams) -> Wire:
    """Refuse a client that has no model to ask."""
    needed = ClientCapabilities(sampling=SamplingCapability())
    if not context.session.check_client_capability(needed):
        data = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(code=MISSING_CAPABILITY, message="This needs sampling.", data=data)
    return {"content": [text("The client can sample.")]}


async def log(context: Context, _: CallToolRequestParams) -> Wire:
    """Say something on the way."""
    for said in ("started", "is at work", "has ended"):
        params = LoggingMessageNotificationParams(level="info", data=f"The tool {said}")
        await context.session.send_notification(
            LoggingMessageNotification(params=params), related_request_id=context.request_id
        )
    return {"content": [text("Logged.")]}


async def progress(context: Context, _: CallToolRequestParams) -> Wire:
    """Say how far it is."""
    for done in (0, 50, 100):
        await context.session.report_progress(done, 100)
    return {"content": [text("Done.")]}


async def sampling(context: Context, params: CallToolRequestParams) -> Wire:
    """Ask the client's model within the call."""
    said = TextContent(type="text", text=str((params.arguments or {}).get("prompt")))
    asked = CreateMessageRequestParams(
        messages=[SamplingMessage(role="user", content=said)], max_tokens=100
    )
    got = await context.session.send_request(
        CreateMessageRequest(params=asked), CreateMessageResult
    )
    return {"content": [text(f"LLM response: {got.content}")]}


async def elicitation(context: Context, params: CallToolRequestParams) -> Wire:
    """Ask the person within the call."""
    schema: Any = {"type": "object", "properties": {"response": {"type": "string"}}}
    asked = ElicitRequestFormParams(
        message=str((params.arguments or {}).get("message")), requested_schema=schema
    )
    got = await context.session.send_request(ElicitRequest(params=asked), ElicitResult)
    return {"content": [text(f"action={got.action}, content={got.content}")]}


Tool = Callable[[Context, CallToolRequestParams], Awaitable[Wire]]

ACTIVE: Final[dict[str, Tool]] = {
    "test_input_required_result_capabilities": of_capabilities,
    "test_missing_capability": need_sampling,
    "test_tool_with_logging": log,
    "test_logging_tool": log,
    "test_tool_with_progress": progress,
    "test_sampling": sampling,
    "test_elicitation": elicitation,
    "test_elicitation_sep1034_defaults": elicitation,
    "test_elicitation_sep1330_enums": elicitation,
}
