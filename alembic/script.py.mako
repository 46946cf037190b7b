"""${message}.

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}

The laws of a migration:
  1. Expand, then contract. The version before this one still runs while this is applied: add first,
     move readers and writers, take away in a later release. No rename in one step.
  2. No clinic loses data. Nothing is dropped that still holds some; a migration goes only forward.
  3. A new clinic table has tenant_id first in its primary key, in each unique constraint and in each
     foreign key, and goes through models/row_security, which enables and forces row security. What is
     global stands on the short list that the catalogue test knows.
  4. Functions live in models/functions, one file each subject; a migration runs the file.
  5. lock_timeout is 5 s: do not rewrite a large table or validate a large key in the same migration
     that adds it (NOT VALID first, VALIDATE later).
  6. It runs as moonshot_owner, which is no superuser. What moonshot_auth owns is made after
     SET LOCAL ROLE moonshot_auth.
"""

import pgvector.sqlalchemy  # pyright: ignore[reportMissingTypeStubs] -- pgvector ships none
import sqlalchemy as sa
import sqlmodel
from alembic import op
${imports if imports else ""}
from models import row_security

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
