"""The requests to send, made beforehand, and what a right answer to them looks like."""

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench import load
from bench.clinics import TELLING, Clinic

PATH = "/api/mcp/v1"
RESULTS = 20
REQUESTS = 8_000
HANDSHAKE = "2025-11-25"
STATELESS = "2026-07-28"
_ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": STATELESS,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and the newest value of the telling marker that its answer must have."""

    body: bytes
    head: bytes
    telling: int

    def to(self, port: int) -> bytes:
        """The bytes to send to the server on that port."""
        return self.head.replace(b"PORT", b"%d" % port) + self.body


def calls(clinics: Sequence[Clinic], version: str) -> list[Call]:
    """Calls for many patients, going round all credentials so that none exceeds its rate."""
    chance = random.Random(1)
    tokens = [
        (t, clinic)
        for places in zip(*(c.tokens for c in clinics), strict=True)
        for t, clinic in zip(places, clinics, strict=True)
    ]
    rounds = itertools.islice(itertools.cycle(tokens), REQUESTS)
    return [_call(token, *chance.choice(clinic.patients), version) for token, clinic in rounds]


def _call(token: str, patient_id: object, telling: int, version: str) -> Call:
    params: dict[str, Any] = {"name": "get_labs", "arguments": {"patient_id": str(patient_id)}}
    more = ""
    if version == STATELESS:
        params["_meta"] = _ENVELOPE
        more = "Mcp-Method: tools/call\r\nMcp-Name: get_labs\r\n"
    message = {"jsonrpc": "2.0", "id": telling, "method": "tools/call", "params": params}
    body = json.dumps(message).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        f"MCP-Protocol-Version: {version}\r\n{more}User-Agent: bench/1\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Call(body, head.encode(), telling)


def endless(calls: Sequence[Call], port: int) -> Iterator[bytes]:
    """Their bytes, over and over."""
    return itertools.cycle([call.to(port) for call in calls])


def payload_of_one(port: int, clinics: Sequence[Clinic]) -> dict[str, Any]:
    """The structured content of the answer to one call."""
    got: list[bytes] = []
    load.run(
        port, endless(calls(clinics, HANDSHAKE), port), connections=1, seconds=0.0, check=got.append
    )
    return payload(got[0])


def check(body: bytes) -> None:
    """Raise unless this looks like an answer with all results; done for every answer."""
    if body.count(b'"collected":') != RESULTS or b'"isError":true' in body:
        raise RuntimeError(f"A wrong answer: {body[-1500:].decode(errors='replace')}")


def check_whole(request: bytes, body: bytes, *, own: bool) -> None:
    """Read a sample: text and structure agree; `own` when it must be of the patient asked for."""
    asked, answer = json.loads(request.partition(b"\r\n\r\n")[2]), json.loads(body)
    structured = payload(body)
    if (
        answer["id"] != asked["id"]
        or json.loads(answer["result"]["content"][0]["text"]) != structured
    ):
        raise RuntimeError("An answer contradicts itself.")
    newest = next(m["results"][0] for m in structured["markers"] if m["loinc"] == TELLING)
    if own and newest["value"] != asked["id"]:
        raise RuntimeError("An answer is of another patient.")


def payload(body: bytes) -> dict[str, Any]:
    """The structured content of an answer."""
    return json.loads(body)["result"]["structuredContent"]
