"""Requests that nobody means well with: right ones, spoiled; the same by the same seed."""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import quote, quote_plus

from tests.mcp_server.endpoint import MODERN, PATH, VERSIONS, modern, modern_headers

TEXTS: Final = (
    "",
    " ",
    "\0",
    "\x01\x1f\x7f",
    "\r\nx-injected: 1",
    "\ud800",
    "\u202e\u2066\ufeff",
    "👩‍⚕️" * 40,
    "ﬁ\u0301" * 20,
    "a" * 5_000,
    "'; DROP TABLE app.patients; --",
    "../../etc/passwd",
    "%00%ff%c0%af",
    "-1",
    "1e309",
    "9" * 400,
    "null",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}",
    "https://127.0.0.1:1/client.json",
    "https://[::1]/client.json",
    "http://a.example@b.example/#x",
)
NUMBERS: Final = (0, -1, 2**31, 2**63, -(2**200), 0.1, 1e308, float("inf"), float("nan"))
METHODS: Final = (
    "initialize",
    "server/discover",
    "tools/list",
    "tools/call",
    "ping",
    "prompts/list",
    "resources/read",
    "completion/complete",
    "logging/setLevel",
    "subscriptions/listen",
    "notifications/cancelled",
)
WELL_KNOWN: Final = tuple(
    f"/.well-known/{name}{suffix}"
    for name in ("oauth-authorization-server", "oauth-protected-resource", "openid-configuration")
    for suffix in ("", PATH, "/x")
)
FORMS: Final = ("/token", "/revoke", "/authorize")


@dataclass(frozen=True, slots=True)
class Known:
    """What a request needs to come far: a credential and a client that there are."""

    host: str
    token: str
    client_id: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Attack:
    """The bytes of a request in the parts in which they are sent."""

    parts: list[bytes]
    ends_early: bool = False
    """Whether the client goes away in the middle."""


@dataclass(slots=True)
class Attacker:
    """Makes requests, one like no other."""

    known: Known
    seed: int
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def next(self) -> Attack:
        """The next one."""
        verb, path, headers, body = self.random.choice(
            [self._call, self._call, self._form, self._form, self._registration, self._reading]
        )()
        headers = self._spoiled_headers(headers)
        return self._sent(verb, path, headers, body)

    def _place(self) -> str:
        return f"198.19.{self.random.randrange(256)}.{self.random.randrange(256)}"

    def _often(self, of_hundred: int) -> bool:
        return self.random.randrange(100) < of_hundred

    def _text(self) -> str:
        return self.random.choice(TEXTS)

    def _value(self, depth: int = 0) -> Any:
        kinds = [
            lambda: None,
            lambda: self._often(50),
            lambda: self.random.choice(NUMBERS),
            self._text,
            lambda: [self._value(depth + 1) for _ in range(self.random.randrange(4))],
            lambda: {self._text(): self._value(depth + 1) for _ in range(self.random.randrange(4))},
        ]
        return self.random.choice(kinds[:4] if depth > 3 else kinds)()

    def _spoiled(self, right: dict[str, Any]) -> dict[str, Any]:
        """With a value somewhere in it that is another, missing, or too much."""
        spoiled = dict(right)
        for name, value in right.items():
            if isinstance(value, dict) and self._often(40):
                spoiled[name] = self._spoiled(value)
            elif self._often(12):
                spoiled[name] = self._value()
            elif self._often(8):
                del spoiled[name]
        if self._often(15):
            spoiled[self._text()] = self._value()
        return spoiled

    def _json(self, value: Any) -> bytes:
        """Of some kind, and not always JSON."""
        said = json.dumps(value, ensure_ascii=self._often(60))
        body = said.encode(errors="surrogatepass")
        spoils = [
            lambda: said.encode("utf-16", errors="surrogatepass"),
            lambda: b"\xef\xbb\xbf" + body,
            lambda: body[: self.random.randrange(len(body))],
            lambda: body + body,
            lambda: b"[" + body + b"]",
            lambda: b"[" * 50_000,
            lambda: b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
            lambda: b"{" + b",".join(b'"id":%d' % n for n in range(50)) + b"," + body[1:],
            lambda: body.replace(b"a", b"\xff", 1),
            lambda: b"",
            lambda: b" " * 70_000 + body,
        ]
        return self.random.choice(spoils)() if self._often(20) else body

    def _call(self) -> tuple[str, str, list[tuple[str, str]], bytes]:
        method = self.random.choice(METHODS)
        version = self.random.choice(VERSIONS)
        arguments = {"query": "alba", "limit": 3, "patient_id": "x", "cursor": "x"}
        name = self.random.choice(["search_patients", "get_labs", "whoami", "get_appointments"])
        params: dict[str, Any] = {"name": name, "arguments": self._spoiled(arguments)}
        if method == "initialize":
            client = {"name": "x", "version": "1"}
            params = {"protocolVersion": version, "capabilities": {}, "clientInfo": client}
        headers = [("mcp-protocol-version", version)]
        if version == MODERN:
            params = modern(params)
            headers += modern_headers(method, params).items()
        message = {"jsonrpc": "2.0", "id": self.random.randrange(9), "method": method}
        message = self._spoiled(message | {"params": self._spoiled(params)})
        headers += [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("authorization", f"Bearer {self.known.token if self._often(85) else self._text()}"),
        ]
        return "POST", PATH, headers, self._json(message)

    def _fields(self) -> list[tuple[str, str]]:
        known = self.known
        fields = [
            ("client_id", known.client_id),
            ("redirect_uri", known.redirect_uri),
            ("resource", f"http://{known.host}{PATH}"),
            ("response_type", "code"),
            ("state", "s"),
            ("scope", "clinic:read"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("grant_type", self.random.choice(["authorization_code", "refresh_token"])),
            ("code", "mcl_code_" + "x" * 43),
            ("refresh_token", "mcl_refresh_" + "x" * 43),
            ("token", self.random.choice([known.token + "x", "mcl_refresh_" + "x" * 43])),
            ("code_verifier", "dBjftJeZ4CVP-mBNzeDghgZxX8Ql3AsaLVM"),
        ]
        for _ in range(self.random.randrange(3)):
            at = self.random.randrange(len(fields))
            name, value = fields[at]
            spoils = [[(name, self._text())], [], [(name, value)] * 2, [(self._text(), value)]]
            fields[at : at + 1] = self.random.choice(spoils)
        return fields

    def _form(self) -> tuple[str, str, list[tuple[str, str]], bytes]:
        path, written = self.random.choice(FORMS), self.random.choice([quote, quote_plus])
        pairs = (
            f"{written(n, errors='replace')}={written(v, errors='replace')}"
            for n, v in self._fields()
        )
        said = "&".join(pairs).encode()
        if self._often(10):
            at = self.random.randrange(len(said))
            said = (
                said[:at] + self.random.choice([b"%zz", b"%ff", b"&&==;", b"+", b"%"]) + said[at:]
            )
        if self._often(3):
            said += b"&x=y" * self.random.choice([50, 20_000])
        if path == "/authorize" and self._often(90):
            return "GET", f"{path}?{said[:20_000].decode()}", [], b""
        kind = "application/x-www-form-urlencoded"
        headers = [("content-type", kind if self._often(90) else self._text())]
        if self._often(20):
            headers.append(
                ("authorization", self.random.choice(["Basic eDp5", "Basic ====", "Basic"]))
            )
        return "POST", path, headers, said

    def _registration(self) -> tuple[str, str, list[tuple[str, str]], bytes]:
        said: dict[str, Any] = {
            "client_name": "Assistant",
            "redirect_uris": [self.random.choice([self.known.redirect_uri, self._text()])],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": "clinic:read",
            "contacts": [],
            "jwks": {"keys": []},
            "client_uri": "https://client.example/",
            "logo_uri": "https://client.example/x.png",
            "software_id": "x",
        }
        headers = [("content-type", "application/json")]
        return "POST", "/register", headers, self._json(self._spoiled(said))

    def _reading(self) -> tuple[str, str, list[tuple[str, str]], bytes]:
        path = self.random.choice(
            [*WELL_KNOWN, PATH, *FORMS, "/register", "/connect/", "/authorize"]
        )
        verb = self.random.choice(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "QUERY"])
        return verb, f"{path}?ask={quote(self._text(), errors='replace')}", [], b""

    def _spoiled_headers(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        spoiled = list(headers)
        if headers and self._often(15):
            at = self.random.randrange(len(headers))
            name, value = headers[at]
            spoiled[at : at + 1] = self.random.choice(
                [[], [(name, value)] * 2, [(name, self._text())], [(name.upper(), f"  {value}\t")]]
            )
        if self._often(10):
            odd = ["cookie", "origin", "x-forwarded-host", "content-encoding", "accept-language"]
            spoiled.append((self.random.choice(odd), self._text()))
        return spoiled

    def _sent(self, verb: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Attack:
        """The request in bytes; who asks comes from another address each time."""
        own = [("host", self.known.host), ("x-forwarded-for", self._place())]
        length = [("content-length", str(len(body)))]
        chunked = bool(body) and self._often(15)
        if chunked:
            length = [("transfer-encoding", "chunked")]
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif self._often(2):
            length = [("content-length", self.random.choice(["-1", "x", "9" * 30, "1, 1"]))]
        lines = [f"{verb} {path} HTTP/1.1"]
        lines += [f"{n}: {v}" for n, v in (*own, *headers, *length, ("connection", "close"))]
        raw = "\r\n".join([*lines, "", ""]).encode(errors="surrogatepass") + body
        if self._often(3):
            return Attack([raw[: self.random.randrange(1, len(raw))]], ends_early=True)
        if self._often(20):
            at = self.random.randrange(1, len(raw))
            return Attack([raw[:at], raw[at:]])
        return Attack([raw])
