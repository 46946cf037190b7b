"""What the operator does in a person's place: mint credentials in a sandbox, set a password."""

from datetime import timedelta
from uuid import UUID

from models.permission import Role
from models.vocabulary import Tier
from services.database import opening, operator
from services.database.operator import Clinic
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.database.statement import statement
from services.errors import InvalidInput, NotPermitted
from services.identity import credentials
from services.identity import password as passwords
from services.identity.credentials import Minted
from services.settings import Settings

_END = statement("SELECT app.end_session()")


async def mint_for_holder(
    settings: Settings, named: str, *, role: Role, life: timedelta, read_only: bool
) -> tuple[Clinic, Minted]:
    """Mint for who holds the role in the clinic with that id, or of who has that e-mail address.

    Raises NotFound for no such clinic or holder, NotPermitted for a clinic in production or one
    that has ended, InvalidInput for a life of more than 365 days.
    """
    app = Pool(settings.url_of("DATABASE_URL"), size=1)
    owner = Pool(settings.url_of("DATABASE_OWNER_URL"), size=1)
    try:
        clinic = await operator.clinic(owner, named)
        _require_open_sandbox(clinic)
        person = await operator.holder(owner, clinic.tenant_id, role)
        minted = await mint_in_place(
            app, owner, clinic.tenant_id, person, role=role, life=life, read_only=read_only
        )
        return clinic, minted
    finally:
        await app.close()
        await owner.close()


async def mint_in_place(
    app: Pool,
    owner: Pool,
    tenant_id: UUID,
    user_id: UUID,
    *,
    role: Role,
    life: timedelta,
    read_only: bool = False,
) -> Minted:
    """Mint for one person, in a session that the operator opens and that ends with it."""
    key = await operator.sign_in_as(owner, tenant_id, user_id)
    async with clinic_transaction(app, opening.session(key.hash)) as clinic:
        name = f"Made for {role}"
        minted = await credentials.mint(
            clinic, role=role, name=name, life=life, read_only=read_only
        )
        clinic.queue(_END)
    return minted


async def set_password(settings: Settings, email: str, password: str) -> None:
    """Give a person another password; whoever is signed in as this person is so no longer.

    Raises InvalidInput for a password that is too short or too long, NotFound for nobody.
    """
    if wrong := passwords.problem(password, email):
        raise InvalidInput({"password": wrong})
    hashed = await passwords.hashed(password)
    owner = Pool(settings.url_of("DATABASE_OWNER_URL"), size=1)
    try:
        await operator.set_password(owner, email=email, salt=hashed.salt, hashed=hashed.hash)
    finally:
        await owner.close()


def _require_open_sandbox(clinic: Clinic) -> None:
    if clinic.tier != Tier.SANDBOX:
        raise NotPermitted("People of a clinic in production mint their own credentials.")
    if clinic.ended:
        raise NotPermitted(
            f"The sandbox {clinic.name} has run out. Make a new one: moonshot sandbox EMAIL"
        )
