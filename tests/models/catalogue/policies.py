"""Policies: each exactly as said, none missing, none more."""

from collections.abc import Iterator
from typing import Any, LiteralString, NamedTuple

from psycopg import Connection

from tests.models.catalogue import schema
from tests.models.said import (
    AUTH_ACCESS,
    IN_CLINIC,
    IN_PERSON,
    OWN_FINANCES,
    OWN_WORD,
    RUNTIME,
    WRITTEN_BY_CREDENTIALS,
)

_POLICIES: LiteralString = """
SELECT schemaname || '.' || tablename, policyname,
       permissive, array(SELECT unnest(roles)::text ORDER BY 1), cmd, qual, with_check
  FROM pg_policies
"""


class Policy(NamedTuple):
    """As the view pg_policies shows it."""

    permissive: str
    roles: tuple[str, ...]
    command: str
    using: str | None
    check: str | None


def findings(db: Connection[Any]) -> Iterator[tuple[str, str]]:
    said = dict(_said())
    there = {
        (table, name): Policy(kind, tuple(roles), *rest)
        for table, name, kind, roles, *rest in db.execute(_POLICIES)
    }
    for place in said.keys() | there.keys():
        table, name = place
        if place not in there:
            yield table, f"policy {name} is missing"
        elif place not in said:
            yield table, f"policy {name} is not on the list: {there[place]}"
        elif said[place] != there[place]:
            yield table, f"policy {name} differs: {there[place]}"


def _said() -> Iterator[tuple[tuple[str, str], Policy]]:
    for table in schema.clinic_tables():
        yield (table, "tenant"), Policy("PERMISSIVE", RUNTIME, "ALL", IN_CLINIC, IN_CLINIC)
        yield (table, "owner"), Policy("PERMISSIVE", ("moonshot_owner",), "ALL", "true", "true")
        if table not in WRITTEN_BY_CREDENTIALS:
            yield from _written_in_person(table)
    for table, commands in AUTH_ACCESS.items():
        for command in commands:
            using = None if command == "INSERT" else "true"
            check = None if command == "SELECT" else "true"
            policy = Policy("PERMISSIVE", ("moonshot_auth",), command, using, check)
            yield (table, f"auth_{command.lower()}"), policy
    for table in schema.finance_tables():
        policy = Policy("RESTRICTIVE", RUNTIME, "ALL", OWN_FINANCES, OWN_FINANCES)
        yield (table, "own_finances"), policy
    for table in schema.append_only():
        check = OWN_WORD.get(table, "nothing is said")
        yield (table, "own_word"), Policy("RESTRICTIVE", RUNTIME, "INSERT", None, check)


def _written_in_person(table: str) -> Iterator[tuple[tuple[str, str], Policy]]:
    granted = {right for right, _ in schema.rights(schema.clinic_tables()[table].info["grants"])}
    for command in ("INSERT", "UPDATE", "DELETE"):
        if command in granted:
            using = None if command == "INSERT" else IN_PERSON
            check = None if command == "DELETE" else IN_PERSON
            policy = Policy("RESTRICTIVE", RUNTIME, command, using, check)
            yield (table, f"in_person_{command.lower()}"), policy
