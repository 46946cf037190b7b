-- OAuth 2.1: clients, what they ask for, codes and refresh tokens. A grant is a credential of kind `oauth`, made when its
-- code is redeemed; its access tokens live an hour, its refresh tokens are each good for one use (RFC 9700, section 4.14).

create or replace function identity.oauth_times() returns table (answer interval, code interval, access interval, unused interval)
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ values (interval '15 minutes', interval '60 seconds', interval '1 hour', interval '24 hours') $$;

-- Ends a grant because of what was done with it.
create or replace function identity.end_grant(p_tenant uuid, p_credential uuid, p_why text) returns boolean
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_user uuid;
begin
  update app.mcp_credentials c set revoked_at = app.now()
   where c.tenant_id = p_tenant and c.id = p_credential and c.revoked_at is null returning c.user_id into v_user;
  if not found then return false; end if;
  delete from identity.refresh_digests r where r.tenant_id = p_tenant and r.credential_id = p_credential;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, detail)
  values (p_tenant, identity.uuid7(), 'credential_revoked', v_user, 'c:' || p_credential, p_credential, jsonb_build_object('because', p_why));
  return true;
end $$;

-- Forgets what nobody uses: questions that nobody answered, codes of yesterday, clients that were granted nothing in a day.
create or replace function identity.collect_oauth() returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_unused interval := (select t.unused from identity.oauth_times() t); v_client text;
begin
  delete from identity.oauth_authorizations a where a.digest in (
    select o.digest from identity.oauth_authorizations o
     where o.expires_at < app.now() - v_unused or (o.expires_at < app.now() and o.code_digest is null)
     order by o.expires_at limit 100 for update skip locked);
  for v_client in
    select o.client_id from identity.oauth_clients o where o.collect_at < app.now() order by o.collect_at limit 20 for update skip locked
  loop
    if exists (select from identity.oauth_authorizations a where a.client_id = v_client)
       or exists (select from app.mcp_credentials g where g.client_id = v_client and g.revoked_at is null and g.expires_at > app.now()) then
      update identity.oauth_clients c set collect_at = app.now() + v_unused where c.client_id = v_client;
    else
      delete from identity.oauth_clients c where c.client_id = v_client;
    end if;
  end loop;
end $$;

-- Registers a client (RFC 7591), or gives the seconds to wait.
create or replace function app.oauth_register(
    p_client_id text, p_name text, p_redirect_uris text[], p_auth_method text, p_secret_hash bytea, p_network text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_wait integer := identity.count_or_wait('register_from', p_network);
begin
  if v_wait is not null then return v_wait; end if;
  if p_client_id ~ '^https?:' then raise exception 'that would be a document''s address' using errcode = '22023'; end if;
  perform identity.collect_oauth();
  insert into identity.oauth_clients (client_id, name, redirect_uris, auth_method, secret_digest, collect_at)
  values (p_client_id, p_name, p_redirect_uris, p_auth_method, sha256(p_secret_hash), app.now() + (select t.unused from identity.oauth_times() t));
  return null;
end $$;

-- A document that is about to be read, or the seconds to wait.
create or replace function app.oauth_count_read(p_network text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$ begin return identity.count_or_wait('read_from', p_network); end $$;

-- Keeps what a client's own document says; the id is the document's address.
create or replace function app.oauth_keep_document(p_client_id text, p_name text, p_redirect_uris text[]) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if p_client_id !~ '^https?:' then raise exception 'not a document''s address' using errcode = '22023'; end if;
  insert into identity.oauth_clients as c (client_id, name, redirect_uris, auth_method, read_at, collect_at)
  values (p_client_id, p_name, p_redirect_uris, 'none', app.now(), app.now() + (select t.unused from identity.oauth_times() t))
  on conflict (client_id) do update set name = excluded.name, redirect_uris = excluded.redirect_uris, read_at = excluded.read_at;
  perform identity.collect_oauth();  -- behind it: whoever waits for a row holds no other
end $$;

create or replace function app.oauth_client(p_client_id text, p_secret_hash bytea)
  returns table (name text, redirect_uris text[], auth_method text, secret_matches boolean, read_at timestamptz, at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query select c.name::text, c.redirect_uris, c.auth_method::text, coalesce(c.secret_digest = sha256(p_secret_hash), false),
      c.read_at, app.now()
    from identity.oauth_clients c where c.client_id = p_client_id;
end $$;

-- A client asks; a person may answer for a quarter of an hour, by the key in the page's address. Or the seconds to wait; 0: no such client.
create or replace function app.oauth_ask(
    p_key_hash bytea, p_client_id text, p_redirect_uri text, p_redirect_uri_given boolean, p_state text, p_code_challenge text,
    p_scope text, p_network text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_wait integer := identity.count_or_wait('ask_from', p_network);
begin
  if v_wait is not null then return v_wait; end if;
  perform from identity.oauth_clients c where c.client_id = p_client_id for key share;
  if not found then return 0; end if;  -- forgotten since it was read
  insert into identity.oauth_authorizations
    (digest, client_id, redirect_uri, redirect_uri_given, state, code_challenge, scope, expires_at)
  values (sha256(p_key_hash), p_client_id, p_redirect_uri, p_redirect_uri_given, p_state, p_code_challenge, p_scope,
          app.now() + (select t.answer from identity.oauth_times() t));
  perform identity.collect_oauth();  -- behind it: the client that asks is in use
  return null;
end $$;

-- What is asked, for who is signed in; nothing once it was answered or came too late.
create or replace function app.oauth_asked(p_key_hash bytea)
  returns table (client_id text, name text, redirect_uri text, scope text)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query select a.client_id::text, c.name::text, a.redirect_uri::text, a.scope::text
    from identity.oauth_authorizations a join identity.oauth_clients c on c.client_id = a.client_id
   where a.digest = sha256(p_key_hash) and a.answered_at is null and a.expires_at > app.now() and app.in_person();
end $$;

-- Yes: a code for the client, good for a minute. No row: it was answered before, or too late.
create or replace function app.oauth_allow(
    p_key_hash bytea, p_code_hash bytea, p_role text, p_read_only boolean, p_credential_expires timestamptz)
  returns table (redirect_uri text, state text)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if (app.actor() like 's:%' and app.has_role(p_role)) is not true then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  perform identity.require_mintable(app.tenant(), app.user_id(), p_role, p_credential_expires);
  return query update identity.oauth_authorizations a set
      answered_at = app.now(), expires_at = app.now() + (select t.code from identity.oauth_times() t), code_digest = sha256(p_code_hash),
      tenant_id = app.tenant(), user_id = app.user_id(), session_id = substr(app.actor(), 3)::uuid, role = p_role,
      read_only = p_read_only or not 'clinic:propose' = any (string_to_array(a.scope, ' ')), credential_expires_at = p_credential_expires
    where a.digest = sha256(p_key_hash) and a.answered_at is null and a.expires_at > app.now()
    returning a.redirect_uri::text, a.state::text;
end $$;

create or replace function app.oauth_deny(p_key_hash bytea) returns table (redirect_uri text, state text)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query update identity.oauth_authorizations a set answered_at = app.now()
    where a.digest = sha256(p_key_hash) and a.answered_at is null and a.expires_at > app.now() and app.in_person()
    returning a.redirect_uri::text, a.state::text;
end $$;

-- What a code stands for. One that was redeemed has come into other hands: its grant ends (RFC 6749, section 4.1.2).
create or replace function app.oauth_code(p_code_hash bytea, p_client_id text)
  returns table (redirect_uri text, redirect_uri_given boolean, code_challenge text, tier text)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_one record;
begin
  select a.*, t.tier as clinic_tier into v_one from identity.oauth_authorizations a join app.tenants t on t.tenant_id = a.tenant_id
   where a.code_digest = sha256(p_code_hash) and a.client_id = p_client_id;
  if not found then return; end if;
  if v_one.credential_id is not null then
    perform identity.end_grant(v_one.tenant_id, v_one.credential_id, 'code_used_twice');
  elsif v_one.expires_at > app.now() then
    redirect_uri := v_one.redirect_uri; redirect_uri_given := v_one.redirect_uri_given;
    code_challenge := v_one.code_challenge; tier := v_one.clinic_tier;
    return next;
  end if;
end $$;

create or replace function identity.add_tokens(p_tenant uuid, p_credential uuid, p_access_hash bytea, p_refresh_hash bytea) returns integer
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_lives interval := (
  select least(t.access, c.expires_at - app.now()) from identity.oauth_times() t, app.mcp_credentials c
   where c.tenant_id = p_tenant and c.id = p_credential);
begin
  delete from identity.token_digests d where d.tenant_id = p_tenant and d.credential_id = p_credential and d.expires_at <= app.now();
  delete from identity.refresh_digests r  -- whoever comes with one as old gets nothing, and ends nothing
   where r.tenant_id = p_tenant and r.credential_id = p_credential and r.used_at < app.now() - interval '30 days';
  insert into identity.token_digests (digest, tenant_id, credential_id, expires_at)
  values (sha256(p_access_hash), p_tenant, p_credential, app.now() + v_lives);
  insert into identity.refresh_digests (digest, tenant_id, credential_id) values (sha256(p_refresh_hash), p_tenant, p_credential);
  return extract(epoch from v_lives);
end $$;

-- Makes the credential that a code stands for. No row: another was faster, and so neither is to have it.
create or replace function app.oauth_redeem(
    p_code_hash bytea, p_client_id text, p_credential_id uuid, p_access_hash bytea, p_refresh_hash bytea, p_prefix text, p_last_four text)
  returns table (read_only boolean, expires_in integer)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_one record; v_name text;
begin
  update identity.oauth_authorizations a set credential_id = p_credential_id
   where a.code_digest = sha256(p_code_hash) and a.client_id = p_client_id and a.credential_id is null and a.expires_at > app.now()
   returning a.* into v_one;
  if not found then
    perform app.oauth_code(p_code_hash, p_client_id);
    return;
  end if;
  select c.name into strict v_name from identity.oauth_clients c where c.client_id = p_client_id;
  perform identity.require_mintable(v_one.tenant_id, v_one.user_id, v_one.role, v_one.credential_expires_at);
  perform identity.add_credential('s:' || v_one.session_id, v_one.tenant_id, v_one.user_id, p_credential_id, v_one.role, 'oauth', v_name,
    p_prefix, p_last_four, v_one.read_only, null, v_one.credential_expires_at, p_client_id);
  read_only := v_one.read_only;
  expires_in := identity.add_tokens(v_one.tenant_id, p_credential_id, p_access_hash, p_refresh_hash);
  return next;
end $$;

-- What a refresh token stands for. One that was used has come into other hands: its grant ends.
create or replace function app.oauth_refreshable(p_refresh_hash bytea, p_client_id text)
  returns table (read_only boolean, tier text)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_one record;
begin
  select r.tenant_id, r.credential_id, r.used_at, c.read_only, t.tier into v_one
    from identity.refresh_digests r join app.tenants t on t.tenant_id = r.tenant_id
    join app.mcp_credentials c on c.tenant_id = r.tenant_id and c.id = r.credential_id and c.client_id = p_client_id
     and c.revoked_at is null and c.expires_at > app.now()
    join app.staff s on s.tenant_id = c.tenant_id and s.user_id = c.user_id and s.active
   where r.digest = sha256(p_refresh_hash);
  if not found then return; end if;
  if v_one.used_at is not null then
    perform identity.end_grant(v_one.tenant_id, v_one.credential_id, 'refresh_token_used_twice');
    return;
  end if;
  read_only := v_one.read_only; tier := v_one.tier;
  return next;
end $$;

-- New tokens for a grant; the seconds that the access token lives, or NULL: another was faster, and so the grant ends.
create or replace function app.oauth_refresh(p_refresh_hash bytea, p_client_id text, p_access_hash bytea, p_new_refresh_hash bytea)
  returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_one record;
begin
  update identity.refresh_digests r set used_at = app.now() from app.mcp_credentials c
   where r.digest = sha256(p_refresh_hash) and r.used_at is null and c.tenant_id = r.tenant_id and c.id = r.credential_id
     and c.client_id = p_client_id and c.revoked_at is null and c.expires_at > app.now()
   returning r.tenant_id, r.credential_id into v_one;
  if not found then
    perform app.oauth_refreshable(p_refresh_hash, p_client_id);
    return null;
  end if;
  return identity.add_tokens(v_one.tenant_id, v_one.credential_id, p_access_hash, p_new_refresh_hash);
end $$;

-- A client gives a token back (RFC 7009): the whole grant ends.
create or replace function app.oauth_revoke(p_hash bytea, p_client_id text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_one record;
begin
  select c.tenant_id, c.id into v_one from app.mcp_credentials c
   where c.client_id = p_client_id and (c.tenant_id, c.id) in (
     select d.tenant_id, d.credential_id from identity.token_digests d where d.digest = sha256(p_hash)
     union all select r.tenant_id, r.credential_id from identity.refresh_digests r where r.digest = sha256(p_hash));
  return found and identity.end_grant(v_one.tenant_id, v_one.id, 'given_back');
end $$;

grant execute on function app.oauth_register(text, text, text[], text, bytea, text),
  app.oauth_keep_document(text, text, text[]), app.oauth_client(text, bytea),
  app.oauth_count_read(text),
  app.oauth_ask(bytea, text, text, boolean, text, text, text, text), app.oauth_asked(bytea),
  app.oauth_allow(bytea, bytea, text, boolean, timestamptz), app.oauth_deny(bytea), app.oauth_code(bytea, text),
  app.oauth_redeem(bytea, text, uuid, bytea, bytea, text, text), app.oauth_refreshable(bytea, text),
  app.oauth_refresh(bytea, text, bytea, bytea), app.oauth_revoke(bytea, text) to moonshot_app;
