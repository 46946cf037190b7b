"""Clinics with a person in each role, made through the doors that the product itself has."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection

from models.attestation import IN_FORCE, Agreement
from models.base import uuid7
from models.permission import LICENSED, Role
from models.tenant import Tier
from services.identity.token import Token, new_token
from services.keys import KeyRing, new_key

MASTER_KEY = b"the master key of the test runs."
"""Wraps the keys of all clinics that tests make."""

SIGN_UP: LiteralString = "SELECT app.sign_up(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
MINT: LiteralString = (
    "SELECT app.mint_credential(%s, %s, %s, 'token', 'Assistant', %s, %s, false, null, "
    "app.now() + %s)"
)
SESSION: LiteralString = "SELECT * FROM app.begin_session(%s)"
REQUEST: LiteralString = "SELECT * FROM app.begin_request(%s)"


@dataclass(frozen=True)
class Person:
    """Someone at a clinic, with a session in the browser and a credential for an assistant."""

    role: Role
    user_id: UUID
    email: str
    session_id: UUID
    session_hash: bytes
    credential_id: UUID
    token: Token

    @classmethod
    def new(cls, role: Role, tier: Tier) -> "Person":
        user = uuid7()
        session = hashlib.sha256(os.urandom(16)).digest()
        email = f"{role}.{user}@sandbox.invalid"
        return cls(role, user, email, uuid7(), session, uuid7(), new_token(tier))

    @property
    def name(self) -> str:
        return self.role.replace("_", " ").title()

    @property
    def licence(self) -> str | None:
        return f"NPI {self.user_id}" if self.role in LICENSED | {Role.OWNER} else None

    @property
    def token_hash(self) -> bytes:
        return self.token.hash


@dataclass(frozen=True)
class Clinic:
    """A tenant and its people. A sandbox's owner also holds `provider`, as at sign-up."""

    tenant_id: UUID
    tier: Tier
    owner: Person
    provider: Person
    nurse: Person
    front_desk: Person
    biller: Person
    growth: Person
    auditor: Person

    @classmethod
    def new(cls, tier: Tier) -> "Clinic":
        people = {str(role): Person.new(role, tier) for role in Role}
        return cls(uuid7(), tier, **people)

    @property
    def name(self) -> str:
        return f"Clinic {self.tenant_id}"

    @property
    def people(self) -> Iterator[Person]:
        """All seven, the owner first."""
        members = (getattr(self, member.name) for member in fields(self))
        return (member for member in members if isinstance(member, Person))


def open_sandbox(app: Connection[Any], operator: Connection[Any]) -> Clinic:
    """Signs up, adds a colleague in each role, and lets each mint a credential for oneself."""
    clinic = Clinic.new(Tier.SANDBOX)
    owner, *colleagues = clinic.people
    with app.transaction():
        identity = (owner.user_id, owner.email, owner.name, owner.licence)
        place = (clinic.tenant_id, clinic.name, "America/New_York")
        app.execute(SIGN_UP, (*identity, *place, owner.session_id, owner.session_hash))
        _add_key(app, clinic)
        mint(app, owner)
        for person in colleagues:
            app.execute(
                "SELECT app.add_sandbox_colleague(%s, %s, %s, null, %s, %s)",
                (person.user_id, person.email, person.name, person.licence, person.role),
            )
    for person in colleagues:
        operator.execute(
            "SELECT app.operator_session(%s, %s, %s, %s)",
            (clinic.tenant_id, person.user_id, person.session_id, person.session_hash),
        )
        with app.transaction():
            app.execute(SESSION, [person.session_hash])
            mint(app, person)
    prove(operator, clinic)
    return clinic


def prove(owner: Connection[Any], clinic: Clinic) -> None:
    """As if everyone had given a password just now."""
    with owner.transaction():
        owner.execute("SET LOCAL ROLE moonshot_auth")
        owner.execute(
            "UPDATE identity.sessions SET proved_at = app.now() WHERE tenant_id = %s",
            [clinic.tenant_id],
        )


def open_production(app: Connection[Any], owner: Connection[Any]) -> Clinic:
    """Writes a clinic in production as moonshot_owner, who may: there is no door to it yet."""
    clinic = Clinic.new(Tier.PRODUCTION)
    with owner.transaction():
        owner.execute(
            "INSERT INTO app.tenants (tenant_id, name, tier, time_zone, plan_paid_until) "
            "VALUES (%s, %s, 'production', 'America/New_York', app.now() + interval '400 days')",
            (clinic.tenant_id, clinic.name),
        )
        for person in clinic.people:
            owner.execute(
                "INSERT INTO app.staff (tenant_id, user_id, display_name, licence, roles, use_ai, "
                "active) VALUES (%s, %s, %s, %s, %s, true, true)",
                (clinic.tenant_id, person.user_id, person.name, person.licence, [person.role]),
            )
        for agreement in Agreement:
            attest(owner, clinic, agreement, lasts=timedelta(days=365))
        _add_key(owner, clinic)
        owner.execute("SET LOCAL ROLE moonshot_auth")
        for person in clinic.people:
            _sign_in(owner, clinic, person)
    for person in clinic.people:
        with app.transaction():
            app.execute(SESSION, [person.session_hash])
            mint(app, person)
    return clinic


def mint(app: Connection[Any], person: Person, *, lasts: timedelta = timedelta(days=90)) -> None:
    """Mints the person's credential in the session that has begun."""
    token = person.token
    values = (token.prefix, token.last_four, lasts)
    app.execute(MINT, (person.credential_id, token.hash, person.role, *values))


def attest(
    owner: Connection[Any],
    clinic: Clinic,
    agreement: Agreement,
    *,
    lasts: timedelta,
    version: str | None = None,
) -> None:
    """Writes an agreement that the clinic's owner signed just now, in the version in force."""
    owner.execute(
        "INSERT INTO app.mcp_attestations (tenant_id, id, agreement, signed_by_user_id, "
        "addendum_version, signed_at, expires_at, ip, user_agent, evidence_hash, record, "
        "signature) VALUES (%s, %s, %s, %s, %s, app.now(), "
        "app.now() + %s, '127.0.0.1', 'test', 'hash', '{}', 'signature')",
        (
            clinic.tenant_id,
            uuid7(),
            agreement,
            clinic.owner.user_id,
            version or IN_FORCE[agreement],
            lasts,
        ),
    )


def _sign_in(auth: Connection[Any], clinic: Clinic, person: Person) -> None:
    auth.execute(
        "INSERT INTO identity.users (user_id, email) VALUES (%s, %s)",
        (person.user_id, person.email),
    )
    auth.execute(
        "INSERT INTO identity.sessions (session_id, digest, user_id, tenant_id, proved_at, "
        "expires_at) "
        "VALUES (%s, sha256(%s), %s, %s, app.now(), app.now() + interval '1 day')",
        (person.session_id, person.session_hash, person.user_id, clinic.tenant_id),
    )


def _add_key(connection: Connection[Any], clinic: Clinic) -> None:
    key_id = uuid7()
    wrapped = KeyRing(MASTER_KEY).wrap(new_key(), tenant_id=clinic.tenant_id, key_id=key_id)
    connection.execute(
        "INSERT INTO app.tenant_keys (tenant_id, id, purpose, wrapped) "
        "VALUES (%s, %s, 'audit_hmac', %s)",
        (clinic.tenant_id, key_id, wrapped),
    )
