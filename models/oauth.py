"""OAuth clients and what they asked for: global, owned by moonshot_auth, reached by functions.

Of keys, codes and tokens there is SHA-256 of SHA-256 alone, as of all others.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from models.base import instant, octets, one_of, policy_now, words
from models.identity import IDENTITY
from models.vocabulary import ClientAuth


class OAuthClient(SQLModel, table=True):
    """A client that registered (RFC 7591), or whose id is the address of its own document."""

    __tablename__ = "oauth_clients"
    __table_args__ = (
        Index(None, "collect_at"),
        one_of("auth_method", ClientAuth),
        CheckConstraint("cardinality(redirect_uris) BETWEEN 1 AND 20", name="sent_back_somewhere"),
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="named"),
        CheckConstraint("length(secret_digest) = 32", name="sha256"),
        CheckConstraint("(auth_method = 'none') = (secret_digest IS NULL)", name="secret_kept"),
        {"schema": IDENTITY},
    )

    client_id: str = Field(primary_key=True)
    name: str
    redirect_uris: list[str] = words()
    auth_method: str
    secret_digest: bytes | None = octets(default=None, nullable=True)
    created_at: datetime = policy_now()
    read_at: datetime | None = instant(default=None)
    """When its document was read; a client that registered has none."""
    collect_at: datetime = instant()
    """When it is looked at whether anyone uses it."""


class OAuthAuthorization(SQLModel, table=True):
    """One way from a client's question, by a person's answer, to a credential."""

    __tablename__ = "oauth_authorizations"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{IDENTITY}.oauth_clients.client_id"]),
        Index(None, "client_id"),
        Index(None, "expires_at"),
        CheckConstraint("length(digest) = 32", name="sha256"),
        CheckConstraint("length(code_digest) = 32", name="code_sha256"),
        CheckConstraint("length(code_challenge) = 43", name="s256"),
        CheckConstraint(
            "num_nulls(code_digest, tenant_id, user_id, session_id, role, read_only,"
            " credential_expires_at) IN (0, 7)",
            name="answered_whole",
        ),
        CheckConstraint("credential_id IS NULL OR code_digest IS NOT NULL", name="in_order"),
        {"schema": IDENTITY},
    )

    digest: bytes = octets(primary_key=True)
    client_id: str
    redirect_uri: str
    """Where the person is sent back to."""
    redirect_uri_given: bool
    """Whether the client said so itself, and has to say so again (RFC 6749, section 4.1.3)."""
    state: str | None = None
    code_challenge: str
    """Of PKCE, method S256 (RFC 7636): 43 characters."""
    scope: str
    created_at: datetime = policy_now()
    expires_at: datetime = instant()
    """Until when it can be answered; then until when its code can be redeemed."""
    answered_at: datetime | None = instant(default=None)
    code_digest: bytes | None = octets(default=None, nullable=True, unique=True)
    tenant_id: UUID | None = None
    user_id: UUID | None = None
    session_id: UUID | None = None
    role: str | None = None
    read_only: bool | None = None
    credential_expires_at: datetime | None = instant(default=None)
    credential_id: UUID | None = None
    """What the code was redeemed for."""


class RefreshDigest(SQLModel, table=True):
    """Finds a grant by its refresh token; one that was used stays, so that its reuse is noticed."""

    __tablename__ = "refresh_digests"
    __table_args__ = (
        Index(None, "tenant_id", "credential_id"),
        CheckConstraint("length(digest) = 32", name="sha256"),
        {"schema": IDENTITY},
    )

    digest: bytes = octets(primary_key=True)
    tenant_id: UUID
    credential_id: UUID
    created_at: datetime = policy_now()
    used_at: datetime | None = instant(default=None)
