"""What the tools cost a client in tokens, and how long a synthetic clinic takes to make."""

import asyncio
import http.client
import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import requests
from bench.ground import Ground
from models.permission import Role
from services.database.pool import Pool
from services.keys import KeyRing
from services.onboarding.sandbox import NewSandbox, Sandbox, mint_for, open_sandbox

BYTES_A_TOKEN = 4
USUAL = {"query": "john", "date_range": "this_week"}
"""What is given where something must be."""


@dataclass(frozen=True, slots=True)
class Furnished:
    """A sandbox as a new user gets it, with a token of each role."""

    sandbox: Sandbox
    seconds: float
    """To make and to store it."""
    tokens: Mapping[Role, str]


def furnish(ground: Ground, master_key: bytes) -> Furnished:
    """Open a sandbox."""
    return asyncio.run(_furnish(ground, KeyRing(master_key)))


async def _furnish(ground: Ground, keys: KeyRing) -> Furnished:
    app, owner = Pool(ground.app_url, size=1), Pool(ground.owner_url, size=1)
    try:
        new = NewSandbox("new@example.test", "Ada Example", "New Clinic", "America/New_York")
        began = time.perf_counter()
        sandbox = await open_sandbox(app, keys, new, owner=owner)
        seconds = time.perf_counter() - began
        minted = await mint_for(app, sandbox, list(Role), owner=owner)
        return Furnished(sandbox, seconds, {m.role: m.token.text for m in minted})
    finally:
        await app.close()
        await owner.close()


def report(ground: Ground, port: int, furnished: Furnished) -> Iterator[str]:
    """Lines of Markdown."""
    asked = {role: _tools(port, token) for role, token in furnished.tokens.items()}
    role, widest = max(asked.items(), key=lambda item: size(item[1]))
    bare = [{k: v for k, v in tool.items() if k != "outputSchema"} for tool in widest]
    yield f"- A synthetic clinic: {furnished.seconds:.2f} s to make and to store."
    yield (
        f"- `tools/list` for the widest role ({role}, {len(widest)} tools): {_tokens(widest)} "
        f"tokens (bytes / {BYTES_A_TOKEN}), {_tokens(bare)} without the output schemas."
    )
    yield ""
    yield "| tool, with default arguments | tokens of an answer, median | largest |"
    yield "|---|--:|--:|"
    patients = _patients(ground, furnished)
    for tool in widest:
        sizes = [
            _tokens(called(port, furnished.tokens[role], tool["name"], arguments))
            for arguments in _arguments(tool, patients)
        ]
        yield f"| `{tool['name']}` | {statistics.median(sizes):.0f} | {max(sizes)} |"


def _patients(ground: Ground, furnished: Furnished) -> list[str]:
    with psycopg.connect(ground.owner_url) as connection:
        found = connection.execute(
            "SELECT id FROM app.patients WHERE tenant_id = %s", [furnished.sandbox.tenant_id]
        )
        return [str(id_) for (id_,) in found]


def _arguments(tool: Mapping[str, Any], patients: Sequence[str]) -> list[dict[str, str]]:
    """What must be given, once for each patient where it is one."""
    required = tool["inputSchema"].get("required", [])
    if "patient_id" in required:
        return [{"patient_id": patient} for patient in patients]
    return [{name: USUAL[name] for name in required}]


def _tools(port: int, token: str) -> list[dict[str, Any]]:
    return _post(port, token, "tools/list", {})["tools"]


def called(port: int, token: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The structured content of an answer; RuntimeError for an error."""
    result = _post(port, token, "tools/call", {"name": name, "arguments": arguments})
    if result.get("isError"):
        raise RuntimeError(f"{name} answers with an error")
    return result["structuredContent"]


def _post(port: int, token: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": requests.HANDSHAKE,
    }
    connection.request("POST", requests.PATH, body, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer["result"]


def size(value: object) -> int:
    """Bytes as JSON without spaces."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _tokens(value: object) -> int:
    return size(value) // BYTES_A_TOKEN
