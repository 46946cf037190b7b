-- Run once by an administrator, connected to the empty target database.
-- The administrator needs CREATEROLE and to own the database; the extension `vector` may need a superuser.
-- Passwords are set afterwards, never written here. No psql commands: any client can run it.
-- `moonshot migrate` runs this itself on the embedded database.
-- Other databases of the same server are not touched. PostgreSQL lets every login connect to them; where that is not
-- wanted: REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC. `moonshot doctor` warns of it.

create role moonshot_owner  login noinherit nosuperuser nocreaterole nocreatedb nobypassrls connection limit 20;
create role moonshot_app    login noinherit nosuperuser nocreaterole nocreatedb nobypassrls;
create role moonshot_worker login noinherit nosuperuser nocreaterole nocreatedb nobypassrls;
create role moonshot_auth   nologin noinherit nosuperuser nocreaterole nocreatedb nobypassrls;

-- Migrations may become moonshot_auth, to create what it owns; nobody else may.
grant moonshot_auth to moonshot_owner with inherit false, set true, admin false;

create extension if not exists vector;
create extension if not exists pg_trgm;

do $$ begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to moonshot_owner, moonshot_app, moonshot_worker', current_database());
  execute format('grant create on database %I to moonshot_owner', current_database());
end $$;
revoke create on schema public from public;

-- Whatever a faulty or injected session leaves behind ends by itself.
alter role moonshot_app    set statement_timeout = '10s';
alter role moonshot_app    set lock_timeout = '3s';
alter role moonshot_app    set idle_in_transaction_session_timeout = '15s';
alter role moonshot_worker set idle_in_transaction_session_timeout = '15min';
alter role moonshot_app    set search_path = app, public, pg_catalog, pg_temp;
alter role moonshot_worker set search_path = app, public, pg_catalog, pg_temp;

-- What only a superuser can take away, which the embedded database has. Elsewhere it is skipped and said:
-- there, injected SQL could use large objects and advisory locks, read statistics of the same role's sessions, and
-- learn the names of prepared statements, which it could then replace.
do $$ declare f text; begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    raise notice 'not a superuser: large objects, advisory locks and statistics stay open to the app role';
    return;
  end if;
  revoke usage on language plpgsql from public;
  grant usage on language plpgsql to moonshot_owner, moonshot_auth;
  for f in
    select p.oid::regprocedure::text from pg_catalog.pg_proc p
     where p.pronamespace = 'pg_catalog'::regnamespace
       and (p.proname ~ '^(lo_|lowrite|loread|currtid)' or p.proname ~ '^pg_stat_get_'
            or p.proname ~ '^pg_(notify|cursor|prepared_statement)$'
            or p.proname ~ '^pg_(try_)?advisory_' or p.proname ~ '^pg_(cancel|terminate)_backend$'
            or p.proname ~ '^pg_(total_relation|relation|table|indexes|tablespace|database)_size$')
  loop
    execute format('revoke execute on function %s from public', f);
  end loop;
  revoke select on pg_catalog.pg_stat_activity, pg_catalog.pg_largeobject_metadata,
                   pg_catalog.pg_cursors, pg_catalog.pg_prepared_statements from public;
  grant select on pg_catalog.pg_largeobject_metadata to moonshot_owner;
  grant execute on function pg_catalog.pg_notify(text, text) to moonshot_owner, moonshot_auth, moonshot_worker;
end $$;
