"""The processes that `moonshot up` starts: each a door of the house, on a port of its own."""

import http.client
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from moonshot_cli import pages
from moonshot_cli.child import Child, tied
from moonshot_cli.failure import Failure
from moonshot_cli.postgres.server import is_free
from services.settings import PROJECT, ROLES, VARIABLES, Settings, given

READY_PATH = "/readyz"


@dataclass(frozen=True)
class Door:
    """`python -m module`, told its port by `port_variable`, given the database URLs it needs."""

    name: str
    module: str
    port_variable: str
    urls: tuple[str, ...] = ("DATABASE_URL",)
    behind_web: bool = False
    """Whether the web door passes requests on to it, and says from where they came."""
    prepare: Callable[[Callable[[str], None]], None] | None = None
    """What must be done before it can start; it may say what takes its time."""

    def port(self, settings: Settings) -> int:
        return int(getattr(settings, VARIABLES[self.port_variable]))

    def refuse_if_taken(self, settings: Settings) -> None:
        port = self.port(settings)
        if not is_free(port, settings.bind):
            raise Failure(
                f"Port {port} on {settings.bind} is in use by another program, or that is no "
                f"address of this machine. Stop the program, or set {self.port_variable} to a port "
                "that is free, MOONSHOT_BIND to an address of this machine."
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
        connection = http.client.HTTPConnection(
            settings.near_address, self.port(settings), timeout=2
        )
        try:
            connection.request("GET", READY_PATH)
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def environment(self, settings: Settings) -> dict[str, str]:
        """Ours and that of the settings' file, with the logins it needs and without the others."""
        # A server that faces the network is not told how to log in as anyone but itself, nor
        # does it read the file that says so.
        others = {*ROLES, "DATABASE_BACKUP_URL"} - set(self.urls)
        kept = {name: value for name, value in given().items() if name not in others}
        urls = {name: settings.url_of(name) for name in self.urls}
        own = {
            "MOONSHOT_DATA": str(settings.data),
            "MOONSHOT_ENV_FILE": os.devnull,
            "PYTHONUNBUFFERED": "1",
        }
        if self.behind_web:
            trusted = [str(network) for network in settings.trusted_proxies]
            own["MOONSHOT_TRUSTED_PROXIES"] = ",".join({*trusted, settings.near_address})
        if settings.pg_bin is not None:
            own["MOONSHOT_PG_BIN"] = str(settings.pg_bin)
        if settings.master_key is not None:
            own["MOONSHOT_MASTER_KEY"] = settings.master_key.get_secret_value()
        return kept | urls | own


DOORS = (
    Door("mcp", "mcp_server", "MOONSHOT_MCP_PORT", behind_web=True),
    Door("web", "moonshot_app", "MOONSHOT_PORT", prepare=pages.ensure_built),
)
"""The worker is added here."""
