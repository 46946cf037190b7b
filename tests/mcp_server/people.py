"""More credentials of a person, and what becomes of them, by the product's own doors."""

from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection

from models.base import uuid7
from models.tenant import Tier
from services.identity.token import Token, new_token
from tests.personas import SESSION, Person

_MINT: LiteralString = (
    "SELECT app.mint_credential(%s, %s, %s, 'token', 'Another', %s, %s, %s, %s, app.now() + %s)"
)


def mint(
    app: Connection[Any],
    person: Person,
    *,
    read_only: bool = False,
    tools: list[str] | None = None,
    lasts: timedelta = timedelta(days=30),
) -> tuple[UUID, Token]:
    """One more credential of a sandbox's person, in its role."""
    token, credential_id = new_token(Tier.SANDBOX), uuid7()
    shown = (token.prefix, token.last_four)
    with app.transaction():
        app.execute(SESSION, [person.session_hash])
        app.execute(
            _MINT, (credential_id, token.hash, person.role, *shown, read_only, tools, lasts)
        )
    return credential_id, token


def revoke(app: Connection[Any], person: Person, credential_id: UUID) -> None:
    """As that person, at a browser."""
    with app.transaction():
        app.execute(SESSION, [person.session_hash])
        ((revoked,),) = app.execute("SELECT app.revoke_credential(%s)", [credential_id])
    assert revoked
