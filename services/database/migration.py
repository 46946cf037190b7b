"""The schema brought to the revision of this code, by Alembic."""

from io import StringIO

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from services.database.installation import InstallationError, knows, revision
from services.settings import PROJECT


def migrate(owner_url: str) -> list[str]:
    """Brings the schema to this code's revision; gives the revisions applied, oldest first.

    Raises:
        InstallationError: the database is newer than this code, or a migration failed.
    """
    before = revision(owner_url)
    if before is not None and not knows(before):
        raise InstallationError(
            f"The database is at revision {before}, which this code does not have. "
            "It was migrated by a newer version: run that version, or restore a backup."
        )
    applied: list[str] = []
    try:
        command.upgrade(_config(owner_url, applied), "head")
    except DBAPIError as wrong:
        # The server's first line alone: what follows it can hold a row's values.
        said = str(wrong.orig).partition("\n")[0]
        raise InstallationError(f"The migration failed and nothing was changed: {said}") from None
    return applied


def differences(owner_url: str) -> str | None:
    """What a migration would still have to change for the tables in models/; None if nothing."""
    try:
        command.check(_config(owner_url))
    except CommandError as found:
        return str(found)
    return None


def _config(owner_url: str | None = None, applied: list[str] | None = None) -> Config:
    # What alembic would print is for its own command line; callers here speak for themselves.
    config = Config(PROJECT / "alembic.ini", stdout=StringIO())
    config.attributes["url"] = owner_url
    config.attributes["applied"] = applied
    return config
