"""Login identities: global, owned by moonshot_auth, reached only through `models/functions`."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Interval
from sqlmodel import Field, SQLModel

from models.base import instant, octets, policy_now

IDENTITY = "identity"


class Secret(SQLModel, table=True):
    """The key of the context's tag: one row, made by the migration, read by moonshot_auth alone."""

    __tablename__ = "secret"
    __table_args__ = (
        CheckConstraint("one", name="single"),
        CheckConstraint("length(key) >= 32", name="long_enough"),
        {"schema": IDENTITY},
    )

    one: bool = Field(primary_key=True, default=True)
    key: bytes = octets()


class Clock(SQLModel, table=True):
    """How far tests have moved policy time; production refuses any but zero."""

    __tablename__ = "clock"
    __table_args__ = (CheckConstraint("one", name="single"), {"schema": IDENTITY})

    one: bool = Field(primary_key=True, default=True)
    moved_by: timedelta = Field(sa_type=Interval)


class User(SQLModel, table=True):
    """A person who can sign in; the e-mail is kept in lower case."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        {"schema": IDENTITY},
    )

    user_id: UUID = Field(primary_key=True)
    email: str = Field(unique=True)
    password_hash: str | None = None
    email_verified_at: datetime | None = instant(default=None)
    created_at: datetime = policy_now()


class TokenDigest(SQLModel, table=True):
    """Finds a credential by its token.

    Kept is SHA-256 of what `begin_request` is given, itself SHA-256 of the token: a copy of
    this table opens nothing, not even for who holds the app's password.
    """

    __tablename__ = "token_digests"
    __table_args__ = (CheckConstraint("length(digest) = 32", name="sha256"), {"schema": IDENTITY})

    digest: bytes = octets(primary_key=True)
    tenant_id: UUID
    credential_id: UUID = Field(unique=True)


class Session(SQLModel, table=True):
    """A browser's (or an operator's) signed-in session in one clinic; the digest as above."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], [f"{IDENTITY}.users.user_id"]),
        CheckConstraint("length(digest) = 32", name="sha256"),
        {"schema": IDENTITY},
    )

    session_id: UUID = Field(primary_key=True)
    digest: bytes = octets(unique=True)
    user_id: UUID
    tenant_id: UUID
    created_at: datetime = policy_now()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
