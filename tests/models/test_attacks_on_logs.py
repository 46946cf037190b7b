"""Logs: nobody changes them, and nobody writes in another's name, clinic or time."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.models.catalogue import schema
from tests.models.intruder import DENIED, Intruder, Target, insertion
from tests.personas import Person

APPEND_ONLY = schema.append_only()
RECORD = "SELECT app.record_refused_call(%s, %s, 'x', %s, 'x', null, null, null, null, null, 0)"
BEGIN_JOB = "SELECT app.begin_job(%s)"
OUTBOX = "INSERT INTO app.outbox (tenant_id, id, kind) VALUES (%s, %s, 'export')"


def call(clinic: UUID, person: Person, **over: Any) -> tuple[str, list[Any]]:
    given = {
        "tenant_id": clinic,
        "id": uuid4(),
        "user_id": person.user_id,
        "credential_id": person.credential_id,
        "role": person.role,
        "tool_name": "x",
        "args_redacted": "{}",
        "patient_refs": [],
        "response_bytes": 0,
        "latency_ms": 0,
        "status": "ok",
    }
    return insertion("mcp_audit_log", given | over)


def event(clinic: UUID, person: Person, **over: Any) -> tuple[str, list[Any]]:
    actor = f"s:{person.session_id}"
    ids = {"tenant_id": clinic, "id": uuid4(), "user_id": person.user_id, "actor": actor}
    return insertion("security_events", ids | {"kind": "x"} | over)


def opening(clinic: UUID, person: Person, **over: Any) -> tuple[str, list[Any]]:
    actor = f"s:{person.session_id}"
    ids = {"tenant_id": clinic, "id": uuid4(), "user_id": person.user_id, "actor": actor}
    return insertion("chart_access_log", ids | {"patient_id": uuid4(), "part": "labs"} | over)


def usage(clinic: UUID, person: Person, **over: Any) -> tuple[str, list[Any]]:
    ids = {"tenant_id": clinic, "id": uuid4(), "user_id": person.user_id, "audit_id": uuid4()}
    amounts = {"model": "x", "tokens_in": 1, "tokens_out": 1, "cost_nano_dollars": 20}
    return insertion("usage_events", ids | amounts | over)


def begin_for(intruder: Intruder, person: Person, write: object) -> None:
    """Calls and usage are written by assistants, events and openings by people."""
    if write in (event, opening):
        intruder.sign_in(person.session_hash)
    else:
        intruder.begin(person.token_hash)


@pytest.mark.promise("10.log.no-foreign-keys")
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_log_outlives_what_it_speaks_of(owner: Intruder, table: str):
    kinds = "SELECT contype::text FROM pg_constraint WHERE conrelid = %s::regclass"
    assert {kind for (kind,) in owner.ask(kinds, table)} & {"p", "f"} == {"p"}


@pytest.mark.parametrize("write", [call, event, opening, usage])
def test_a_log_takes_ones_own_word(
    intruder: Intruder, a: Target, write: Callable[..., tuple[str, list[Any]]]
):
    me = a.clinic.front_desk
    begin_for(intruder, me, write)
    statement, values = write(a.id, me)
    assert intruder.changed(statement, *values) == 1


@pytest.mark.promise("10.log.insert-and-select", "10.log.no-lies")
@pytest.mark.parametrize("write", [call, event, opening, usage])
@pytest.mark.parametrize(
    "lie",
    [
        {"user_id": uuid4()},
        {"tenant_id": uuid4()},
        {"created_at": "2026-01-01"},
        {"created_at": "2099-01-01"},
    ],
)
def test_a_log_takes_no_lie_about_who_where_or_when(
    intruder: Intruder,
    a: Target,
    write: Callable[..., tuple[str, list[Any]]],
    lie: dict[str, Any],
):
    begin_for(intruder, a.clinic.front_desk, write)
    statement, values = write(a.id, a.clinic.front_desk, **lie)
    intruder.refused(statement, *values)


@pytest.mark.promise("10.log.no-lies")
def test_a_log_takes_no_word_of_another_person_way_or_role(
    intruder: Intruder, a: Target, b: Target
):
    me, owner = a.clinic.front_desk, a.clinic.owner
    intruder.begin(me.token_hash)
    for statement, values in (
        call(a.id, owner),
        call(a.id, me, credential_id=owner.credential_id),
        call(a.id, me, role="owner"),
        call(b.id, b.clinic.owner),
        usage(b.id, b.clinic.owner),
        event(a.id, me, actor=f"c:{me.credential_id}"),
        opening(a.id, me, actor=f"c:{me.credential_id}"),
    ):
        intruder.refused(statement, *values)
    intruder.rollback()
    intruder.sign_in(me.session_hash)
    for statement, values in (
        event(a.id, owner),
        event(a.id, me, actor=f"c:{me.credential_id}"),
        event(a.id, me, actor=f"o:{uuid4()}"),
        event(b.id, b.clinic.owner),
        opening(a.id, owner),
        opening(a.id, me, actor=f"s:{owner.session_id}"),
        opening(b.id, b.clinic.owner),
    ):
        intruder.refused(statement, *values)


def test_a_session_writes_no_call_of_an_assistant(intruder: Intruder, a: Target):
    me = a.clinic.provider
    intruder.sign_in(me.session_hash)
    for role in ("provider", "owner"):
        statement, values = call(a.id, me, role=role)
        intruder.refused(statement, *values)
    statement, values = call(a.id, me, credential_id=me.session_id)
    intruder.refused(statement, *values)


@pytest.mark.promise(
    "9.attestations.never-changed", "10.log.append-only", "11.cost.ledger-append-only"
)
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_appended_stays(
    intruder: Intruder, worker: Intruder, owner: Intruder, a: Target, table: str
):
    intruder.begin(a.clinic.owner.token_hash)
    for someone in (intruder, worker, owner):
        for change in (
            f"UPDATE {table} SET tenant_id = tenant_id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
        ):
            if someone is not owner or "TRUNCATE" in change:
                someone.refused(change)


@pytest.mark.promise("10.log.append-only", "10.log.always")
def test_not_even_the_owner_changes_what_is_written(intruder: Intruder, owner: Intruder, a: Target):
    assert int(owner.value("SELECT count(*) FROM app.security_events")) > 0
    for change in ("UPDATE app.security_events SET kind = 'x'", "DELETE FROM app.security_events"):
        assert "append-only" in owner.refused(change)
    owner.refused("SET session_replication_role = replica")


def test_a_refused_call_is_recorded_for_whose_hash_it_is(
    intruder: Intruder, owner: Intruder, a: Target
):
    me, row = a.clinic.nurse, uuid4()
    assert intruder.value(RECORD, me.token_hash, row, "error") is True
    assert owner.ask(
        "SELECT tenant_id, user_id, credential_id, role, status FROM app.mcp_audit_log "
        "WHERE id = %s",
        row,
    ) == [(a.id, me.user_id, me.credential_id, me.role, "error")]
    intruder.refused(RECORD, me.token_hash, row, "error", by="23505")


@pytest.mark.parametrize("key", [b"", b"\0" * 32, None])
def test_nobodys_refused_call_leaves_no_row(intruder: Intruder, owner: Intruder, key: bytes | None):
    row = uuid4()
    assert intruder.value(RECORD, key, row, "error") is False
    assert owner.ask("SELECT FROM app.mcp_audit_log WHERE id = %s", row) == []


def test_a_refused_call_is_never_recorded_as_answered(
    intruder: Intruder, worker: Intruder, a: Target
):
    assert intruder.value(RECORD, a.clinic.nurse.token_hash, uuid4(), "ok") is False
    intruder.refused(RECORD, a.clinic.nurse.token_hash, uuid4(), "fine", by="23514")
    worker.refused(RECORD, a.clinic.nurse.token_hash, uuid4(), "error")


@pytest.mark.promise("9.attestations.by-the-owner")
def test_a_job_writes_no_agreement_and_no_call(intruder: Intruder, worker: Intruder, a: Target):
    job, me = uuid4(), a.clinic.owner
    intruder.sign_in(me.session_hash)
    intruder.ask(OUTBOX, a.id, job)
    intruder.commit()
    worker.ask("BEGIN")
    worker.ask(BEGIN_JOB, job)
    for statement, values in (
        call(a.id, me),
        call(a.id, me, credential_id=job),
        event(a.id, me),
        opening(a.id, me),
        insertion(
            "mcp_attestations",
            dict.fromkeys(("ip", "user_agent", "evidence_hash", "signature"), "x")
            | {"agreement": "ai_access_addendum", "addendum_version": "x", "record": "{}"}
            | {"tenant_id": a.id, "id": uuid4(), "signed_by_user_id": me.user_id}
            | {"signed_at": "2026-01-01", "expires_at": "2036-01-01"},
        ),
    ):
        worker.refused(statement, *values, by=DENIED)
