"""Sign-up at a browser: an account, its sandbox and a session, in one step or not at all."""

from models.identifier import uuid7
from services.database import opening
from services.database.opening import SignUp
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.errors import InvalidInput
from services.identity import password as passwords
from services.identity.accounts import SESSION_LIFE, SignedIn, count_sign_up, new_session_key
from services.keys import KeyRing
from services.onboarding.sandbox import NewSandbox, fill
from services.onboarding.synthetic_clinic.staff import OWNER_LICENCE


async def sign_up(
    pool: Pool,
    keys: KeyRing,
    *,
    name: str,
    email: str,
    password: str,
    clinic: str,
    time_zone: str,
    ip: str | None = None,
) -> SignedIn:
    """Make someone new, as owner and provider of a new sandbox, and sign this person in.

    Raises InvalidInput by field, EmailTaken where the address has an account already,
    TooManyTries for too many of one network.
    """
    new = NewSandbox(
        email=email.strip(), name=name.strip(), clinic=clinic.strip(), time_zone=time_zone
    )
    problems = new.problems()
    if wrong := passwords.problem(password, new.email, new.clinic):
        problems["password"] = wrong
    if problems:
        raise InvalidInput(problems)
    await count_sign_up(pool, ip)
    hashed = await passwords.hashed(password)
    key = new_session_key()
    begin = opening.sign_up(
        SignUp(
            user_id=uuid7(),
            email=new.email,
            name=new.name,
            licence=OWNER_LICENCE,
            tenant_id=uuid7(),
            clinic=new.clinic,
            time_zone=new.time_zone,
            session_id=key.session_id,
            session_hash=key.hash,
            password_salt=hashed.salt,
            password_hash=hashed.hash,
        )
    )
    async with clinic_transaction(pool, begin) as made:
        await fill(made, keys)
        who = made.principal
    return SignedIn(key.token, key.session_id, who.user_id, who.tenant_id, who.now + SESSION_LIFE)
