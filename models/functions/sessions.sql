-- A person at a browser; not present where a page that was left open asks by itself.

create or replace function app.begin_session(p_hash bytea, p_present boolean default true)
  returns table (tenant_id uuid, user_id uuid, session_id uuid, roles text[], tier text, time_zone text, at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  at := app.now();
  select e.tenant_id, e.user_id, e.session_id, s.roles, t.tier, t.time_zone
    into tenant_id, user_id, session_id, roles, tier, time_zone
    from identity.sessions e
    join app.staff s on s.tenant_id = e.tenant_id and s.user_id = e.user_id and s.active
    join app.tenants t on t.tenant_id = e.tenant_id and t.closed_at is null
   where e.digest = sha256(p_hash) and e.revoked_at is null and e.expires_at > at and e.seen_at > at - identity.session_idle();
  if not found then raise exception 'invalid session' using errcode = '28000'; end if;
  -- Once a minute, and never behind another event of the same session.
  update identity.sessions e set seen_at = at where p_present and e.session_id in (
    select o.session_id from identity.sessions o
     where o.digest = sha256(p_hash) and o.seen_at < at - interval '1 minute' for update skip locked);
  perform identity.set_context(tenant_id, user_id, 's:' || session_id, array_to_string(roles, '+'));
  return next;
end $$;

create or replace function app.end_session() returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_actor text := app.actor();
begin
  if v_actor is null or v_actor not like 's:%' then raise exception 'not in a session' using errcode = '28000'; end if;
  update identity.sessions e set revoked_at = app.now() where e.session_id = substr(v_actor, 3)::uuid and e.revoked_at is null;
  if not found then return; end if;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id)
  values (app.tenant(), identity.uuid7(), 'signed_out', app.user_id(), v_actor, app.user_id());
end $$;

create or replace function identity.session_life() returns interval
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ select interval '12 hours' $$;

-- How long nothing may be asked in a session before it ends by itself.
create or replace function identity.session_idle() returns interval
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ select interval '1 hour' $$;

-- A sandbox with its owner, and a session, opened by `s` (the person) or `o` (the operator).
-- Part of sign_up below and of operator_open_sandbox.
create or replace function identity.open_sandbox(
    p_by text, p_user uuid, p_name text, p_licence text, p_tenant uuid, p_clinic text, p_time_zone text,
    p_session uuid, p_session_hash bytea, p_life interval) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  insert into app.tenants (tenant_id, name, tier, time_zone, sandbox_expires_at)
  values (p_tenant, p_clinic, 'sandbox', p_time_zone, app.now() + interval '30 days');
  insert into app.staff (tenant_id, user_id, display_name, licence, roles, use_ai, active)
  values (p_tenant, p_user, p_name, p_licence, array['owner', 'provider'], true, true);
  insert into identity.sessions (session_id, digest, user_id, tenant_id, proved_at, expires_at)
  select p_session, sha256(p_session_hash), p_user, p_tenant,
         (select app.now() from identity.users u where u.user_id = p_user and u.password_digest is not null and p_by = 's'), app.now() + p_life;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id)
  values (p_tenant, p_session, 'sandbox_opened', p_user, p_by || ':' || p_session, p_tenant);
end $$;

-- Sign-up: a new user, a sandbox, and the context to fill it in the same transaction. A known e-mail is 23505.
-- With a password the person is signed in; without one the session lasts as long as the making of the sandbox.
create or replace function app.sign_up(
    p_user uuid, p_email text, p_name text, p_licence text, p_tenant uuid, p_clinic text, p_time_zone text,
    p_session uuid, p_session_hash bytea, p_password_salt text default null, p_password_hash bytea default null) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into identity.users (user_id, email, password_salt, password_digest)
  values (p_user, lower(p_email), p_password_salt, sha256(p_password_hash));
  perform identity.open_sandbox('s', p_user, p_name, p_licence, p_tenant, p_clinic, p_time_zone, p_session, p_session_hash,
    case when p_password_salt is null then interval '10 minutes' else identity.session_life() end);
  perform identity.set_context(p_tenant, p_user, 's:' || p_session, 'owner+provider');
end $$;

-- A synthetic colleague in one's own sandbox.
create or replace function app.add_sandbox_colleague(
    p_user uuid, p_email text, p_name text, p_credentials text, p_licence text, p_role text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_tenant uuid := app.tenant();
begin
  if (v_tenant is not null and app.actor() like 's:%' and app.has_role('owner')
      and exists (select from app.tenants t where t.tenant_id = v_tenant and t.tier = 'sandbox')) is not true then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  if p_email not like '%@sandbox.invalid' then  -- nobody can own such an address, so nobody's is taken
    raise exception 'a colleague of a sandbox has no address of one''s own' using errcode = '42501';
  end if;
  insert into identity.users (user_id, email) values (p_user, lower(p_email));
  insert into app.staff (tenant_id, user_id, display_name, credentials, licence, roles, use_ai, active)
  values (v_tenant, p_user, p_name, p_credentials, p_licence, array[p_role], true, true);
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, detail)
  values (v_tenant, identity.uuid7(), 'staff_added', app.user_id(), app.actor(), p_user, jsonb_build_object('roles', array[p_role]));
end $$;

grant execute on function app.begin_session(bytea, boolean), app.end_session(),
  app.sign_up(uuid, text, text, text, uuid, text, text, uuid, bytea, text, bytea),
  app.add_sandbox_colleague(uuid, text, text, text, text, text) to moonshot_app;
