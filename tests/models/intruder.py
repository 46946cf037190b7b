"""Someone who runs whatever SQL there is, as one of our runtime roles, in a call that has begun."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection
from psycopg.pq import TransactionStatus

from tests.personas import REQUEST, SESSION, Clinic

DENIED = "42501"
SETTINGS = (
    "app.current_tenant",
    "app.current_user",
    "app.current_actor",
    "app.current_role",
    "app.context_tag",
)


class Context(NamedTuple):
    """What stands in the five settings that make a context."""

    tenant: str | None
    user: str | None
    actor: str | None
    role: str | None
    tag: str | None


@dataclass(frozen=True)
class Target:
    """A clinic with three patients, five results each, and one invoice each of its owner."""

    clinic: Clinic
    patients: tuple[UUID, ...]
    invoice: UUID
    mrn: str

    @property
    def id(self) -> UUID:
        return self.clinic.tenant_id


def insertion(table: str, columns: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """An INSERT of one row, and its values."""
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO app.{table} ({', '.join(columns)}) VALUES ({marks})", [*columns.values()]


class Intruder:
    """A connection, and short words for what is tried on it."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Runs it, several statements too; gives the rows of the last one that has any."""
        cursor = self.connection.execute(query.encode(), values or None)
        rows: list[tuple[Any, ...]] = []
        while True:
            if cursor.description:
                rows = cursor.fetchall()
            if not cursor.nextset():
                return rows

    def value(self, query: str, *values: Any) -> Any:
        """The first column of the first row."""
        return self.ask(query, *values)[0][0]

    def changed(self, query: str, *values: Any) -> int:
        """How many rows it changed."""
        return self.connection.execute(query.encode(), values or None).rowcount

    def begin(self, token_hash: bytes) -> None:
        """Begins the transaction of a call, which was somebody's honest call until now."""
        self.ask("BEGIN")
        self.ask(REQUEST, token_hash)

    def sign_in(self, session_hash: bytes) -> None:
        """Begins the transaction of a person at a browser."""
        self.ask("BEGIN")
        self.ask(SESSION, session_hash)

    def commit(self) -> None:
        self.ask("COMMIT")

    def rollback(self) -> None:
        self.ask("ROLLBACK")

    def count(self, table: str = "app.patients") -> int:
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def count_of(self, tenant_id: UUID, table: str = "app.patients") -> int:
        return int(self.value(f"SELECT count(*) FROM {table} WHERE tenant_id = %s", tenant_id))

    def context(self) -> Context:
        settings = ", ".join(f"current_setting('{name}', true)" for name in SETTINGS)
        return Context(*self.ask(f"SELECT {settings}")[0])

    def set(self, setting: str, value: object, *, local: bool = True) -> None:
        self.ask("SELECT set_config(%s, %s, %s)", setting, str(value), local)

    def wear(self, context: Context, *, local: bool = True) -> None:
        """Writes someone's settings, tag and all, into one's own."""
        for name, value in zip(SETTINGS, context, strict=True):
            self.set(name, value, local=local)

    def refused(self, statement: str, *values: Any, by: str = DENIED) -> str:
        """Sees it fail for the right reason, in a savepoint; gives what was said."""
        inside = self.connection.info.transaction_status is TransactionStatus.INTRANS
        if inside:
            self.ask("SAVEPOINT attempt")
        with pytest.raises(psycopg.Error) as refusal:
            self.ask(statement, *values)
        if inside:
            self.ask("ROLLBACK TO attempt")
        assert refusal.value.sqlstate == by, str(refusal.value)
        return str(refusal.value)
