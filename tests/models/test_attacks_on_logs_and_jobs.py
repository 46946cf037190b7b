"""Logs that nobody changes or writes in another's name; jobs that nobody forges."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.models.catalogue import schema
from tests.models.intruder import DENIED, Intruder, Target
from tests.personas import Person

APPEND_ONLY = schema.append_only()
RECORD = "SELECT app.record_refused_call(%s, %s, 'x', %s, 'x', null, null, null, null, null, 0)"
BEGIN_JOB = "SELECT app.begin_job(%s)"
OUTBOX = "INSERT INTO app.outbox (tenant_id, id, kind) VALUES (%s, %s, 'export')"


def insert(table: str, columns: dict[str, Any]) -> tuple[str, list[Any]]:
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO app.{table} ({', '.join(columns)}) VALUES ({marks})", [*columns.values()]


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
    return insert("mcp_audit_log", given | over)


def event(clinic: UUID, person: Person, **over: Any) -> tuple[str, list[Any]]:
    actor = f"c:{person.credential_id}"
    ids = {"tenant_id": clinic, "id": uuid4(), "user_id": person.user_id, "actor": actor}
    return insert("security_events", ids | {"kind": "x"} | over)


def usage(clinic: UUID, person: Person, **over: Any) -> tuple[str, list[Any]]:
    ids = {"tenant_id": clinic, "id": uuid4(), "user_id": person.user_id, "audit_id": uuid4()}
    amounts = {"model": "x", "tokens_in": 1, "tokens_out": 1, "cost_nano_dollars": 20}
    return insert("usage_events", ids | amounts | over)


@pytest.mark.parametrize("write", [call, event, usage])
def test_a_log_takes_ones_own_word(
    intruder: Intruder, a: Target, write: Callable[..., tuple[str, list[Any]]]
):
    me = a.clinic.front_desk
    intruder.begin(me.token_hash)
    statement, values = write(a.id, me)
    assert intruder.changed(statement, *values) == 1


@pytest.mark.parametrize("write", [call, event, usage])
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
    intruder.begin(a.clinic.front_desk.token_hash)
    statement, values = write(a.id, a.clinic.front_desk, **lie)
    intruder.refused(statement, *values)


def test_a_log_takes_no_word_of_another_credential_actor_or_role(
    intruder: Intruder, a: Target, b: Target
):
    me, owner = a.clinic.front_desk, a.clinic.owner
    intruder.begin(me.token_hash)
    for statement, values in (
        call(a.id, owner),
        call(a.id, me, credential_id=owner.credential_id),
        call(a.id, me, role="owner"),
        call(b.id, b.clinic.owner),
        event(a.id, owner),
        event(a.id, me, actor=f"s:{me.session_id}"),
        event(a.id, me, actor=f"o:{uuid4()}"),
        event(b.id, b.clinic.owner),
        usage(b.id, b.clinic.owner),
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
        "SELECT tenant_id, user_id, credential_id, role, status FROM app.mcp_audit_log WHERE id = %s",
        row,
    ) == [(a.id, me.user_id, me.credential_id, me.role, "error")]
    intruder.refused(RECORD, me.token_hash, row, "error", by="23505")


@pytest.mark.parametrize("key", [b"", b"\0" * 32, None])
def test_nobodys_refused_call_leaves_no_row(
    intruder: Intruder, owner: Intruder, key: bytes | None
):
    row = uuid4()
    assert intruder.value(RECORD, key, row, "error") is False
    assert owner.ask("SELECT FROM app.mcp_audit_log WHERE id = %s", row) == []


def test_a_refused_call_is_never_recorded_as_answered(
    intruder: Intruder, worker: Intruder, a: Target
):
    assert intruder.value(RECORD, a.clinic.nurse.token_hash, uuid4(), "ok") is False
    intruder.refused(RECORD, a.clinic.nurse.token_hash, uuid4(), "fine", by="23514")
    worker.refused(RECORD, a.clinic.nurse.token_hash, uuid4(), "error")


def test_a_job_is_asked_for_in_ones_own_clinic_name_and_role(
    intruder: Intruder, a: Target, b: Target
):
    me = a.clinic.front_desk
    intruder.begin(me.token_hash)
    intruder.refused(OUTBOX, b.id, uuid4())
    for column, value in (
        ("role", "owner"),
        ("created_by", a.clinic.owner.user_id),
        ("created_at", "2026-01-01"),
        ("done_at", "2026-01-01"),
    ):
        columns = {"tenant_id": a.id, "id": uuid4(), "kind": "export", column: value}
        statement, values = insert("outbox", columns)
        intruder.refused(statement, *values)
    job = uuid4()
    intruder.ask(OUTBOX, a.id, job)
    assert intruder.ask("SELECT created_by, role FROM app.outbox WHERE id = %s", job) == [
        (me.user_id, "front_desk")
    ]
    intruder.refused("UPDATE app.outbox SET kind = 'x'")
    intruder.refused("DELETE FROM app.outbox")


def test_no_job_is_asked_for_without_a_context(intruder: Intruder, worker: Intruder, a: Target):
    for someone in (intruder, worker):
        someone.refused(OUTBOX, a.id, uuid4())


def test_an_id_that_another_clinics_job_has_is_refused(
    intruder: Intruder, worker: Intruder, a: Target, b: Target
):
    job = uuid4()
    intruder.begin(b.clinic.owner.token_hash)
    intruder.ask(OUTBOX, b.id, job)
    intruder.commit()
    intruder.begin(a.clinic.front_desk.token_hash)
    intruder.refused(OUTBOX, a.id, job, by="23505")
    intruder.commit()
    worker.ask("BEGIN")
    worker.ask(BEGIN_JOB, job)
    assert worker.value("SELECT app.tenant()") == b.id
    worker.ask("SELECT app.finish_job()")
    worker.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM jobs.queue",
        "INSERT INTO jobs.queue (outbox_id, tenant_id) VALUES (gen_random_uuid(), gen_random_uuid())",
        "DELETE FROM jobs.queue",
        "SELECT app.begin_job(gen_random_uuid())",
        "SELECT app.finish_job()",
    ],
)
def test_the_app_does_not_touch_the_queue(intruder: Intruder, a: Target, statement: str):
    intruder.refused(statement)
    intruder.begin(a.clinic.owner.token_hash)
    intruder.refused(statement)


def test_the_worker_invents_no_job(worker: Intruder):
    worker.refused(BEGIN_JOB, uuid4(), by="28000")
    worker.refused(BEGIN_JOB, None, by="28000")
    worker.refused("SELECT app.finish_job()", by="28000")
    worker.refused("INSERT INTO jobs.queue (outbox_id, tenant_id) SELECT tenant_id, tenant_id FROM jobs.queue")
    worker.refused("UPDATE jobs.queue SET tenant_id = gen_random_uuid()")
    worker.refused("UPDATE jobs.queue SET outbox_id = gen_random_uuid()")
    worker.refused("DELETE FROM jobs.queue")


@pytest.mark.parametrize(
    "function",
    [
        "begin_request('x')",
        "begin_session('x')",
        "count_request('x')",
        "end_session()",
        "revoke_credential(gen_random_uuid())",
        "sign_up(null, null, null, null, null, null, null, null, null)",
        "mint_credential(null, null, null, null, null, null, null, null, null, null)",
        "rotate_credential(null, null, null, null, null)",
        "add_sandbox_colleague(null, null, null, null, null, null)",
    ],
)
def test_the_worker_is_nobody_at_a_browser_or_an_assistant(worker: Intruder, function: str):
    worker.refused(f"SELECT app.{function}")


def test_a_job_acts_in_its_clinic_with_its_causers_role_once(
    intruder: Intruder, worker: Intruder, connect: Callable[[str], Any], a: Target, b: Target
):
    jobs = uuid4(), uuid4()
    for target, job in ((a, jobs[0]), (b, jobs[1])):
        intruder.begin(target.clinic.front_desk.token_hash)
        intruder.ask(OUTBOX, target.id, job)
        intruder.commit()
    worker.ask("BEGIN")
    worker.ask(BEGIN_JOB, jobs[0])
    assert (worker.count(), worker.count_of(b.id), worker.count("app.invoices")) == (3, 0, 0)
    # Front desk: a job sees no finances, is no owner, and is of one clinic.
    assert worker.value("SELECT app.role()") == "front_desk"
    worker.refused(BEGIN_JOB, jobs[1], by="28000")
    worker.ask("SAVEPOINT s")
    worker.set("app.current_tenant", b.id)
    assert worker.count() == 0
    worker.refused("SELECT app.finish_job()", by="28000")
    worker.ask("ROLLBACK TO s")
    another = Intruder(connect("moonshot_worker"))
    another.refused(BEGIN_JOB, jobs[0], by="28000")
    worker.ask("SELECT app.finish_job()")
    worker.commit()
    worker.refused(BEGIN_JOB, jobs[0], by="28000")
    assert worker.ask("SELECT FROM jobs.queue WHERE outbox_id = %s", jobs[0]) == []
    # The other clinic's job still waits.
    assert worker.ask("SELECT tenant_id FROM jobs.queue WHERE outbox_id = %s", jobs[1]) == [(b.id,)]


def test_the_operator_asks_for_a_job_in_the_owners_name_and_leaves_an_event(
    owner: Intruder, worker: Intruder, a: Target
):
    job = uuid4()
    owner.ask("SELECT app.operator_job(%s, %s, 'export', null)", a.id, job)
    worker.ask("BEGIN")
    worker.ask(BEGIN_JOB, job)
    assert worker.ask("SELECT app.user_id(), app.role()") == [(a.clinic.owner.user_id, "owner")]
    assert worker.ask(
        "SELECT kind, actor FROM app.security_events WHERE subject_id = %s", job
    ) == [("operator_job", f"o:{job}")]
    worker.rollback()
    owner.refused("SELECT app.operator_job(%s, %s, 'x', null)", uuid4(), uuid4(), by="28000")


def test_a_job_writes_no_agreement_and_no_call(intruder: Intruder, worker: Intruder, a: Target):
    job, me = uuid4(), a.clinic.owner
    intruder.begin(me.token_hash)
    intruder.ask(OUTBOX, a.id, job)
    intruder.commit()
    worker.ask("BEGIN")
    worker.ask(BEGIN_JOB, job)
    for statement, values in (
        call(a.id, me),
        call(a.id, me, credential_id=job),
        event(a.id, me),
        insert(
            "mcp_attestations",
            dict.fromkeys(("ip", "user_agent", "evidence_hash", "signature"), "x")
            | {"agreement": "ai_access_addendum", "addendum_version": "x", "record": "{}"}
            | {"tenant_id": a.id, "id": uuid4(), "signed_by_user_id": me.user_id}
            | {"signed_at": "2026-01-01", "expires_at": "2036-01-01"},
        ),
    ):
        worker.refused(statement, *values, by=DENIED)
