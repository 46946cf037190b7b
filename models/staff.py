"""Who works at a clinic, as what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import Field, SQLModel

from models.base import READ, SCHEMA, policy_now, words
from models.permission import Role

_ROLES = ", ".join(f"'{role}'" for role in Role)


class Staff(SQLModel, table=True):
    """A user's place in one clinic. `use_ai` is granted person by person, never by a role."""

    __tablename__ = "staff"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], [f"{SCHEMA}.tenants.tenant_id"]),
        CheckConstraint(f"roles <@ ARRAY[{_ROLES}]::text[]", name="roles_known"),
        CheckConstraint(
            "NOT roles && ARRAY['provider', 'nurse']::text[] OR licence IS NOT NULL",
            name="licence_recorded",
        ),
        {"schema": SCHEMA, "info": {"grants": READ, "append_only": False}},
    )

    tenant_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    display_name: str
    credentials: str | None = None
    """Letters after the name: MD, NP, RN."""
    licence: str | None = None
    roles: list[str] = words()
    use_ai: bool = False
    active: bool = True
    created_at: datetime = policy_now()
