"""Whether the master key is the one that this database's keys are wrapped with."""

from typing import Any, Final

import psycopg
from psycopg import Connection

from models.identifier import uuid7
from services.database.installation import InstallationError, connected
from services.database.made_by import OtherVersionError
from services.keys import KeyRing, WrongMasterKey, new_key
from services.settings import Settings

WRONG: Final = "The master key is not the one that the keys in this database are wrapped with."
REMEDY: Final = (
    "Put the right one back: into MOONSHOT_MASTER_KEY where that is set, else into the file "
    "master.key of MOONSHOT_DATA. If it is lost, `moonshot backup` and then `moonshot restore "
    "--without-key` give each clinic new keys; what the old ones wrapped stays unreadable."
)


class WrongMasterKeyError(InstallationError):
    """This master key opens none of the database's keys."""

    def __init__(self) -> None:
        super().__init__(f"{WRONG} {REMEDY}")


def refuse_wrong(settings: Settings, variable: str = "DATABASE_URL") -> None:
    """Let nothing begin that would fail at each call. A database without keys takes any.

    Raises:
        InstallationError: the key is wrong, or the database cannot be reached.
    """
    if not fits(settings.url_of(variable), settings.master_key_bytes):
        raise WrongMasterKeyError


def fits(url: str, key: bytes) -> bool:
    """True if the key opens one of the keys tried, or there is none; any login of ours may ask.

    Raises:
        InstallationError: there is nothing to ask, or nobody.
    """
    ring = KeyRing(key)
    with connected(url) as connection:
        rows = _some_wrapped_keys(connection)
    return not rows or any(_opens(ring, *row) for row in rows)


def _some_wrapped_keys(connection: Connection[Any]) -> list[Any]:
    try:
        return connection.execute("SELECT * FROM app.some_wrapped_keys()").fetchall()
    except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName):
        raise OtherVersionError from None


def _opens(ring: KeyRing, tenant_id: Any, key_id: Any, wrapped: bytes) -> bool:
    try:
        ring.open(wrapped, tenant_id=tenant_id, key_id=key_id)
    except WrongMasterKey:
        return False
    return True


def replace_lost(admin: str, key: bytes) -> int:
    """Gives clinics new keys for those that this master key does not open; gives their number.

    `admin` is the conninfo of a superuser: it sees every clinic's rows. What the old keys were
    for stays as unreadable as it is.
    """
    ring = KeyRing(key)
    with connected(admin) as connection:
        live = connection.execute(
            "SELECT tenant_id, id, wrapped, purpose FROM app.tenant_keys WHERE retired_at IS NULL"
        ).fetchall()
        lost = [row for row in live if not _opens(ring, *row[:3])]
        for tenant_id, old_id, _, purpose in lost:
            connection.execute(
                "UPDATE app.tenant_keys SET retired_at = app.now() "
                "WHERE tenant_id = %s AND id = %s",
                [tenant_id, old_id],
            )
            key_id = uuid7()
            wrapped = ring.wrap(new_key(), tenant_id=tenant_id, key_id=key_id)
            connection.execute(
                "INSERT INTO app.tenant_keys (tenant_id, id, purpose, wrapped) "
                "VALUES (%s, %s, %s, %s)",
                [tenant_id, key_id, purpose, wrapped],
            )
    return len(lost)
