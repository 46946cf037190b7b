"""Work to do after a commit: the app writes a row, a trigger enqueues its id."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field, SQLModel

from models.base import ClinicRow, clinic_table, instant, policy_now


class Outbox(ClinicRow, table=True):
    """One job of one clinic. Ids only: nothing about a patient stands in a job.

    The app may say no more than the granted columns; who asked, in which role, a trigger says.
    """

    __tablename__ = "outbox"
    __table_args__ = clinic_table(grants="SELECT, INSERT (tenant_id, id, kind, ref_id)")

    kind: str
    ref_id: UUID | None = None
    created_by: UUID
    role: str
    created_at: datetime = policy_now()
    done_at: datetime | None = instant(default=None)


class QueuedJob(SQLModel, table=True):
    """The queue itself: the app cannot see it, the worker cannot add to it.

    `run_at` is infinity where the command that asked for the job does it as well.
    """

    __tablename__ = "queue"
    __table_args__ = ({"schema": "jobs"},)

    outbox_id: UUID = Field(primary_key=True)
    tenant_id: UUID
    run_at: datetime = instant(sa_column_kwargs={"server_default": text("now()")}, default=None)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
