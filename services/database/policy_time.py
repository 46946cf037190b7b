"""Policy time is the server's own, unless a test moved it; production runs on no other."""

from datetime import timedelta
from typing import Final

import psycopg

from services.database.installation import CONNECT_SECONDS, InstallationError
from services.settings import Settings

REMEDY: Final = (
    "Only tests may do that: credentials and agreements would expire at wrong times. "
    "As an administrator, run UPDATE identity.clock SET moved_by = interval '0'."
)


def moved_by(url: str) -> timedelta:
    """How far policy time is from the server's; any of our logins may see it."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            # Plain now() would be app.now(): it comes first on the path of the runtime roles.
            moved = connection.execute("SELECT app.now() - pg_catalog.now()").fetchone()
    except psycopg.OperationalError:
        raise InstallationError("The database cannot be reached.") from None
    return moved[0] if moved else timedelta(0)


def refuse_moved(settings: Settings) -> None:
    """Let a production installation start only with the right time.

    Raises:
        InstallationError: policy time is moved; says by how much and what to do.
    """
    if settings.environment != "production":
        return
    if by := moved_by(settings.url_of("DATABASE_URL")):
        raise InstallationError(f"Policy time in this database is moved by {by}. {REMEDY}")
