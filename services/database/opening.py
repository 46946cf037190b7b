"""The ways to begin a transaction: which function signs its context, and whom that makes it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from models.permission import Role
from models.vocabulary import CredentialKind, Tier
from services.database.statement import encode, statement
from services.database.wire import Ask
from services.principal import Principal, time_zone

REQUESTS_A_MINUTE = 600
"""Of one credential (SPEC 5), as `app.count_request` counts them."""

_COUNT = statement("SELECT app.count_request(:hash)")
_REQUEST = statement(
    "SELECT tenant_id, user_id, credential_id, role, tier, time_zone, kind, read_only, tools, at, "
    "key_id, wrapped_key FROM app.begin_request(:hash)"
)
_SESSION = statement(
    "SELECT tenant_id, user_id, session_id, roles, tier, time_zone, at "
    "FROM app.begin_session(:hash, :present)"
)
_SIGN_UP = statement(
    "SELECT app.now() FROM app.sign_up(:user_id, :email, :name, :licence, :tenant_id, :clinic, "
    ":time_zone, :session_id, :session_hash, :password_salt, :password_hash)"
)
_JOB = statement(
    "SELECT tenant_id, user_id, role, tier, time_zone, at, kind, ref_id FROM app.begin_job(:id)"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a credential narrows, beyond its role, and the key of its clinic's audit log."""

    kind: CredentialKind = CredentialKind.TOKEN
    read_only: bool = False
    tools: frozenset[str] | None = None
    key_id: UUID | None = None
    wrapped_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """How a transaction begins. `counted` is a statement that runs in a transaction of its own."""

    begin: Ask
    read: Callable[[tuple[Any, ...]], tuple[Principal, Grant]]
    counted: Ask | None = None


def request(token_hash: bytes, *, counted: bool = False) -> Opening:
    """A call of an AI client, by SHA-256 of its token; `counted` towards its rate, if asked."""
    values = [encode(token_hash)]
    return Opening((_REQUEST, values), _of_request, (_COUNT, values) if counted else None)


def session(session_hash: bytes, *, present: bool = True) -> Opening:
    """A person at a browser, by SHA-256 of the cookie's value.

    Not `present`: a page that was left open asks by itself, which keeps no session from its end.
    """
    values = _SESSION.values({"hash": session_hash, "present": present})
    return Opening((_SESSION, values), _of_session)


@dataclass(frozen=True, slots=True)
class SignUp:
    """Someone new, and the sandbox that is opened with the account."""

    user_id: UUID
    email: str
    name: str
    licence: str
    tenant_id: UUID
    clinic: str
    time_zone: str
    session_id: UUID
    session_hash: bytes
    password_salt: str | None = None
    password_hash: bytes | None = None
    """Without a password the session lasts ten minutes: as long as the making of the sandbox."""


def sign_up(new: SignUp) -> Opening:
    """A new person, as owner and provider of a new sandbox. A known e-mail is EmailTaken."""

    def read(row: tuple[Any, ...]) -> tuple[Principal, Grant]:
        roles = (Role.OWNER, Role.PROVIDER)
        zone = time_zone(new.time_zone)
        principal = Principal(
            new.tenant_id, new.user_id, new.session_id, roles, Tier.SANDBOX, zone, row[0]
        )
        return principal, Grant()

    return Opening((_SIGN_UP, _SIGN_UP.values(asdict(new))), read)


def job(outbox_id: UUID) -> Opening:
    """A queued job, as the person who caused it."""
    return Opening((_JOB, [encode(outbox_id)]), _of_job)


def _of_request(row: tuple[Any, ...]) -> tuple[Principal, Grant]:
    tenant, user, credential, role, tier, zone, kind, read_only, tools, at, key_id, wrapped = row
    principal = Principal(tenant, user, credential, (Role(role),), Tier(tier), time_zone(zone), at)
    allowed = None if tools is None else frozenset[str](tools)
    return principal, Grant(CredentialKind(kind), read_only, allowed, key_id, wrapped)


def _of_session(row: tuple[Any, ...]) -> tuple[Principal, Grant]:
    tenant, user, session_id, roles, tier, zone, at = row
    held = tuple(Role(role) for role in roles)
    return Principal(tenant, user, session_id, held, Tier(tier), time_zone(zone), at), Grant()


def _of_job(row: tuple[Any, ...]) -> tuple[Principal, Grant]:
    tenant, user, roles, tier, zone, at, _kind, ref_id = row
    held = tuple(Role(role) for role in roles.split("+"))
    return Principal(tenant, user, ref_id or tenant, held, Tier(tier), time_zone(zone), at), Grant()
