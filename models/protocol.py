"""The clinic's own documents, in passages that can be searched and cited."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC  # pyright: ignore[reportMissingTypeStubs] -- pgvector ships none
from sqlmodel import Field

from models.base import (
    ClinicRow,
    belongs_to,
    belongs_to_staff,
    clinic_table,
    instant,
    integer64,
    one_of,
    policy_now,
    unique,
)
from models.vocabulary import DocumentStatus

EMBEDDING_DIMENSIONS = 1024


class ProtocolDocument(ClinicRow, table=True):
    """An uploaded PDF. Reviewed by `manage_protocols`, its passages no longer taint."""

    __tablename__ = "protocol_documents"
    __table_args__ = clinic_table(
        belongs_to_staff("uploaded_by"),
        belongs_to_staff("reviewed_by"),
        one_of("status", DocumentStatus),
        unique("sha256"),
    )

    title: str
    file_name: str
    sha256: str
    file_bytes: int = integer64()
    pages: int | None = None
    status: str
    failure: str | None = None
    uploaded_by: UUID
    uploaded_at: datetime = policy_now()
    reviewed_by: UUID | None = None
    reviewed_at: datetime | None = instant(default=None)


class ProtocolChunk(ClinicRow, table=True):
    """A passage with its place and its embedding; a row names its model, models are never mixed."""

    __tablename__ = "protocol_chunks"
    __table_args__ = clinic_table(
        belongs_to("document_id", "protocol_documents"),
        unique("document_id", "embedding_model", "position"),
        grants="SELECT, INSERT, UPDATE, DELETE",
    )

    document_id: UUID
    position: int
    page: int
    section: str | None = None
    text: str
    embedding_model: str
    embedding: Any = Field(sa_type=HALFVEC(EMBEDDING_DIMENSIONS))
