"""Login identities: global, owned by moonshot_auth, reached only through `models/functions`."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index, Interval
from sqlalchemy.dialects.postgresql import ARRAY
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
    """A person who can sign in; the e-mail is kept in lower case.

    Of the password there is how to hash it (Argon2id with its salt, which sign-in is told), and
    SHA-256 of that hash, which leaves the database by no way.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(
            "num_nulls(password_salt, password_digest) IN (0, 2)", name="password_whole"
        ),
        CheckConstraint("password_salt LIKE '$argon2id$%'", name="password_argon2id"),
        CheckConstraint("length(password_digest) = 32", name="password_sha256"),
        {"schema": IDENTITY},
    )

    user_id: UUID = Field(primary_key=True)
    email: str = Field(unique=True)
    password_salt: str | None = None
    password_digest: bytes | None = octets(default=None, nullable=True)
    email_verified_at: datetime | None = instant(default=None)
    created_at: datetime = policy_now()


class Tries(SQLModel, table=True):
    """The last tries of one kind by an e-mail address or a network; only its SHA-256 is kept."""

    __tablename__ = "tries"
    __table_args__ = (
        Index(None, "forget_at"),
        CheckConstraint("length(source_digest) = 32", name="sha256"),
        {"schema": IDENTITY},
    )

    source_digest: bytes = octets(primary_key=True)
    tried_at: list[datetime] = Field(sa_type=ARRAY(DateTime(timezone=True)))  # pyright: ignore[reportArgumentType] -- SQLModel types sa_type as a class; instances work
    forget_at: datetime = instant()


class TokenDigest(SQLModel, table=True):
    """Finds a credential by its token.

    Kept is SHA-256 of what `begin_request` is given, itself SHA-256 of the token: a copy of
    this table opens nothing, not even for who holds the app's password.
    """

    __tablename__ = "token_digests"
    __table_args__ = (
        Index(None, "tenant_id", "credential_id"),
        CheckConstraint("length(digest) = 32", name="sha256"),
        {"schema": IDENTITY},
    )

    digest: bytes = octets(primary_key=True)
    tenant_id: UUID
    credential_id: UUID
    expires_at: datetime | None = instant(default=None)
    """Of an access token of OAuth: it ends before its credential does."""


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
    seen_at: datetime = policy_now()
    """When something was asked in it, to the minute."""
    proved_at: datetime | None = instant(default=None)
    """When its person last gave the password; never in a session that an operator opened."""
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
