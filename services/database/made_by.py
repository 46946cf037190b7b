"""Whether a database was made by this code: a revision that is edited in place does not tell."""

import hashlib
from typing import Final

from models import row_security
from services.database.installation import InstallationError, connected
from services.settings import PROJECT

WHAT: Final = "the database is the one that this code makes"
REMEDY: Final = (
    "Another, unreleased version made its tables and functions, and no migration leads from there "
    "to here. If it holds nothing but sandboxes, begin anew: remove the folder MOONSHOT_DATA, or "
    "give the URLs of an empty database. If it holds more, run the version that made it."
)
_FOUND: Final = "SELECT obj_description(to_regnamespace('app'), 'pg_namespace')"


class OtherVersionError(InstallationError):
    """Another version of the code made this database, though the revision may be the same."""

    def __init__(self) -> None:
        super().__init__(f"This database is not the one that this code makes. {REMEDY}")


def fingerprint() -> str:
    """Of all that migrations run: their own text, and that of the functions."""
    digest = hashlib.sha256()
    for file in sorted((PROJECT / "alembic" / "versions").glob("*.py")):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("\n".join(row_security.functions()).encode())
    return digest.hexdigest()


def stamp() -> str:
    """The statement by which a migration says whose it was; backups carry it along."""
    return f"COMMENT ON SCHEMA app IS 'made by {fingerprint()}'"


def is_this_code(url: str) -> bool:
    """True if this code ran the last migration; any of our logins may ask."""
    with connected(url) as connection:
        return connection.execute(_FOUND).fetchone() == (f"made by {fingerprint()}",)


def refuse_other(url: str) -> None:
    """Let nothing begin on functions that this code does not mean.

    Raises:
        InstallationError: another version made the database, or it cannot be reached.
    """
    if not is_this_code(url):
        raise OtherVersionError
