"""Makes every page: a file below `pages/` holds one, or a few that belong together."""

import pkgutil
from importlib import import_module

from moonshot_app import pages
from moonshot_app.page import PAGES, Page


def load() -> list[Page]:
    """Give all pages, in the order of their routes."""
    for module in pkgutil.walk_packages(pages.__path__, f"{pages.__name__}."):
        import_module(module.name)
    return sorted(PAGES, key=lambda page: page.route)
