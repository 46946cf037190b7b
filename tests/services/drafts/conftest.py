"""A patient who may be written to, and who proposes, decides and signs in a transaction each."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import pytest
from psycopg import Connection

from models.patient import Patient
from models.vocabulary import DraftKind
from services.database import opening
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.drafts import proposals
from services.drafts.proposals import Proposed
from tests import factories
from tests.ground import OWNER
from tests.mcp_server import rows
from tests.personas import Clinic, Person

T = TypeVar("T")

SOAP = {"subjective": "Feels well.", "plan": "Go on."}
AGREED = datetime(2026, 1, 5, tzinfo=UTC)


class Acts:
    """What somebody does, in a transaction of its own."""

    def __init__(self, pool: Pool, connect: Callable[[str], Connection[Any]]) -> None:
        self._pool, self._connect = pool, connect

    async def assistant(self, person: Person, act: Callable[[ClinicSession], Awaitable[T]]) -> T:
        """By the person's credential."""
        async with clinic_transaction(self._pool, opening.request(person.token_hash)) as clinic:
            return await act(clinic)

    async def person(self, person: Person, act: Callable[[ClinicSession], Awaitable[T]]) -> T:
        """At a browser."""
        async with clinic_transaction(self._pool, opening.session(person.session_hash)) as clinic:
            return await act(clinic)

    async def propose(
        self,
        person: Person,
        patient: Patient,
        words: dict[str, str] | None = None,
        **more: Any,
    ) -> Proposed:
        """A note, or a message where the words have a channel."""
        said = SOAP if words is None else words
        kind = DraftKind.MESSAGE if "channel" in said else DraftKind.CHART_NOTE
        return await self.assistant(
            person, lambda clinic: proposals.propose(clinic, kind, patient.id, said, **more)
        )

    def taint(self, clinic: Clinic, person: Person, *, ago: str = "1 minute") -> UUID:
        """As if an answer with untrusted text had been given out so long ago."""
        with self._connect(OWNER) as owner:
            ((id_,),) = owner.execute(
                "INSERT INTO app.mcp_taints (tenant_id, id, user_id, credential_id, audit_id, "
                "tool_name, tainted_at) VALUES (%s, gen_random_uuid(), %s, %s, gen_random_uuid(), "
                "'get_inbox', app.now() - %s::interval) RETURNING id",
                [clinic.tenant_id, person.user_id, person.credential_id, ago],
            )
        return id_

    def all(self, table: str, clinic: Clinic, columns: str = "*") -> list[tuple[Any, ...]]:
        """Rows as the owner of the database sees them."""
        with self._connect(OWNER) as owner:
            found = owner.execute(
                f"SELECT {columns} FROM app.{table} WHERE tenant_id = %s".encode(),
                [clinic.tenant_id],
            )
            return found.fetchall()


@pytest.fixture
def acts(pool: Pool, connect: Callable[[str], Connection[Any]]) -> Acts:
    return Acts(pool, connect)


@pytest.fixture
def patient(clinic: Clinic, connect: Callable[[str], Connection[Any]]) -> Patient:
    """Who agreed to both channels."""
    made = rows.patient(clinic.tenant_id, "Rosa Delgado", phone="+12125550123")
    agreed = [
        rows.consent(made, kind, granted=True, decided_at=AGREED)
        for kind in ("sms", "portal_messages")
    ]
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, made, *agreed)
    return made
