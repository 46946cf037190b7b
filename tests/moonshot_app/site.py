"""The whole site as people reach it: the web process, with the endpoint behind it."""

import http.client
import random
import socket
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlencode, urlsplit

from tests.ground import Database
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.process import Server

PASSWORD = "a long sentence to sign in with"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def getheader(self, name: str) -> str | None:
        """The first of that name, in lower case or not."""
        return next((value for given, value in self.headers if given.lower() == name), None)


class Site:
    """Both processes on one database, under one origin."""

    def __init__(self, database: Database, folder: Path, origin: str | None = None) -> None:
        """`origin` is where a proxy before it would be reached."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.origin = origin or f"http://127.0.0.1:{self.port}"
        self.host = urlsplit(self.origin).netloc
        self._ends = ExitStack()
        port = {
            "MOONSHOT_PORT": str(self.port),
            "MOONSHOT_PUBLIC_ORIGIN": self.origin,
            "MOONSHOT_TRUSTED_PROXIES": "127.0.0.1",
        }
        self.mcp = self._ends.enter_context(Server(database, folder / "mcp", **port))
        self._web = {**port, "MOONSHOT_MCP_PORT": str(self.mcp.port)}
        self._database, self._folder = database, folder
        self.web = self.start_web()
        self.mcp.wait_until_ready()

    def start_web(self) -> Server:
        """The web process; again, after it was stopped."""
        self.web = Server(self._database, self._folder / "web", module="moonshot_app", **self._web)
        self.web.endpoint = Endpoint(self.port)
        return self.web.wait_until_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.web.stop()
        self._ends.close()

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        """One request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Host": self.host} | given)
        with closing(connection), connection.getresponse() as got:
            text = got.read().decode(errors="replace")
            return Answer(got.status, got.getheaders(), text)

    def post(
        self, path: str, *, came_from: str | None = None, cookie: str = "", **fields: str
    ) -> Answer:
        """A form, as a page of ours posts it, from an address as a trusted proxy would say it."""
        return self.ask(
            "POST",
            path,
            urlencode(fields),
            content_type="application/x-www-form-urlencoded",
            origin=self.origin,
            cookie=cookie,
            x_forwarded_for=came_from or somewhere(),
        )

    def signed_up(
        self, email: str, name: str = "Dana Whitaker", clinic: str = "Alder Street Clinic"
    ) -> str:
        """Opens a sandbox; gives the Cookie header of its owner."""
        answer = self.post(
            "/auth/sign-up",
            name=name,
            email=email,
            clinic=clinic,
            time_zone="America/New_York",
            password=PASSWORD,
        )
        assert answer.getheader("location") == "/onboarding/"
        return cookie_of(answer)


def somewhere() -> str:
    """An address of one's own, so that nobody's tries are counted together with another's."""
    return f"198.18.{random.randrange(256)}.{random.randrange(256)}"


def cookie_of(answer: Answer) -> str:
    """The session's cookie, as a browser sends it back."""
    given = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    (session,) = [value for value in given if value.startswith("mc_session=")]
    return session.split(";")[0]
