"""What is meant to be in the database beyond the tables: the short lists, said once.

Whatever the catalogue holds that is neither in the models nor here is a fault.
"""

from typing import NamedTuple

RUNTIME = ("moonshot_app", "moonshot_worker")

GLOBAL_TABLES = {
    "app.alembic_version",
    "identity.clock",
    "identity.oauth_authorizations",
    "identity.oauth_clients",
    "identity.refresh_digests",
    "identity.secret",
    "identity.sessions",
    "identity.token_digests",
    "identity.tries",
    "identity.users",
    "jobs.queue",
}
"""All others belong to one clinic each."""

SCHEMAS = {
    "app": "moonshot_owner",
    "identity": "moonshot_auth",
    "jobs": "moonshot_auth",
    "public": "pg_database_owner",
}
EXTENSIONS = {"plpgsql", "vector", "pg_trgm"}

OTHER_GRANTS = {
    "app.alembic_version": dict.fromkeys(RUNTIME, "SELECT"),
    "jobs.queue": {"moonshot_worker": "SELECT, UPDATE (run_at, attempts)"},
}
"""On global tables. On a clinic's, the model itself says what the runtime roles may."""

AUTH_ACCESS = {
    "app.tenants": ("SELECT", "INSERT"),
    "app.staff": ("SELECT", "INSERT"),
    "app.mcp_credentials": ("SELECT", "INSERT", "UPDATE"),
    "app.mcp_request_rates": ("SELECT", "INSERT", "UPDATE"),
    "app.mcp_attestations": ("SELECT",),
    "app.mcp_audit_log": ("INSERT",),
    "app.mcp_taints": ("SELECT", "INSERT", "UPDATE"),
    "app.pending_actions": ("SELECT", "INSERT"),
    "app.held_proposals": ("SELECT", "INSERT", "UPDATE"),
    "app.security_events": ("INSERT",),
    "app.tenant_keys": ("SELECT",),
    "app.outbox": ("SELECT", "INSERT", "UPDATE"),
}
"""What the functions may do with clinics' tables, across clinics: a grant and a policy for each."""

WRITTEN_BY_CREDENTIALS = {"app.mcp_audit_log", "app.usage_events"}
"""All that an AI client's credential may write with SQL of its own."""


class Function(NamedTuple):
    """Who owns a function, whether it runs as its owner, who may call it."""

    owner: str
    definer: bool
    callers: frozenset[str]


def _auth(*callers: str, definer: bool = True) -> Function:
    return Function("moonshot_auth", definer, frozenset(callers))


_APP, _WORKER, _OWNER = "moonshot_app", "moonshot_worker", "moonshot_owner"

FUNCTIONS = {
    "app.now()": _auth(_APP, _WORKER, _OWNER),
    "app.tenant()": _auth(_APP, _WORKER),
    "app.user_id()": _auth(_APP, _WORKER),
    "app.actor()": _auth(_APP, _WORKER),
    "app.role()": _auth(_APP, _WORKER),
    "app.has_role(text[])": _auth(_APP, _WORKER),
    "app.is_me(uuid,uuid,text,text)": _auth(_APP, _WORKER),
    "app.in_person()": _auth(_APP, _WORKER),
    "app.begin_request(bytea)": _auth(_APP),
    "app.count_request(bytea)": _auth(_APP),
    "app.record_refused_call(bytea,uuid,text,text,text,text,text,text,text,text,integer)": _auth(
        _APP
    ),
    "app.begin_session(bytea,boolean)": _auth(_APP),
    "app.end_session()": _auth(_APP),
    "app.sign_up(uuid,text,text,text,uuid,text,text,uuid,bytea,text,bytea)": _auth(_APP),
    # By e-mail address alone: the salt, never the hash. Beyond so many failures not even that.
    "app.password_salt(text,text)": _auth(_APP),
    "app.sign_in(text,bytea,uuid,uuid,bytea,text,text,text,bytea)": _auth(_APP),
    "app.count_sign_up(text)": _auth(_APP),
    "app.my_email()": _auth(_APP),
    # In one's own session: with which salt, whether it was right, until when that counts.
    "app.my_password_salt(text)": _auth(_APP),
    "app.prove(bytea,text,text)": _auth(_APP),
    "app.proved_until()": _auth(_APP),
    "identity.proof_life()": _auth(definer=False),
    "app.add_sandbox_colleague(uuid,text,text,text,text,text)": _auth(_APP),
    "app.mint_credential"
    "(uuid,bytea,text,text,text,text,text,boolean,text[],timestamp with time zone)": _auth(_APP),
    "app.rotate_credential(uuid,uuid,bytea,text,interval)": _auth(_APP),
    "app.revoke_credential(uuid)": _auth(_APP),
    "app.oauth_register(text,text,text[],text,bytea,text)": _auth(_APP),
    "app.oauth_keep_document(text,text,text[])": _auth(_APP),
    "app.oauth_client(text,bytea)": _auth(_APP),
    "app.oauth_count_read(text)": _auth(_APP),
    "app.oauth_ask(bytea,text,text,boolean,text,text,text,text)": _auth(_APP),
    "app.oauth_asked(bytea)": _auth(_APP),
    "app.oauth_allow(bytea,bytea,text,boolean,timestamp with time zone)": _auth(_APP),
    "app.oauth_deny(bytea)": _auth(_APP),
    "app.oauth_code(bytea,text)": _auth(_APP),
    "app.oauth_redeem(bytea,text,uuid,bytea,bytea,text,text)": _auth(_APP),
    "app.oauth_refreshable(bytea,text)": _auth(_APP),
    "app.oauth_refresh(bytea,text,bytea,bytea)": _auth(_APP),
    "app.oauth_revoke(bytea,text)": _auth(_APP),
    "app.record_taint(uuid,uuid,text)": _auth(_APP),
    "app.propose(uuid,text,uuid,uuid,jsonb,text,text,uuid[])": _auth(_APP),
    "app.release_held(uuid,text,uuid)": _auth(_APP),
    "app.discard_held(uuid)": _auth(_APP),
    "app.begin_conversation(uuid)": _auth(_APP),
    "app.signing_refusal(text)": _auth(_APP, _WORKER),
    "app.may_sign(text)": _auth(_APP, _WORKER),
    "app.brings_records()": _auth(_APP, _WORKER),
    "app.begin_job(uuid)": _auth(_WORKER),
    "app.finish_job()": _auth(_WORKER),
    "app.operator_open_sandbox(text,text,text,uuid,text,text,uuid,bytea)": _auth(_OWNER),
    "app.operator_session(uuid,uuid,uuid,bytea)": _auth(_OWNER),
    "app.operator_clinics(text)": _auth(_OWNER),
    # Ends the person's sessions, and every clinic's log tells of it.
    "app.operator_set_password(text,text,bytea,uuid)": _auth(_OWNER),
    "app.some_wrapped_keys()": _auth(_APP, _WORKER, _OWNER),
    "app.operator_job(uuid,uuid,text,uuid)": _auth(_OWNER),
    "app.stamp_outbox()": _auth(_OWNER),
    "app.enqueue_outbox()": _auth(_OWNER),
    "app.refuse_change()": Function(_OWNER, definer=False, callers=frozenset()),
    "identity.tag(text,text,text,text)": _auth(definer=False),
    "identity.verified()": _auth(),
    "identity.set_context(uuid,uuid,text,text)": _auth(definer=False),
    "identity.agreements_in_force()": _auth(definer=False),
    "identity.production_refusal(uuid,boolean,timestamp with time zone)": _auth(),
    "identity.open_sandbox(text,uuid,text,text,uuid,text,text,uuid,bytea,interval)": _auth(
        definer=False
    ),
    "identity.session_life()": _auth(definer=False),
    "identity.session_idle()": _auth(definer=False),
    "identity.try_limit(text)": _auth(definer=False),
    "identity.of_try(text,text)": _auth(definer=False),
    "identity.try_wait(text,text)": _auth(definer=False),
    "identity.take_turn(text,text)": _auth(definer=False),
    "identity.count_try(text,text)": _auth(definer=False),
    "identity.count_or_wait(text,text)": _auth(definer=False),
    "identity.forget_tries(text,text)": _auth(definer=False),
    "identity.require_mintable(uuid,uuid,text,timestamp with time zone)": _auth(definer=False),
    "identity.add_credential(text,uuid,uuid,uuid,text,text,text,text,text,boolean,text[],"
    "timestamp with time zone,text)": _auth(definer=False),
    "identity.oauth_times()": _auth(definer=False),
    "identity.end_grant(uuid,uuid,text)": _auth(definer=False),
    "identity.collect_oauth()": _auth(definer=False),
    "identity.add_tokens(uuid,uuid,bytea,bytea)": _auth(definer=False),
    "identity.clinic_of(uuid,uuid)": _auth(definer=False),
    "identity.uuid7()": _auth(definer=False),
    "identity.lock_person()": _auth(definer=False),
    "identity.taints_in_force()": _auth(definer=False),
    "identity.may_propose(text)": _auth(definer=False),
}

ROLES = {
    "moonshot_owner": "login",
    "moonshot_app": "login",
    "moonshot_worker": "login",
    "moonshot_auth": "",
}
"""All that a role is able to do; `inherit`, `superuser` and their like are not."""

MEMBERSHIPS = {"moonshot_owner in moonshot_auth, set"}

ROLE_SETTINGS = {
    "moonshot_app statement_timeout=10s",
    "moonshot_app lock_timeout=3s",
    "moonshot_app idle_in_transaction_session_timeout=15s",
    "moonshot_app search_path=app, public, pg_catalog, pg_temp",
    "moonshot_worker idle_in_transaction_session_timeout=15min",
    "moonshot_worker search_path=app, public, pg_catalog, pg_temp",
}

OTHER_RIGHTS = {
    "schema app": {
        "USAGE to moonshot_app",
        "USAGE to moonshot_worker",
        "USAGE to moonshot_auth",
    },
    "schema jobs": {"USAGE to moonshot_worker"},
    "schema public": {"USAGE to PUBLIC"},
    "database": {
        "CONNECT to moonshot_owner",
        "CREATE to moonshot_owner",
        "CONNECT to moonshot_app",
        "CONNECT to moonshot_worker",
    },
    "language plpgsql": {"USAGE to moonshot_owner", "USAGE to moonshot_auth"},
}
"""On what is no table and no function."""

TAKEN_FUNCTIONS = (
    "^(lo_|lowrite|loread|pg_stat_get_|currtid)"
    "|^pg_(notify|cursor|prepared_statement)$"
    "|^pg_(try_)?advisory_"
    "|^pg_(cancel|terminate)_backend$"
    "|^pg_(total_relation|relation|table|indexes|tablespace|database)_size$"
)
TAKEN_VIEWS = {
    "pg_stat_activity",
    "pg_largeobject_metadata",
    "pg_cursors",
    "pg_prepared_statements",
}
"""What PostgreSQL gives to everyone, and the bootstrap takes away where it can."""

NOTIFY_CALLERS = {"moonshot_owner", "moonshot_auth", "moonshot_worker"}
