"""`python -m mcp_server`: serve the endpoint until told to stop."""

import logging
import sys

from mcp_server.app import App
from services.database import master_key
from services.database.installation import InstallationError
from services.database.policy_time import refuse_moved
from services.listener.server import serve
from services.settings import SettingsError, read_settings


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
    serve(app, settings, settings.mcp_port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
