"""Ways around row security: roles, definitions, files, statistics and what a session keeps."""

import psycopg
import pytest

from tests.models.intruder import Intruder, Target

DEFINITIONS = (
    "ALTER TABLE app.lab_results DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE app.lab_results NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE app.lab_results OWNER TO moonshot_app",
    "DROP POLICY tenant ON app.lab_results",
    "ALTER POLICY tenant ON app.lab_results USING (true)",
    "CREATE POLICY mine ON app.lab_results USING (true)",
    "ALTER FUNCTION app.tenant() SECURITY INVOKER",
    "CREATE OR REPLACE FUNCTION app.tenant() RETURNS uuid LANGUAGE sql AS 'SELECT null::uuid'",
    "ALTER TABLE app.mcp_audit_log DISABLE TRIGGER ALL",
    "DROP TRIGGER keep_rows ON app.mcp_audit_log",
    "SET session_replication_role = replica",
    "CREATE INDEX ON app.patients (mrn)",
    "CREATE STATISTICS app.s ON mrn, city FROM app.patients",
    "CREATE VIEW app.v AS SELECT * FROM app.patients",
    "CREATE MATERIALIZED VIEW app.m AS SELECT * FROM app.patients",
    "CREATE TABLE app.t (i int)",
    "CREATE SEQUENCE app.s",
    "CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT null'",
    "CREATE OPERATOR public.= (leftarg = uuid, rightarg = uuid, function = pg_catalog.uuid_eq)",
    "CREATE DOMAIN public.d AS int",
    "CREATE TYPE public.t AS (a int)",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION postgres_fdw",
    "CREATE PUBLICATION p FOR TABLE app.patients",
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION app.refuse_change()",
    "CREATE CAST (uuid AS bigint) WITHOUT FUNCTION",
    "CREATE DATABASE mine",
    "COMMENT ON TABLE app.patients IS 'a stash'",
    "LOAD 'vector'",
    "ALTER SYSTEM SET jit = on",
    "SELECT pg_reload_conf()",
    "CLUSTER app.patients",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p",
)


@pytest.mark.parametrize("statement", DEFINITIONS)
def test_nothing_is_defined_anew(intruder: Intruder, worker: Intruder, statement: str):
    for someone in (intruder, worker):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            someone.ask(statement)


@pytest.mark.promise("4.roles.another-role")
@pytest.mark.parametrize(
    "role",
    [
        "moonshot_owner",
        "moonshot_auth",
        "moonshot_worker",
        "moonshot_app",
        "postgres",
        "pg_read_all_data",
        "pg_write_all_data",
        "pg_monitor",
        "pg_execute_server_program",
        "pg_signal_backend",
    ],
)
def test_nobody_becomes_another_role(intruder: Intruder, worker: Intruder, role: str):
    for someone, itself in ((intruder, "moonshot_app"), (worker, "moonshot_worker")):
        if role != itself:
            someone.refused(f"SET ROLE {role}")
            someone.refused(f"SET SESSION AUTHORIZATION {role}")
            someone.refused(f"GRANT {role} TO {itself}")


@pytest.mark.promise("4.roles.another-role")
def test_nobody_makes_a_role_greater(intruder: Intruder, worker: Intruder):
    for someone, itself in ((intruder, "moonshot_app"), (worker, "moonshot_worker")):
        for more in ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION", "CREATEDB"):
            someone.refused(f"ALTER ROLE {itself} {more}")
        someone.refused("CREATE ROLE other")
        someone.refused("ALTER ROLE moonshot_owner PASSWORD 'x'")


def test_a_grant_of_what_one_does_not_own_changes_nothing(intruder: Intruder, owner: Intruder):
    grants = (
        "SELECT count(*) FROM information_schema.table_privileges WHERE grantee = 'PUBLIC' "
        "AND table_schema IN ('app', 'identity', 'jobs')"
    )
    intruder.ask("GRANT SELECT ON app.patients TO PUBLIC")
    intruder.refused("GRANT SELECT ON identity.secret TO PUBLIC")
    intruder.refused("GRANT moonshot_app TO moonshot_worker")
    assert owner.value(grants) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMP TABLE patients (x int)",
        "CREATE TEMP VIEW pg_class AS SELECT 1",
        "CREATE TEMP SEQUENCE s",
        "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
        "SELECT 1 AS x INTO TEMP stash",
    ],
)
def test_nothing_temporary_casts_a_shadow(intruder: Intruder, worker: Intruder, statement: str):
    for someone in (intruder, worker):
        someone.refused(statement)


@pytest.mark.parametrize(
    "body",
    [
        "PERFORM set_config('app.current_tenant', gen_random_uuid()::text, true)",
        "COMMIT",
        "EXECUTE 'SET ROLE moonshot_owner'",
    ],
)
def test_no_block_of_code_runs(intruder: Intruder, worker: Intruder, body: str):
    for someone in (intruder, worker):
        someone.refused(f"DO $$ BEGIN {body}; END $$")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_read_binary_file('global/pg_control')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_ls_waldir()",
        "SELECT pg_ls_logdir()",
        "SELECT pg_stat_file('PG_VERSION')",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT * FROM pg_file_settings",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_shmem_allocations",
        "SELECT * FROM pg_backend_memory_contexts",
        "SELECT * FROM pg_user_mapping",
        "SELECT * FROM pg_subscription",
        "SELECT pg_current_logfile()",
        "SELECT pg_rotate_logfile()",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_restore_point('x')",
        "SELECT pg_promote()",
        "SELECT pg_stat_reset()",
        "SELECT pg_create_logical_replication_slot('s', 'pgoutput')",
        "SELECT pg_log_backend_memory_contexts(pg_backend_pid())",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/x')",
        "SHOW data_directory",
    ],
)
def test_no_file_and_no_inside_of_the_server_is_seen(
    intruder: Intruder, worker: Intruder, statement: str
):
    for someone in (intruder, worker):
        someone.refused(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT lo_create(0)",
        "SELECT lo_get(1)",
        "SELECT loread(1, 1)",
        "SELECT * FROM pg_largeobject",
        "SELECT * FROM pg_largeobject_metadata",
        "SELECT pg_advisory_xact_lock(1)",
        "SELECT pg_try_advisory_lock(1)",
        "SELECT pg_advisory_unlock_all()",
        "SELECT pg_notify('x', 'x')",
        "SELECT pg_cancel_backend(pg_backend_pid())",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT * FROM pg_stat_activity",
        "SELECT pg_stat_get_activity(NULL)",
        "SELECT * FROM pg_stat_all_tables",
        "SELECT * FROM pg_statio_all_tables",
        "SELECT * FROM pg_stat_database",
        "SELECT * FROM pg_stat_ssl",
        "SELECT * FROM pg_stat_wal",
        "SELECT pg_stat_get_tuples_inserted('app.patients'::regclass)",
        "SELECT pg_total_relation_size('app.patients')",
        "SELECT pg_relation_size('app.patients')",
        "SELECT pg_database_size(current_database())",
        "SELECT pg_tablespace_size('pg_default')",
        "SELECT * FROM pg_prepared_statements",
        "SELECT pg_prepared_statement()",
        "SELECT * FROM pg_cursors",
        "SELECT pg_cursor()",
    ],
)
def test_what_postgresql_gives_to_everyone_is_taken_back(intruder: Intruder, statement: str):
    intruder.refused(statement)


def test_what_was_said_to_the_server_is_kept_nowhere(intruder: Intruder):
    with pytest.raises(psycopg.errors.UndefinedTable):
        intruder.ask("SELECT * FROM public.pg_stat_statements")


def test_the_session_of_a_new_connection_is_empty(
    intruder: Intruder, accomplice: Intruder, a: Target
):
    intruder.begin(a.clinic.owner.token_hash)
    intruder.ask("DECLARE k CURSOR WITH HOLD FOR SELECT * FROM app.patients")
    intruder.ask("PREPARE stash AS SELECT 'x'")
    intruder.set("x.stash", "x", local=False)
    intruder.commit()
    accomplice.refused("FETCH ALL FROM k", by="34000")
    accomplice.refused("EXECUTE stash", by="26000")
    assert not accomplice.value("SELECT current_setting('x.stash', true)")


@pytest.mark.promise("15.policy-time.one")
def test_only_the_databases_own_time_and_no_ones_clock_is_read(intruder: Intruder, owner: Intruder):
    change = "UPDATE identity.clock SET moved_by = '1 year'"
    intruder.refused(change)
    owner.refused(change)
    assert intruder.value("SELECT app.now() = pg_catalog.now()")


def test_an_unlogged_table_is_written_by_its_function_alone(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.nurse.token_hash)
    for statement in (
        "INSERT INTO app.mcp_request_rates SELECT * FROM app.mcp_request_rates",
        "UPDATE app.mcp_request_rates SET requests = 0",
        "DELETE FROM app.mcp_request_rates",
        "TRUNCATE app.mcp_request_rates",
    ):
        intruder.refused(statement)
