"""Policy time is the server's own, unless a test moved it; production runs on no other."""

from datetime import timedelta
from typing import Final

from services.database.installation import InstallationError, connected
from services.settings import Settings

REMEDY: Final = (
    "Only tests may do that: credentials and agreements would expire at wrong times. "
    "As an administrator, run UPDATE identity.clock SET moved_by = interval '0'."
)


def moved_by(url: str) -> timedelta:
    """How far policy time is from the server's; any of our logins may see it."""
    with connected(url) as connection:
        # Plain now() would be app.now(): it comes first on the path of the runtime roles.
        moved = connection.execute("SELECT app.now() - pg_catalog.now()").fetchone()
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
