"""Jobs: asked for in one's own name, done in one's own role, forged by nobody."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.models.intruder import Intruder, Target, insertion

BEGIN_JOB = "SELECT app.begin_job(%s)"
OUTBOX = "INSERT INTO app.outbox (tenant_id, id, kind) VALUES (%s, %s, 'export')"


@pytest.mark.promise("4.jobs.outbox")
def test_a_job_is_asked_for_in_ones_own_clinic_name_and_role(
    intruder: Intruder, a: Target, b: Target
):
    me = a.clinic.front_desk
    intruder.sign_in(me.session_hash)
    intruder.refused(OUTBOX, b.id, uuid4())
    for column, value in (
        ("role", "owner"),
        ("created_by", a.clinic.owner.user_id),
        ("created_at", "2026-01-01"),
        ("done_at", "2026-01-01"),
    ):
        columns = {"tenant_id": a.id, "id": uuid4(), "kind": "export", column: value}
        statement, values = insertion("outbox", columns)
        intruder.refused(statement, *values)
    job = uuid4()
    intruder.ask(OUTBOX, a.id, job)
    assert intruder.ask("SELECT created_by, role FROM app.outbox WHERE id = %s", job) == [
        (me.user_id, "front_desk")
    ]
    intruder.refused("UPDATE app.outbox SET kind = 'x'")
    intruder.refused("DELETE FROM app.outbox")


def test_who_asks_for_a_job_is_said_by_the_trigger_and_not_by_the_row(owner: Intruder, a: Target):
    # The app has no grant on these columns; the trigger would not believe them either.
    first, second = uuid4(), uuid4()
    owner.ask("BEGIN")
    owner.ask("SELECT app.operator_job(%s, %s, 'export', null)", a.id, first)
    said = {"created_by": uuid4(), "role": "x", "done_at": "2026-01-01"}
    statement, values = insertion("outbox", {"tenant_id": a.id, "id": second, "kind": "x"} | said)
    owner.ask(statement, *values)
    stamped = "SELECT created_by, role, done_at FROM app.outbox WHERE id = ANY (%s)"
    assert owner.ask(stamped, [first, second]) == [(a.clinic.owner.user_id, "owner", None)] * 2


@pytest.mark.promise("4.jobs.outbox")
def test_no_job_is_asked_for_without_a_context(intruder: Intruder, worker: Intruder, a: Target):
    for someone in (intruder, worker):
        someone.refused(OUTBOX, a.id, uuid4())


def test_an_id_that_another_clinics_job_has_is_refused(
    intruder: Intruder, worker: Intruder, a: Target, b: Target
):
    job = uuid4()
    intruder.sign_in(b.clinic.owner.session_hash)
    intruder.ask(OUTBOX, b.id, job)
    intruder.commit()
    intruder.sign_in(a.clinic.front_desk.session_hash)
    intruder.refused(OUTBOX, a.id, job, by="23505")
    intruder.commit()
    worker.ask("BEGIN")
    worker.ask(BEGIN_JOB, job)
    assert worker.value("SELECT app.tenant()") == b.id
    worker.ask("SELECT app.finish_job()")
    worker.commit()


@pytest.mark.promise("4.jobs.no-queue")
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM jobs.queue",
        "INSERT INTO jobs.queue (outbox_id, tenant_id) VALUES (null, null)",
        "DELETE FROM jobs.queue",
        "SELECT app.begin_job(gen_random_uuid())",
        "SELECT app.finish_job()",
    ],
)
def test_the_app_does_not_touch_the_queue(intruder: Intruder, a: Target, statement: str):
    intruder.refused(statement)
    intruder.sign_in(a.clinic.owner.session_hash)
    intruder.refused(statement)


@pytest.mark.promise("4.jobs.not-invented")
def test_the_worker_invents_no_job(worker: Intruder):
    worker.refused(BEGIN_JOB, uuid4(), by="28000")
    worker.refused(BEGIN_JOB, None, by="28000")
    worker.refused("SELECT app.finish_job()", by="28000")
    worker.refused(
        "INSERT INTO jobs.queue (outbox_id, tenant_id) SELECT tenant_id, tenant_id FROM jobs.queue"
    )
    worker.refused("UPDATE jobs.queue SET tenant_id = gen_random_uuid()")
    worker.refused("UPDATE jobs.queue SET outbox_id = gen_random_uuid()")
    worker.refused("DELETE FROM jobs.queue")


@pytest.mark.promise("4.identity.doors-of-roles")
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


@pytest.mark.promise("4.jobs.from-the-row")
def test_a_job_acts_in_its_clinic_with_its_causers_role_once(
    intruder: Intruder, worker: Intruder, connect: Callable[[str], Any], a: Target, b: Target
):
    jobs = uuid4(), uuid4()
    for target, job in ((a, jobs[0]), (b, jobs[1])):
        intruder.sign_in(target.clinic.front_desk.session_hash)
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


@pytest.mark.promise("10.events.operator")
def test_the_operator_asks_for_a_job_in_the_owners_name_and_leaves_an_event(
    owner: Intruder, worker: Intruder, a: Target
):
    job = uuid4()
    owner.ask("SELECT app.operator_job(%s, %s, 'export', null)", a.id, job)
    worker.ask("BEGIN")
    worker.ask(BEGIN_JOB, job)
    assert worker.ask("SELECT app.user_id(), app.role()") == [(a.clinic.owner.user_id, "owner")]
    assert worker.ask("SELECT kind, actor FROM app.security_events WHERE subject_id = %s", job) == [
        ("operator_job", f"o:{job}")
    ]
    worker.rollback()
    owner.refused("SELECT app.operator_job(%s, %s, 'x', null)", uuid4(), uuid4(), by="28000")
