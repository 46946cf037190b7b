"""`python -m mcp_server`: serve the endpoint until told to stop."""

import logging
import sys

import uvicorn

from mcp_server.app import App
from mcp_server.connection import Connection
from services.database import master_key
from services.database.installation import InstallationError
from services.database.policy_time import refuse_moved
from services.settings import DRAIN_SECONDS, SettingsError, read_settings

MOST_AT_ONCE = 1_000
"""Requests; one more is answered 503."""


def main() -> int:
    """Give the exit code."""
    try:
        settings = read_settings()
        refuse_moved(settings)
        master_key.refuse_wrong(settings)
        app = App(settings)
    except (SettingsError, InstallationError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s"
    )
    config = uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType] -- our narrower ASGI types
        host=settings.bind,
        port=settings.mcp_port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        http=Connection,
        ws="none",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    uvicorn.Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
