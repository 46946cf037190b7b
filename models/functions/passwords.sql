-- Signing in by e-mail address and password. The hash of a password never leaves the database: sign-in is told with which
-- salt to hash, and gives the hash; kept is SHA-256 of that. After so many failures of an address, known or not, or of a
-- network, it is refused unheard.

-- With which salt to hash; NULL of an unknown address. Who may not try now learns how many seconds to wait instead.
create or replace function app.password_salt(p_email text, p_network text) returns table (salt text, wait_seconds integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  wait_seconds := greatest(identity.try_wait('sign_in', p_email), identity.try_wait('sign_in_from', p_network));
  if wait_seconds is null then
    select u.password_salt into salt from identity.users u where u.email = lower(p_email);
  end if;
  return next;
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
    p_email text, p_password_hash bytea, p_tenant uuid, p_session uuid, p_session_hash bytea, p_ip text, p_network text,
    p_new_salt text, p_new_hash bytea)
  returns table (user_id uuid, tenant_id uuid, expires_at timestamptz, wait_seconds integer)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_user uuid; v_right boolean;
begin
  wait_seconds := identity.take_turn('sign_in', p_email);
  wait_seconds := greatest(wait_seconds, identity.take_turn('sign_in_from', p_network));
  if wait_seconds is not null then return next; return; end if;
  select u.user_id, coalesce(u.password_digest = sha256(p_password_hash), false) into v_user, v_right
    from identity.users u where u.email = lower(p_email);
  tenant_id := identity.clinic_of(v_user, p_tenant);
  if v_right is not true then
    perform identity.count_try('sign_in', p_email), identity.count_try('sign_in_from', p_network);
    insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, ip)
    select c, identity.uuid7(), 'sign_in_failed', v_user, 's:' || p_session, v_user, p_ip
      from coalesce(tenant_id, identity.clinic_of(v_user, null)) c where c is not null;
    tenant_id := null;
    return next; return;
  end if;
  -- Of the network nothing is forgiven: an account of one's own would make room for more guesses of others'.
  perform identity.forget_tries('sign_in', p_email);
  user_id := v_user;
  if p_new_salt is not null then
    update identity.users u set password_salt = p_new_salt, password_digest = sha256(p_new_hash) where u.user_id = v_user;
  end if;
  if tenant_id is not null then
    expires_at := app.now() + identity.session_life();
    insert into identity.sessions (session_id, digest, user_id, tenant_id, proved_at, expires_at)
    values (p_session, sha256(p_session_hash), v_user, tenant_id, app.now(), expires_at);
    insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, ip)
    values (tenant_id, identity.uuid7(), 'signed_in', v_user, 's:' || p_session, v_user, p_ip);
  end if;
  return next;
end $$;

-- How long a password counts as given just now: who signs has given it since (SPEC 8).
create or replace function identity.proof_life() returns interval
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ select interval '15 minutes' $$;

-- Until when the proof of this session counts; NULL where there is none.
create or replace function app.proved_until() returns timestamptz
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return (select e.proved_at + identity.proof_life() from identity.sessions e
    where app.actor() = 's:' || e.session_id and e.proved_at > app.now() - identity.proof_life());
end $$;

-- With which salt to hash one's own password; NULL of who has none. Seconds to wait as at sign-in.
create or replace function app.my_password_salt(p_network text) returns table (salt text, wait_seconds integer)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$ begin return query select s.salt, s.wait_seconds from app.password_salt(app.my_email(), p_network) s; end $$;

-- Gives the password again in the session in which one is: from now on that counts. Failures count as those of sign-in.
create or replace function app.prove(p_password_hash bytea, p_ip text, p_network text) returns table (proved boolean, wait_seconds integer)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_email text := app.my_email();
begin
  if v_email is null then raise exception 'not allowed' using errcode = '42501'; end if;
  wait_seconds := identity.take_turn('sign_in', v_email);
  wait_seconds := greatest(wait_seconds, identity.take_turn('sign_in_from', p_network));
  if wait_seconds is not null then proved := false; return next; return; end if;
  proved := coalesce((select u.password_digest = sha256(p_password_hash) from identity.users u where u.user_id = app.user_id()), false);
  if proved then
    perform identity.forget_tries('sign_in', v_email);
    update identity.sessions e set proved_at = app.now() where app.actor() = 's:' || e.session_id;
  else
    perform identity.count_try('sign_in', v_email), identity.count_try('sign_in_from', p_network);
  end if;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, ip)
  values (app.tenant(), identity.uuid7(), case when proved then 'proved' else 'proof_failed' end, app.user_id(), app.actor(), app.user_id(), p_ip);
  return next;
end $$;

-- One's own address: of the others the database tells nobody.
create or replace function app.my_email() returns text
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$ begin return (select u.email from identity.users u where u.user_id = app.user_id() and app.in_person()); end $$;

grant execute on function app.password_salt(text, text), app.my_email(), app.my_password_salt(text), app.proved_until(),
  app.prove(bytea, text, text),
  app.sign_in(text, bytea, uuid, uuid, bytea, text, text, text, bytea) to moonshot_app;
