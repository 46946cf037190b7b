"""People at a browser: signing in and out, and who is there."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from models.identifier import uuid7
from models.permission import GRANTS, Permission, Role
from models.vocabulary import Tier
from services.database import opening
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction, without_context
from services.database.statement import statement
from services.errors import NotAuthenticated, NotPermitted, TooManyTries
from services.identity import password as passwords
from services.network import network_of

SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=1)
"""How long nothing may be asked in it. Both as the database has them, in `sessions.sql`."""

WRONG = "The e-mail address or the password is wrong."
_FAILED = "Too many sign-ins with this e-mail address or from your network have failed."
NO_CLINIC = "You work at no clinic here. Ask the owner of the clinic to add you."

_SALT = statement("SELECT salt, wait_seconds FROM app.password_salt(:email, :network)")
_SIGN_IN = statement(
    "SELECT user_id, tenant_id, expires_at, wait_seconds FROM app.sign_in(:email, :hash, "
    ":tenant_id, :session_id, :session_hash, :ip, :network, :new_salt, :new_hash)"
)
_SIGN_UP = statement("SELECT app.count_sign_up(:network)")
_END = statement("SELECT app.end_session()")
_ME = statement(
    """
SELECT s.display_name, app.my_email(), s.credentials, s.use_ai, t.name, t.tier,
       t.sandbox_expires_at, t.time_zone
  FROM staff s JOIN tenants t ON t.tenant_id = s.tenant_id WHERE s.user_id = app.user_id()
"""
)
_NOBODY = passwords.new_salt()
"""For an address that nobody has: it takes as long to say no."""


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What a browser is given and sends with each request, and the id of its session."""

    session_id: UUID
    token: str = field(repr=False)

    @property
    def hash(self) -> bytes:
        """All that leaves this process of it."""
        return session_hash(self.token)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun, with the one sight of its token."""

    token: str = field(repr=False)
    session_id: UUID
    user_id: UUID
    tenant_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, where, and may do what. Times are UTC."""

    user_id: UUID
    name: str
    email: str
    letters: str | None
    """After the name: MD, NP, RN."""
    use_ai: bool
    tenant_id: UUID
    clinic: str
    tier: Tier
    sandbox_expires_at: datetime | None
    time_zone: str
    roles: tuple[Role, ...]
    permissions: frozenset[Permission]
    """Of all roles together."""

    @property
    def usual_role(self) -> Role:
        """The role to connect an assistant in: who treats patients connects mostly for that."""
        return Role.PROVIDER if Role.PROVIDER in self.roles else self.roles[0]

    @property
    def initials(self) -> str:
        """Of the first and the last name, or of the e-mail address."""
        words = [word for word in self.name.split() if word[0].isalnum()] or [self.email]
        return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper()


def new_session_key() -> SessionKey:
    """32 random bytes as text that a cookie may hold."""
    return SessionKey(uuid7(), secrets.token_urlsafe(32))


def session_hash(token: str) -> bytes:
    """SHA-256 of a session's token, by which `opening.session` begins."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def sign_in(
    pool: Pool, *, email: str, password: str, tenant_id: UUID | None = None, ip: str | None = None
) -> SignedIn:
    """Begin a session of 12 hours in this clinic, or in the one last used.

    Raises NotAuthenticated for a wrong address or password, NotPermitted for someone who works at
    no clinic, or not at this one, TooManyTries when in 15 minutes ten tries of one address have
    failed, or a hundred from one network.
    """
    email = email.strip()
    if not email.isprintable() or len(password) > passwords.LONGEST:
        raise NotAuthenticated(WRONG)
    network = network_of(ip)
    ((salt, wait),) = await without_context(pool, _SALT, email=email, network=network)
    if wait is not None:
        raise TooManyTries(_FAILED, retry_after=wait)
    hashed = await passwords.hash_with(salt or _NOBODY, password)
    newer = await passwords.hashed(password) if salt and passwords.is_outdated(salt) else None
    key = new_session_key()
    ((user_id, clinic_id, expires_at, wait),) = await without_context(
        pool,
        _SIGN_IN,
        email=email,
        hash=hashed,
        tenant_id=tenant_id,
        session_id=key.session_id,
        session_hash=key.hash,
        ip=ip,
        network=network,
        new_salt=newer and newer.salt,
        new_hash=newer and newer.hash,
    )
    if wait is not None:
        raise TooManyTries(_FAILED, retry_after=wait)
    if user_id is None:
        raise NotAuthenticated(WRONG)
    if clinic_id is None:
        raise NotPermitted(NO_CLINIC)
    return SignedIn(key.token, key.session_id, user_id, clinic_id, expires_at)


async def count_sign_up(pool: Pool, ip: str | None) -> None:
    """Count an account that someone is about to open.

    Raises TooManyTries for more than 30 from one network in an hour: each makes a whole clinic,
    and tells whether an e-mail address has an account.
    """
    ((wait,),) = await without_context(pool, _SIGN_UP, network=network_of(ip))
    if wait is not None:
        raise TooManyTries("Too many accounts were opened from your network.", retry_after=wait)


async def sign_out(pool: Pool, session_hash: bytes) -> None:
    """End a session, from the next request on. Raises NotAuthenticated if it had ended before."""
    async with clinic_transaction(pool, opening.session(session_hash)) as clinic:
        clinic.queue(_END)


async def who(clinic: ClinicSession) -> Me:
    """The person of this session, for the frame around each page."""
    (row,) = await clinic.rows(_ME)
    name, email, letters, use_ai, clinic_name, tier, sandbox_expires_at, time_zone = row
    principal = clinic.principal
    return Me(
        user_id=principal.user_id,
        name=name,
        email=email,
        letters=letters,
        use_ai=use_ai,
        tenant_id=principal.tenant_id,
        clinic=clinic_name,
        tier=Tier(tier),
        sandbox_expires_at=sandbox_expires_at,
        time_zone=time_zone,
        roles=principal.roles,
        permissions=_granted(principal.roles),
    )


def _granted(roles: Sequence[Role]) -> frozenset[Permission]:
    return frozenset(permission for role in roles for permission in GRANTS[role])
