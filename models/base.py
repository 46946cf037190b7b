"""What every table stands on: the schema's names, the clinic key, and the column kinds we use."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Field, SQLModel

from models.identifier import uuid7
from models.row_security import SCHEMA

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

READ = "SELECT"
READ_AND_APPEND = "SELECT, INSERT"
READ_AND_WRITE = "SELECT, INSERT, UPDATE"


class ClinicRow(SQLModel):
    """A row of one clinic: `tenant_id` first in its key, so that no key crosses clinics."""

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True, default_factory=uuid7)


class ChartRow(ClinicRow):
    """A row of one patient's record; `source_id` is its FHIR id where it was imported."""

    patient_id: UUID
    source_id: str | None = None


TableArgument = ForeignKeyConstraint | CheckConstraint | Index


def clinic_table(
    *arguments: TableArgument,
    grants: str = READ_AND_WRITE,
    append_only: bool = False,
    unlogged: bool = False,
) -> tuple[Any, ...]:
    """Say what a clinic table has beside its columns, and what app and worker may do with it."""
    foreign = [a for a in arguments if isinstance(a, ForeignKeyConstraint)]
    if not foreign and not append_only:
        arguments = (
            ForeignKeyConstraint(["tenant_id"], [f"{SCHEMA}.tenants.tenant_id"]),
            *arguments,
        )
    return (
        *arguments,
        {
            "schema": SCHEMA,
            "info": {"grants": grants, "append_only": append_only},
            "prefixes": ["UNLOGGED"] if unlogged else [],
        },
    )


def chart_table(*arguments: TableArgument, grants: str = READ_AND_WRITE) -> tuple[Any, ...]:
    """Say the same of a table of `ChartRow`s: theirs is a patient, and a source id taken once."""
    return clinic_table(
        belongs_to("patient_id", "patients"), unique("source_id"), *arguments, grants=grants
    )


def belongs_to(column: str, table: str) -> ForeignKeyConstraint:
    """Refer to a row of the same clinic."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{SCHEMA}.{table}.tenant_id", f"{SCHEMA}.{table}.id"]
    )


def belongs_to_staff(column: str) -> ForeignKeyConstraint:
    """Refer to a person who works, or worked, at the same clinic."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{SCHEMA}.staff.tenant_id", f"{SCHEMA}.staff.user_id"]
    )


def unique(*columns: str) -> Index:
    """Unique within the clinic; several NULLs are no conflict."""
    return Index(None, "tenant_id", *columns, unique=True)


def index(*columns: str) -> Index:
    """An index that begins with the clinic; it serves both directions."""
    return Index(None, "tenant_id", *columns)


def one_of(column: str, words: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """The column holds one of these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def instant(**field: Any) -> Any:
    """A moment in UTC (timestamptz)."""
    return Field(sa_type=DateTime(timezone=True), **field)  # pyright: ignore[reportArgumentType] -- SQLModel types sa_type as a class; instances work


def policy_now() -> Any:
    """A moment that the database fills in with policy time."""
    return instant(sa_column_kwargs={"server_default": text("app.now()")}, default=None)


def quantity(**field: Any) -> Any:
    """An exact decimal number, kept as it was measured (7.10 is not 7.1)."""
    return Field(sa_type=Numeric, **field)


def integer64(**field: Any) -> Any:
    """Integer cents, nano-dollars or bytes."""
    return Field(sa_type=BigInteger, **field)


def words(**field: Any) -> Any:
    """A list of words (text[])."""
    return Field(sa_type=ARRAY(Text), **field)  # pyright: ignore[reportArgumentType] -- as above


def ids(**field: Any) -> Any:
    """A list of ids (uuid[])."""
    return Field(sa_type=ARRAY(PG_UUID(as_uuid=True)), **field)  # pyright: ignore[reportArgumentType] -- as above


def document(**field: Any) -> Any:
    """A small structure (jsonb)."""
    return Field(sa_type=JSONB, **field)


def octets(**field: Any) -> Any:
    """Bytes (bytea)."""
    return Field(sa_type=LargeBinary, **field)
