"""`python -m moonshot_app`: serve the pages until told to stop."""

import logging
import sys

from moonshot_app.installation import installation
from moonshot_app.log import quiet
from moonshot_app.web import application
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
    except (SettingsError, InstallationError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s"
    )
    quiet()
    serve(application(installation()), settings, settings.port, websockets=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
