"""A sandbox: a synthetic clinic with its people, opened at sign-up or by the operator."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.identifier import uuid7
from models.permission import Role
from models.tenant import TenantKey
from services.database import opening, operator
from services.database.opening import SignUp
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.database.statement import statement
from services.errors import EmailTaken, InvalidInput
from services.identity.by_operator import mint_in_place
from services.identity.credentials import Minted
from services.keys import KeyRing, new_key
from services.onboarding import synthetic_clinic
from services.onboarding.synthetic_clinic.staff import OWNER_LICENCE, STAFF
from services.settings import Settings

OWNER_ROLES = (Role.OWNER, Role.PROVIDER)
CREDENTIAL_LIFE = timedelta(days=30)
"""As long as the sandbox itself."""
LONGEST_NAME = 100
LONGEST_EMAIL = 254
"""RFC 5321: what fits in a path."""

_COLLEAGUE = statement(
    "SELECT app.add_sandbox_colleague(:user_id, :email, :name, :credentials, :licence, :role)"
)


@dataclass(frozen=True, slots=True)
class NewSandbox:
    """What has to be known to open one."""

    email: str
    name: str
    clinic: str
    time_zone: str

    def problems(self) -> dict[str, str]:
        """What is wrong, by the name of the field."""
        problems: dict[str, str] = {}
        for key, text in {"clinic": self.clinic, "name": self.name}.items():
            if not text.strip():
                problems[key] = "must not be blank"
            elif len(text) > LONGEST_NAME or not text.isprintable():
                problems[key] = f"must be one line of at most {LONGEST_NAME} characters"
        local, _, domain = self.email.partition("@")
        plain = self.email.isprintable() and not any(c.isspace() for c in self.email)
        if not local or "." not in domain or not plain or len(self.email) > LONGEST_EMAIL:
            problems["email"] = "must be an e-mail address"
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            problems["time_zone"] = "must be an IANA time zone such as America/New_York"
        return problems


@dataclass(frozen=True, slots=True)
class Sandbox:
    """An open sandbox."""

    tenant_id: UUID
    owner_id: UUID
    people: Mapping[Role, UUID]
    """Who holds each role; the owner holds two."""


async def make_sandbox(
    settings: Settings, new: NewSandbox, roles: Sequence[Role]
) -> tuple[Sandbox, list[Minted]]:
    """Open a sandbox as the operator, with a credential for each role. Settings are complete."""
    app = Pool(settings.url_of("DATABASE_URL"), size=1)
    owner = Pool(settings.url_of("DATABASE_OWNER_URL"), size=1)
    try:
        sandbox = await open_sandbox(app, KeyRing(settings.master_key_bytes), new, owner=owner)
        return sandbox, await mint_for(app, sandbox, roles, owner=owner)
    finally:
        await app.close()
        await owner.close()


async def open_sandbox(app: Pool, keys: KeyRing, new: NewSandbox, *, owner: Pool) -> Sandbox:
    """Open a sandbox for an e-mail address, known or not, and fill it; all of it or nothing.

    `owner` is the operator's connection, needed where the address has an account already.
    Raises InvalidInput for an e-mail or a time zone that cannot be one, and for a blank name.
    """
    if problems := new.problems():
        raise InvalidInput(problems)
    tenant_id, key = uuid7(), operator.new_session_key()
    sign_up = SignUp(
        user_id=uuid7(),
        email=new.email,
        name=new.name,
        licence=OWNER_LICENCE,
        tenant_id=tenant_id,
        clinic=new.clinic,
        time_zone=new.time_zone,
        session_id=key.session_id,
        session_hash=key.hash,
    )
    try:
        async with clinic_transaction(app, opening.sign_up(sign_up)) as clinic:
            return await fill(clinic, keys)
    except EmailTaken:
        await operator.open_sandbox(
            owner,
            email=new.email,
            name=new.name,
            licence=OWNER_LICENCE,
            tenant_id=tenant_id,
            clinic=new.clinic,
            time_zone=new.time_zone,
            key=key,
        )
        async with clinic_transaction(app, opening.session(key.hash)) as clinic:
            return await fill(clinic, keys)


async def mint_for(
    app: Pool, sandbox: Sandbox, roles: Sequence[Role], *, owner: Pool
) -> list[Minted]:
    """A credential for each role, minted in the place of the person who holds it."""
    return [
        await mint_in_place(
            app, owner, sandbox.tenant_id, sandbox.people[role], role=role, life=CREDENTIAL_LIFE
        )
        for role in roles
    ]


async def fill(clinic: ClinicSession, keys: KeyRing) -> Sandbox:
    """Give a new sandbox its key, its people and its synthetic rows, in its owner's session."""
    principal = await clinic.begin()
    key_id = uuid7()
    wrapped = keys.wrap(new_key(), tenant_id=principal.tenant_id, key_id=key_id)
    await clinic.insert(
        [TenantKey(tenant_id=principal.tenant_id, id=key_id, purpose="audit_hmac", wrapped=wrapped)]
    )
    colleagues = {colleague.key: uuid7() for colleague in STAFF}
    for colleague in STAFF:
        clinic.queue(
            _COLLEAGUE,
            user_id=colleagues[colleague.key],
            email=f"{colleague.key}.{principal.tenant_id.hex}@sandbox.invalid",
            name=colleague.display_name,
            credentials=colleague.credentials,
            licence=colleague.licence,
            role=colleague.role,
        )
    rows = await asyncio.to_thread(
        synthetic_clinic.generate,
        seed=principal.tenant_id.int,
        tenant_id=principal.tenant_id,
        now=principal.now,
        time_zone=principal.zone,
        owner_id=principal.user_id,
        staff_ids=colleagues,
    )
    await clinic.insert(rows)
    people = {colleague.role: colleagues[colleague.key] for colleague in STAFF}
    people |= dict.fromkeys(OWNER_ROLES, principal.user_id)
    return Sandbox(principal.tenant_id, principal.user_id, people)
