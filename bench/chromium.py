"""The Chromium that measures, tests and takes pictures: where it is, and how it is started."""

import shutil
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING: Final = "No Chromium is installed: see find_browser in install.sh."


def find(playwrights: str) -> str | None:
    """The machine's own, or else Playwright's, if it is where Playwright says; None without any."""
    own = next(filter(None, map(shutil.which, NAMES)), None)
    return own or (playwrights if Path(playwrights).exists() else None)
