"""Faults of access: grants, functions, roles and what else is around the tables."""

from tests.models.faults.fault import Fault

GRANTS = (
    Fault(
        "a readable table of token digests",
        "GRANT USAGE ON SCHEMA identity TO moonshot_app; "
        "GRANT SELECT ON identity.token_digests TO moonshot_app",
        "identity.token_digests: moonshot_app has SELECT",
    ),
    Fault(
        "one readable column of the secret",
        "GRANT SELECT (key) ON identity.secret TO moonshot_worker",
        "identity.secret: moonshot_worker has SELECT (key)",
    ),
    Fault(
        "a log that may be changed",
        "GRANT UPDATE ON app.mcp_audit_log TO moonshot_app",
        "app.mcp_audit_log: moonshot_app has UPDATE",
    ),
    Fault(
        "one column of one's own roles",
        "GRANT UPDATE (roles) ON app.staff TO moonshot_app",
        "app.staff: moonshot_app has UPDATE (roles)",
    ),
    Fault(
        "a table for everyone",
        "GRANT SELECT ON app.invoices TO PUBLIC",
        "app.invoices: PUBLIC has SELECT",
    ),
    Fault(
        "a grant to be passed on",
        "GRANT SELECT ON app.patients TO moonshot_app WITH GRANT OPTION",
        "app.patients: moonshot_app has SELECT WITH GRANT OPTION",
    ),
    Fault(
        "TRUNCATE, which no policy holds back",
        "GRANT TRUNCATE ON app.patients TO moonshot_app",
        "app.patients: moonshot_app has TRUNCATE",
    ),
    Fault(
        "a forged outbox role",
        "GRANT INSERT ON app.outbox TO moonshot_app",
        "app.outbox: moonshot_app has INSERT",
    ),
    Fault(
        "a queue that the app sees",
        "GRANT SELECT ON jobs.queue TO moonshot_app",
        "jobs.queue: moonshot_app has SELECT",
    ),
    Fault(
        "a grant taken away",
        "REVOKE INSERT ON app.patients FROM moonshot_app",
        "app.patients: moonshot_app lacks INSERT",
    ),
    Fault(
        "objects made in a schema by the app",
        "GRANT CREATE ON SCHEMA app TO moonshot_app",
        "schema app: CREATE to moonshot_app: not as said",
    ),
    Fault(
        "objects made in public by everyone",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "schema public: CREATE to PUBLIC: not as said",
    ),
    Fault(
        "a schema of secrets that may be entered",
        "GRANT USAGE ON SCHEMA identity TO moonshot_worker",
        "schema identity: USAGE to moonshot_worker: not as said",
    ),
    Fault(
        "temporary tables, which can shadow others",
        "DO $$ BEGIN EXECUTE format('GRANT TEMP ON DATABASE %I TO PUBLIC', current_database()); "
        "END $$",
        "database: TEMPORARY to PUBLIC: not as said",
    ),
    Fault(
        "anonymous blocks for everyone",
        "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC",
        "language plpgsql: USAGE to PUBLIC: not as said",
    ),
    Fault(
        "grants on what is made later",
        "ALTER DEFAULT PRIVILEGES FOR ROLE moonshot_owner GRANT SELECT ON TABLES TO moonshot_app",
        "default privileges of moonshot_owner: SELECT to moonshot_app",
    ),
    Fault(
        "a built-in given back",
        "GRANT EXECUTE ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea) TO PUBLIC",
        "lo_from_bytea(oid,bytea): may be called by moonshot_app",
    ),
    Fault(
        "what others are asking now",
        "GRANT SELECT ON pg_catalog.pg_stat_activity TO moonshot_app",
        "pg_stat_activity: may be read by moonshot_app",
    ),
)

FUNCTIONS = (
    Fault(
        "a definer function without a pinned path",
        "ALTER FUNCTION app.begin_request(bytea) RESET search_path",
        "app.begin_request(bytea): does not pin its search_path",
    ),
    Fault(
        "a path that begins elsewhere",
        "ALTER FUNCTION app.tenant() SET search_path = public, pg_catalog",
        "app.tenant(): does not pin its search_path",
    ),
    Fault(
        "a replaced function body",
        "CREATE OR REPLACE FUNCTION app.tenant() RETURNS uuid LANGUAGE plpgsql STABLE "
        "PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS "
        "$$ BEGIN RETURN nullif(current_setting('app.current_tenant', true), '')::uuid; END $$",
        "app.tenant(): differs from its file",
    ),
    Fault(
        "a function that runs as who calls it",
        "ALTER FUNCTION app.has_role(text[]) SECURITY INVOKER",
        "app.has_role(text[]): is not as said",
    ),
    Fault(
        "a function that may be called by one more",
        "GRANT EXECUTE ON FUNCTION app.operator_session(uuid, uuid, uuid, bytea) TO moonshot_app",
        "app.operator_session(uuid,uuid,uuid,bytea): is not as said",
    ),
    Fault(
        "an inner function for everyone",
        "GRANT EXECUTE ON FUNCTION identity.tag(text, text, text, text) TO PUBLIC",
        "identity.tag(text,text,text,text): is not as said",
    ),
    Fault(
        "a function nobody said",
        "CREATE FUNCTION app.everyone() RETURNS SETOF app.patients LANGUAGE sql SECURITY DEFINER "
        "SET search_path = pg_catalog, pg_temp AS 'SELECT * FROM app.patients'",
        "app.everyone(): is not on the list of functions",
    ),
    Fault(
        "an overload of a known name",
        "CREATE FUNCTION public.has_role(text) RETURNS boolean LANGUAGE sql "
        "SET search_path = pg_catalog, pg_temp AS 'SELECT true'",
        "public.has_role(text): is not on the list of functions",
    ),
    Fault(
        "a function owned by another",
        "ALTER FUNCTION app.sign_up"
        "(uuid, text, text, text, uuid, text, text, uuid, bytea, text, bytea) "
        "OWNER TO moonshot_owner",
        "app.sign_up(uuid,text,text,text,uuid,text,text,uuid,bytea,text,bytea): is not as said",
    ),
    Fault(
        "a leakproof function",
        "ALTER FUNCTION app.user_id() LEAKPROOF",
        "app.user_id(): is marked leakproof",
    ),
    Fault(
        "a function that is too stable",
        "ALTER FUNCTION app.now() IMMUTABLE",
        "app.now(): differs from its file",
    ),
    Fault(
        "a function dropped",
        "DROP FUNCTION app.revoke_credential(uuid)",
        "app.revoke_credential(uuid): is missing",
    ),
    Fault(
        "a trigger switched off",
        "ALTER TABLE app.mcp_audit_log DISABLE TRIGGER keep_rows",
        "app.mcp_audit_log: trigger keep_rows",
    ),
    Fault(
        "a trigger that replicas skip",
        "ALTER TABLE app.usage_events ENABLE TRIGGER keep_rows",
        "app.usage_events: trigger keep_rows",
    ),
    Fault(
        "a trigger dropped",
        "DROP TRIGGER stamp ON app.outbox",
        "app.outbox: trigger stamp",
    ),
    Fault(
        "a trigger that looks away",
        "CREATE OR REPLACE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON app.mcp_audit_log "
        "FOR EACH ROW WHEN (false) EXECUTE FUNCTION app.refuse_change(); "
        "ALTER TABLE app.mcp_audit_log ENABLE ALWAYS TRIGGER keep_rows",
        "app.mcp_audit_log: trigger keep_rows",
    ),
)

SURROUNDINGS = (
    Fault(
        "a role that bypasses row security",
        "ALTER ROLE moonshot_app BYPASSRLS",
        "moonshot_app: is able to (login, bypassrls)",
    ),
    Fault(
        "a superuser",
        "ALTER ROLE moonshot_owner SUPERUSER",
        "moonshot_owner: is able to (login, superuser)",
    ),
    Fault(
        "a keeper of secrets that can log in",
        "ALTER ROLE moonshot_auth LOGIN",
        "moonshot_auth: is able to (login)",
    ),
    Fault(
        "a role nobody said",
        "CREATE ROLE moonshot_reports LOGIN",
        "moonshot_reports: is able to (login, inherit)",
    ),
    Fault(
        "a member of the owner",
        "GRANT moonshot_owner TO moonshot_app",
        "moonshot_app in moonshot_owner, set: is not as said",
    ),
    Fault(
        "a reader of everything",
        "GRANT pg_read_all_data TO moonshot_worker",
        "moonshot_worker in pg_read_all_data, set: is not as said",
    ),
    Fault(
        "a limit lifted for good",
        "ALTER ROLE moonshot_app SET statement_timeout = 0",
        "setting moonshot_app statement_timeout=0: is not as said",
    ),
    Fault(
        "a setting for everyone in the database",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET row_security = off', "
        "current_database()); END $$",
        "setting everyone row_security=off: is not as said",
    ),
    Fault(
        "a parameter that switches triggers off",
        "GRANT SET ON PARAMETER session_replication_role TO moonshot_app",
        "parameter session_replication_role: is granted to someone",
    ),
    Fault("a publication", "CREATE PUBLICATION away", "publication away: sends rows away"),
    Fault(
        "an event trigger",
        "CREATE FUNCTION public.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
        "CREATE EVENT TRIGGER eye ON ddl_command_end EXECUTE FUNCTION public.e()",
        "event trigger eye: is not on any list",
    ),
    Fault(
        "an operator",
        "CREATE OPERATOR public.=== "
        "(leftarg = uuid, rightarg = uuid, function = pg_catalog.uuid_eq)",
        "operator public.===(uuid,uuid): is of our own making",
    ),
    Fault(
        "a cast",
        "CREATE FUNCTION public.c(uuid) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; "
        "CREATE CAST (uuid AS bigint) WITH FUNCTION public.c(uuid) AS IMPLICIT",
        "cast uuid to bigint: is of our own making",
    ),
    Fault("a type", "CREATE DOMAIN app.name AS text", "type app.name: is of our own making"),
    Fault(
        "a foreign server",
        "CREATE EXTENSION postgres_fdw; "
        "CREATE SERVER out FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'x')",
        "foreign server out: is not on any list",
    ),
    Fault(
        "a large object",
        "SELECT lo_from_bytea(0, 'x')",
        "has no row security",
    ),
    Fault(
        "a function among the built-in ones",
        "SET LOCAL allow_system_table_mods = on; "
        "CREATE FUNCTION pg_catalog.now(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "pg_catalog.now: is of our own making",
    ),
)

ALL = (*GRANTS, *FUNCTIONS, *SURROUNDINGS)
