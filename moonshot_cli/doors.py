"""The processes that `moonshot up` starts: each a door of the house, on a port of its own."""

import http.client
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from moonshot_cli.child import Child, tied
from moonshot_cli.failure import Failure
from moonshot_cli.postgres.server import is_free
from services.settings import PROJECT, ROLES, VARIABLES, Settings

READY_PATH = "/readyz"


@dataclass(frozen=True)
class Door:
    """`python -m module`, told its port by `port_variable`, given the database URLs it needs."""

    name: str
    module: str
    port_variable: str
    urls: tuple[str, ...] = ("DATABASE_URL",)

    def port(self, settings: Settings) -> int:
        return int(getattr(settings, VARIABLES[self.port_variable]))

    def refuse_if_taken(self, settings: Settings) -> None:
        port = self.port(settings)
        if not is_free(port):
            raise Failure(
                f"Port {port} on 127.0.0.1 is in use by another program. Stop it, or set "
                f"{self.port_variable} to a port that is free."
            )

    def start(self, settings: Settings, on_line: Callable[[Child, str], None]) -> Child:
        return Child(
            self.name,
            [*tied(signal.SIGTERM), sys.executable, "-m", self.module],
            environment=self.environment(settings),
            cwd=PROJECT,
            on_line=on_line,
        )

    def is_ready(self, settings: Settings) -> bool:
        """True once it answers 200 to GET /readyz."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(settings), timeout=2)
        try:
            connection.request("GET", READY_PATH)
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def environment(self, settings: Settings) -> dict[str, str]:
        """Ours, with the logins it needs and without the others."""
        # A server that faces the network is not told how to log in as anyone but itself.
        others = {*ROLES, "DATABASE_BACKUP_URL"} - set(self.urls)
        kept = {name: value for name, value in os.environ.items() if name not in others}
        urls = {name: settings.url_of(name) for name in self.urls}
        own = {"MOONSHOT_DATA": str(settings.data), "PYTHONUNBUFFERED": "1"}
        if settings.pg_bin is not None:
            own["MOONSHOT_PG_BIN"] = str(settings.pg_bin)
        if settings.master_key is not None:
            own["MOONSHOT_MASTER_KEY"] = settings.master_key.get_secret_value()
        return kept | urls | own


DOORS = (Door("mcp", "mcp_server", "MOONSHOT_MCP_PORT"),)
"""The web app and the worker are added here."""
