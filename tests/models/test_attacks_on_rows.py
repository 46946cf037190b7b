"""Another clinic's rows: read, written, moved, guessed or counted by a call that is not of it."""

from uuid import uuid4

import pytest

from models.permission import GRANTS, Permission, Role
from services.database.catalogue import rights
from tests.models.catalogue import schema
from tests.models.intruder import DENIED, Intruder, Target
from tests.models.said import WRITTEN_BY_CREDENTIALS
from tests.personas import Person

PATIENT = (
    "INSERT INTO app.patients (tenant_id, id, mrn, family_name, given_name, search_name, "
    "birth_date, sex, status) VALUES (%s, %s, %s, 'x', 'x', 'x', '1980-01-01', 'male', 'active')"
)


@pytest.mark.promise("2.both.no-shared-rows", "4.tables.reading")
@pytest.mark.parametrize("table", schema.clinic_tables())
def test_no_table_shows_a_row_of_another_clinic(
    intruder: Intruder, worker: Intruder, a: Target, b: Target, table: str
):
    intruder.sign_in(a.clinic.owner.session_hash)
    assert intruder.count_of(b.id, table) == 0
    assert intruder.ask(f"SELECT DISTINCT tenant_id FROM {table}") in ([], [(a.id,)])
    intruder.rollback()
    assert intruder.count(table) == 0
    assert worker.count(table) == 0


@pytest.mark.promise("4.tables.writing")
def test_no_row_is_added_to_another_clinic(intruder: Intruder, a: Target, b: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    assert "row-level security" in intruder.refused(PATIENT, b.id, uuid4(), "M1")


@pytest.mark.promise("4.tables.writing")
def test_no_row_is_moved_to_another_clinic(intruder: Intruder, a: Target, b: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    intruder.refused("UPDATE app.lab_results SET tenant_id = %s", b.id)
    intruder.refused("UPDATE app.patients SET tenant_id = %s WHERE id = %s", b.id, a.patients[0])


@pytest.mark.promise("4.tables.writing")
def test_no_row_of_another_clinic_is_changed(intruder: Intruder, a: Target, b: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    by_id = "UPDATE app.patients SET city = 'x' WHERE id = %s"
    assert intruder.changed(by_id, b.patients[0]) == 0
    by_clinic = "UPDATE app.lab_results SET label = 'x' WHERE tenant_id = %s"
    assert intruder.changed(by_clinic, b.id) == 0
    joined = "UPDATE app.vitals v SET pulse_bpm = 1 FROM app.patients p WHERE p.tenant_id = %s"
    assert intruder.changed(joined, b.id) == 0


def test_rows_are_deleted_by_nobody(intruder: Intruder, worker: Intruder, a: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    for someone in (intruder, worker):
        for table in ("patients", "lab_results", "chart_notes", "staff", "tenants"):
            someone.refused(f"DELETE FROM app.{table}")
            someone.refused(f"TRUNCATE app.{table}")


def test_a_taken_key_of_another_clinic_answers_like_a_free_one(
    intruder: Intruder, a: Target, b: Target
):
    intruder.sign_in(a.clinic.owner.session_hash)
    answers = {
        intruder.refused(f"{PATIENT} {conflict}", b.id, patient, mrn)
        for patient, mrn in ((b.patients[0], b.mrn), (uuid4(), "M-none"))
        for conflict in ("", "ON CONFLICT DO NOTHING")
    }
    assert len(answers) == 1


def test_what_is_taken_in_another_clinic_is_free_in_ones_own(
    intruder: Intruder, a: Target, b: Target
):
    intruder.sign_in(a.clinic.owner.session_hash)
    assert intruder.changed(PATIENT, a.id, b.patients[0], b.mrn) == 1
    assert (intruder.count(), intruder.count_of(b.id)) == (4, 0)


def test_an_upsert_does_not_reach_another_clinic(intruder: Intruder, a: Target, b: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    onto = "ON CONFLICT (tenant_id, id) DO UPDATE SET city = 'x'"
    intruder.refused(f"{PATIENT} {onto}", b.id, b.patients[0], b.mrn)
    merge = (
        "MERGE INTO app.patients p USING (VALUES (%s::uuid, %s::uuid)) v (t, i) "
        "ON p.tenant_id = v.t AND p.id = v.i WHEN MATCHED THEN UPDATE SET city = 'x' "
        "WHEN NOT MATCHED THEN INSERT (tenant_id, id, mrn, family_name, given_name, search_name, "
        "birth_date, sex, status) "
        "VALUES (v.t, v.i, 'x', 'x', 'x', 'x', '1980-01-01', 'male', 'active')"
    )
    intruder.refused(merge, b.id, b.patients[0])


def test_a_reference_to_another_clinics_row_answers_like_one_to_none(
    intruder: Intruder, a: Target, b: Target
):
    intruder.sign_in(a.clinic.owner.session_hash)
    vital = (
        "INSERT INTO app.vitals (tenant_id, id, patient_id, taken_at) VALUES (%s, %s, %s, now())"
    )
    answers = {
        intruder.refused(vital, a.id, uuid4(), patient, by="23503").replace(str(patient), "?")
        for patient in (b.patients[0], uuid4())
    }
    assert len(answers) == 1


def test_an_error_does_not_tell_the_values_of_a_row(intruder: Intruder, a: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    assert a.mrn not in intruder.refused(PATIENT, a.id, uuid4(), a.mrn, by="23505")


def test_a_condition_that_fails_is_never_run_on_foreign_rows(
    intruder: Intruder, a: Target, b: Target
):
    intruder.sign_in(a.clinic.owner.session_hash)
    bomb = "SELECT * FROM app.patients WHERE 1 / (CASE WHEN mrn = %s THEN 0 ELSE 1 END) = 1"
    assert len(intruder.ask(bomb, b.mrn)) == 3
    intruder.refused(bomb, a.mrn, by="22012")


def test_what_explain_counts_is_ones_own(intruder: Intruder, a: Target, b: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    plan = intruder.ask(
        "EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT * FROM app.patients WHERE mrn LIKE %s",
        f"{b.mrn}%",
    )
    removed = [int(line.rsplit(":", 1)[1]) for (line,) in plan if "Removed by Filter" in line]
    assert removed
    assert max(removed) <= 3


def test_a_place_on_disk_shows_no_foreign_row(
    intruder: Intruder, owner: Intruder, a: Target, b: Target
):
    places = owner.ask("SELECT ctid::text FROM app.patients WHERE tenant_id = %s", b.id)
    assert len(places) == 3
    intruder.sign_in(a.clinic.owner.session_hash)
    for (place,) in places:
        assert intruder.ask("SELECT * FROM app.patients WHERE ctid = %s::tid", place) == []
        intruder.refused("SELECT currtid2('app.patients', %s::tid)", place)


def test_statistics_show_no_values(intruder: Intruder, owner: Intruder):
    owner.ask("ANALYZE app.patients")
    assert intruder.value("SELECT count(*) FROM pg_stats WHERE schemaname = 'app'") == 0
    for table in ("pg_statistic", "pg_statistic_ext_data"):
        intruder.refused(f"SELECT * FROM {table}")


@pytest.mark.promise("4.tables.forced")
def test_row_security_cannot_be_switched_off(intruder: Intruder, a: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    intruder.ask("SET LOCAL row_security = off")
    intruder.refused("SELECT * FROM app.patients")


def test_copy_hands_out_ones_own_rows_and_takes_none(intruder: Intruder, a: Target):
    def copied() -> int:
        with intruder.connection.cursor().copy("COPY (TABLE app.patients) TO STDOUT") as copy:
            return sum(1 for _ in copy.rows())

    assert copied() == 0
    intruder.sign_in(a.clinic.owner.session_hash)
    assert copied() == 3
    intruder.refused("COPY app.patients FROM STDIN", by="0A000")
    for place in ("app.patients FROM '/etc/passwd'", "(SELECT 1) TO '/tmp/x'"):
        intruder.refused(f"COPY {place}")
    intruder.refused("COPY (SELECT 1) TO PROGRAM 'id'")


def test_a_query_within_a_function_sees_ones_own_rows(intruder: Intruder, a: Target, b: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    question = "SELECT to_tsvector(''simple'', mrn) FROM app.patients"
    words = {word for (word,) in intruder.ask(f"SELECT word FROM ts_stat('{question}')")}
    assert a.mrn.lower() in words
    assert b.mrn.lower() not in words


FINANCES = ("invoices", "invoice_lines", "payments", "refunds", "claims")


def enter(intruder: Intruder, person: Person, way: str) -> None:
    if way == "credential":
        intruder.begin(person.token_hash)
    else:
        intruder.sign_in(person.session_hash)


@pytest.mark.promise("3.finances.own-alone", "3.finances.by-policy")
@pytest.mark.parametrize("way", ["credential", "session"])
@pytest.mark.parametrize("table", FINANCES)
def test_a_provider_sees_no_finances_of_others(intruder: Intruder, a: Target, table: str, way: str):
    enter(intruder, a.clinic.provider, way)
    assert intruder.count(f"app.{table}") == 0
    assert intruder.changed(f"UPDATE app.{table} SET provider_id = provider_id") == 0


@pytest.mark.promise("3.finances.all")
@pytest.mark.parametrize("way", ["credential", "session"])
def test_finances_are_seen_by_who_may_see_all_and_by_nobody_else(
    intruder: Intruder, a: Target, way: str
):
    for person in a.clinic.people:
        enter(intruder, person, way)
        everything = Permission.VIEW_ALL_FINANCES in GRANTS[person.role]
        seen = [intruder.count(f"app.{table}") for table in FINANCES]
        assert seen == [3 if everything else 0] * 5, person.role
        intruder.rollback()


def test_the_roles_that_see_all_finances_are_two():
    assert {r for r in Role if Permission.VIEW_ALL_FINANCES in GRANTS[r]} == {"owner", "biller"}


@pytest.mark.parametrize("table", FINANCES)
def test_nobody_books_on_anothers_name(intruder: Intruder, a: Target, table: str):
    insert = f"INSERT INTO app.{table} (tenant_id, id, provider_id) VALUES (%s, %s, %s)"
    for person in a.clinic.people:
        if Permission.VIEW_ALL_FINANCES not in GRANTS[person.role]:
            intruder.sign_in(person.session_hash)
            for other in (a.clinic.owner.user_id, None):
                assert '"own_finances"' in intruder.refused(insert, a.id, uuid4(), other)
            intruder.rollback()
    intruder.sign_in(a.clinic.biller.session_hash)
    intruder.refused(insert, a.id, uuid4(), a.clinic.owner.user_id, by="23502")


@pytest.mark.promise("3.finances.own-alone")
def test_a_provider_books_for_oneself_and_passes_nothing_on(intruder: Intruder, a: Target):
    me = a.clinic.provider
    intruder.sign_in(me.session_hash)
    intruder.ask(
        "INSERT INTO app.invoices (tenant_id, id, patient_id, number, provider_id, status, "
        "issued_on, due_on, total_cents) "
        "VALUES (%s, %s, %s, 'N-1', %s, 'issued', '2026-03-02', '2026-03-02', 1)",
        a.id,
        uuid4(),
        a.patients[0],
        me.user_id,
    )
    assert intruder.count("app.invoices") == 1
    intruder.refused("UPDATE app.invoices SET provider_id = %s", a.clinic.owner.user_id)
    # A line hung on the owner's invoice would have to name the owner.
    line = (
        "INSERT INTO app.invoice_lines (tenant_id, id, invoice_id, provider_id, service_line, "
        "code, label, quantity, amount_cents, cost_cents) "
        "VALUES (%s, %s, %s, %s, 'thyroid', 'x', 'x', 1, 1, 1)"
    )
    intruder.refused(line, a.id, uuid4(), a.invoice, me.user_id, by="23503")
    intruder.refused(line, a.id, uuid4(), a.invoice, a.clinic.owner.user_id, by=DENIED)


WRITABLE = [
    (name, right)
    for name, table in schema.clinic_tables().items()
    for right, column in rights(table.info["grants"])
    if right != "SELECT" and column is None and name not in WRITTEN_BY_CREDENTIALS
]


@pytest.mark.promise("1.promise.writes-nothing")
@pytest.mark.parametrize(("table", "right"), WRITABLE)
def test_an_assistants_credential_changes_nothing(
    intruder: Intruder, a: Target, table: str, right: str
):
    statements = {
        "INSERT": f"INSERT INTO {table} (tenant_id, id) VALUES ('{a.id}', '{uuid4()}')",
        "UPDATE": f"UPDATE {table} SET tenant_id = tenant_id",
        "DELETE": f"DELETE FROM {table}",
    }
    intruder.begin(a.clinic.owner.token_hash)
    if right == "INSERT":
        assert "row-level security" in intruder.refused(statements[right])
    else:
        assert intruder.changed(statements[right]) == 0


def test_a_person_changes_what_a_credential_may_not(intruder: Intruder, a: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    assert intruder.changed("UPDATE app.patients SET tenant_id = tenant_id") == 3
    intruder.refused("INSERT INTO app.patients (tenant_id) VALUES (app.tenant())", by="23502")
