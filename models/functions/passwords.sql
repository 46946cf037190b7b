-- Signing in by e-mail address and password. The hash of a password never leaves the database: sign-in is told with which
-- salt to hash, and gives the hash; kept is SHA-256 of that. Ten failures in a quarter of an hour, of an address known
-- or not, and it is refused unheard.

create or replace function identity.of_email(p_email text) returns bytea
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ select sha256(convert_to(lower(p_email), 'UTF8')) $$;

-- Seconds until this address is heard again, or NULL.
create or replace function identity.sign_in_wait(p_email text) returns integer
  language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (select ceil(extract(epoch from f.failed_at[1] + interval '15 minutes' - app.now())) from identity.sign_in_failures f
    where f.email_digest = identity.of_email(p_email) and cardinality(f.failed_at) >= 10
      and f.failed_at[1] > app.now() - interval '15 minutes');
end $$;

-- With which salt to hash; NULL of an unknown address. Who may not try now learns how many seconds to wait instead.
create or replace function app.password_salt(p_email text) returns table (salt text, wait_seconds integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  wait_seconds := identity.sign_in_wait(p_email);
  if wait_seconds is null then
    select u.password_salt into salt from identity.users u where u.email = lower(p_email);
  end if;
  return next;
end $$;

create or replace function identity.count_sign_in_failure(p_email text) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_email bytea := identity.of_email(p_email);
begin
  update identity.sign_in_failures f set
    failed_at = (f.failed_at || app.now())[greatest(1, cardinality(f.failed_at) - 8):], forget_at = app.now() + interval '15 minutes'
   where f.email_digest = v_email;
  delete from identity.sign_in_failures f where f.email_digest in (
    select o.email_digest from identity.sign_in_failures o where o.forget_at < app.now() and o.email_digest <> v_email
     order by o.forget_at limit 10 for update skip locked);
end $$;

-- In which clinic a person who names none begins: the one last signed in to, else the newest.
create or replace function identity.clinic_of(p_user uuid, p_tenant uuid) returns uuid
  language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (select s.tenant_id from app.staff s join app.tenants t on t.tenant_id = s.tenant_id and t.closed_at is null
    where s.user_id = p_user and s.active and (p_tenant is null or s.tenant_id = p_tenant)
    order by (select max(e.created_at) from identity.sessions e where e.user_id = p_user and e.tenant_id = s.tenant_id) desc nulls last,
             t.created_at desc, s.tenant_id desc limit 1);
end $$;

-- Opens a session if the password is right, and says in which clinic until when. No user: the address or the password is
-- wrong, or, with seconds to wait, neither was looked at. A user without a clinic: nobody lets this person in.
-- With a new salt and hash, the password is kept by these from now on.
create or replace function app.sign_in(
    p_email text, p_password_hash bytea, p_tenant uuid, p_session uuid, p_session_hash bytea, p_ip text,
    p_new_salt text, p_new_hash bytea)
  returns table (user_id uuid, tenant_id uuid, expires_at timestamptz, wait_seconds integer)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_user uuid; v_right boolean;
begin
  -- Tries of one address wait for each other here, so that many at once are counted like one after the other.
  insert into identity.sign_in_failures as f (email_digest, failed_at, forget_at)
  values (identity.of_email(p_email), '{}', app.now()) on conflict (email_digest) do update set forget_at = f.forget_at;
  wait_seconds := identity.sign_in_wait(p_email);
  if wait_seconds is not null then return next; return; end if;
  select u.user_id, coalesce(u.password_digest = sha256(p_password_hash), false) into v_user, v_right
    from identity.users u where u.email = lower(p_email);
  tenant_id := identity.clinic_of(v_user, p_tenant);
  if v_right is not true then
    perform identity.count_sign_in_failure(p_email);
    insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, ip)
    select c, identity.uuid7(), 'sign_in_failed', v_user, 's:' || p_session, v_user, p_ip
      from coalesce(tenant_id, identity.clinic_of(v_user, null)) c where c is not null;
    tenant_id := null;
    return next; return;
  end if;
  delete from identity.sign_in_failures f where f.email_digest = identity.of_email(p_email);
  user_id := v_user;
  if p_new_salt is not null then
    update identity.users u set password_salt = p_new_salt, password_digest = sha256(p_new_hash) where u.user_id = v_user;
  end if;
  if tenant_id is not null then
    expires_at := app.now() + identity.session_life();
    insert into identity.sessions (session_id, digest, user_id, tenant_id, expires_at)
    values (p_session, sha256(p_session_hash), v_user, tenant_id, expires_at);
    insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, ip)
    values (tenant_id, identity.uuid7(), 'signed_in', v_user, 's:' || p_session, v_user, p_ip);
  end if;
  return next;
end $$;

-- One's own address: of the others the database tells nobody.
create or replace function app.my_email() returns text
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$ begin return (select u.email from identity.users u where u.user_id = app.user_id() and app.in_person()); end $$;

grant execute on function app.password_salt(text), app.my_email(),
  app.sign_in(text, bytea, uuid, uuid, bytea, text, text, bytea) to moonshot_app;
