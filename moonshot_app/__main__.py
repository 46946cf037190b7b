"""`python -m moonshot_app`: serve the pages until told to stop."""

import logging
import sys

import uvicorn

from moonshot_app.installation import installation
from moonshot_app.log import quiet
from moonshot_app.web import application
from services.database import master_key
from services.database.installation import InstallationError
from services.database.policy_time import refuse_moved
from services.settings import DRAIN_SECONDS, SettingsError, read_settings


def main() -> int:
    """Give the exit code."""
    try:
        settings = read_settings()
        refuse_moved(settings)
        master_key.refuse_wrong(settings)
    except (SettingsError, InstallationError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s"
    )
    quiet()
    config = uvicorn.Config(
        application(installation()),  # pyright: ignore[reportArgumentType] -- our narrower ASGI types
        host=settings.bind,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="wsproto",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    uvicorn.Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
