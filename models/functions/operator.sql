-- The operator's own doors: only moonshot_owner, who could do anything anyway, and never a change without an event.

create or replace function app.operator_open_sandbox(
    p_email text, p_name text, p_licence text, p_tenant uuid, p_clinic text, p_time_zone text,
    p_session uuid, p_session_hash bytea) returns uuid
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_user uuid;
begin
  select u.user_id into v_user from identity.users u where u.email = lower(p_email);
  if not found then raise exception 'no such user' using errcode = '28000'; end if;
  perform identity.open_sandbox('o', v_user, p_name, p_licence, p_tenant, p_clinic, p_time_zone, p_session, p_session_hash,
    interval '10 minutes');
  return v_user;
end $$;

create or replace function app.operator_session(p_tenant uuid, p_user uuid, p_session uuid, p_session_hash bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from app.staff s join app.tenants t on t.tenant_id = s.tenant_id and t.tier = 'sandbox'
                  where s.tenant_id = p_tenant and s.user_id = p_user and s.active) then
    raise exception 'no such person in a sandbox' using errcode = '28000';
  end if;
  insert into identity.sessions (session_id, digest, user_id, tenant_id, expires_at)
  values (p_session, sha256(p_session_hash), p_user, p_tenant, app.now() + interval '10 minutes');
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id)
  values (p_tenant, p_session, 'operator_session', p_user, 'o:' || p_session, p_user);
end $$;

-- A new password for a person: sessions under the old one end, failed tries are forgotten, every clinic's log tells of it.
create or replace function app.operator_set_password(p_email text, p_salt text, p_hash bytea, p_by uuid) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_user uuid;
begin
  update identity.users u set password_salt = p_salt, password_digest = sha256(p_hash)
   where u.email = lower(p_email) returning u.user_id into v_user;
  if not found then raise exception 'no such user' using errcode = '28000'; end if;
  update identity.sessions e set revoked_at = app.now() where e.user_id = v_user and e.revoked_at is null;
  perform identity.forget_tries('sign_in', p_email);
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id)
  select s.tenant_id, identity.uuid7(), 'password_set', v_user, 'o:' || p_by, v_user from app.staff s where s.user_id = v_user;
end $$;

-- The clinics in which the person with this e-mail address works, the oldest first.
create or replace function app.operator_clinics(p_email text) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query select s.tenant_id from identity.users u join app.staff s on s.user_id = u.user_id and s.active
    join app.tenants t on t.tenant_id = s.tenant_id where u.email = lower(p_email) order by t.created_at, s.tenant_id;
end $$;

-- Some keys that a process tries its master key on before it begins to serve. Wrapped, they are worth nothing to others.
create or replace function app.some_wrapped_keys() returns table (tenant_id uuid, key_id uuid, wrapped bytea)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query select k.tenant_id, k.id, k.wrapped from app.tenant_keys k
    where k.retired_at is null order by k.created_at limit 5;
end $$;

grant execute on function app.operator_open_sandbox(text, text, text, uuid, text, text, uuid, bytea),
  app.operator_session(uuid, uuid, uuid, bytea), app.operator_clinics(text),
  app.operator_set_password(text, text, bytea, uuid) to moonshot_owner;
grant execute on function app.some_wrapped_keys() to moonshot_app, moonshot_worker, moonshot_owner;
