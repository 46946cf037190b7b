"""Proof of who is there: the password once more, before something is signed (SPEC 8)."""

from datetime import datetime, timedelta
from typing import Final

from services.database import opening
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.database.statement import statement
from services.errors import NotAuthenticated, NotPermitted, TooManyTries
from services.identity import password as passwords
from services.network import network_of

PROOF_LIFE: Final = timedelta(minutes=15)
"""As the database has it, in `passwords.sql`."""

_FAILED: Final = "Too many tries with this account or from your network have failed."
_SALT = statement("SELECT salt, wait_seconds FROM app.my_password_salt(:network)")
_PROVE = statement("SELECT proved, wait_seconds FROM app.prove(:hash, :ip, :network)")
_UNTIL = statement("SELECT app.proved_until()")


async def until(clinic: ClinicSession) -> datetime | None:
    """Until when this session's last proof counts (UTC); None where one is needed."""
    ((moment,),) = await clinic.rows(_UNTIL)
    return moment


async def prove(pool: Pool, session_hash: bytes, password: str, *, ip: str | None = None) -> None:
    """Give the password in a session that is open: it counts for a quarter of an hour.

    Raises NotAuthenticated for a wrong one, NotPermitted for an account that has none, TooManyTries
    as sign-in does: failures of both count together.
    """
    network = network_of(ip)
    if len(password) > passwords.LONGEST:
        raise NotAuthenticated(WRONG)
    async with clinic_transaction(pool, opening.session(session_hash)) as clinic:
        ((salt, wait),) = await clinic.rows(_SALT, network=network)
    _heard(wait)
    if salt is None:
        raise NotPermitted("This account has no password. The operator can set one: " + _HOW)
    hashed = await passwords.hash_with(salt, password)
    async with clinic_transaction(pool, opening.session(session_hash)) as clinic:
        ((proved, wait),) = await clinic.rows(_PROVE, hash=hashed, ip=ip, network=network)
    _heard(wait)
    if not proved:
        raise NotAuthenticated(WRONG)


WRONG: Final = "This is not your password."
_HOW: Final = "moonshot account password EMAIL."


def _heard(wait: int | None) -> None:
    if wait is not None:
        raise TooManyTries(_FAILED, retry_after=wait)
