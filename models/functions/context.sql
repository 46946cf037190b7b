-- The signed context: who acts, for which clinic, in which role. Policies believe nothing else.

-- A keyed tag over the context, this backend and this transaction. The hash is nested so that no text can be
-- appended; every field is a uuid, a word or a number, so '|' separates without doubt. The transaction's own id
-- is in it because now() is the same for two transactions that arrive in one message. PL/pgSQL keeps its plans;
-- a function in SQL would be planned anew at each of the half dozen uses in a call.
create or replace function identity.tag(p_tenant text, p_user text, p_actor text, p_role text) returns text
  language plpgsql volatile strict parallel restricted set search_path = pg_catalog, pg_temp
as $$
declare v_key bytea;
begin
  select s.key into strict v_key from identity.secret s;
  return encode(sha256(v_key || sha256(v_key || convert_to(
           p_tenant || '|' || p_user || '|' || p_actor || '|' || p_role || '|' || pg_backend_pid() || '|' ||
           extract(epoch from transaction_timestamp()) || '|' || coalesce(pg_current_xact_id_if_assigned()::text, '-'),
           'UTF8'))), 'hex');
end $$;

create or replace function identity.verified() returns boolean
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
declare v_tag text := current_setting('app.context_tag', true);
begin
  if v_tag is null or v_tag = '' then return false; end if;
  return coalesce(v_tag = identity.tag(
    current_setting('app.current_tenant', true), current_setting('app.current_user', true),
    current_setting('app.current_actor', true), current_setting('app.current_role', true)), false);
end $$;

create or replace function identity.set_context(p_tenant uuid, p_user uuid, p_actor text, p_role text) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  if identity.verified() then
    raise exception 'a context is already set in this transaction' using errcode = '28000';
  end if;
  if not pg_is_in_recovery() then perform pg_current_xact_id(); end if;
  perform set_config('app.current_tenant', p_tenant::text, true),
          set_config('app.current_user', p_user::text, true),
          set_config('app.current_actor', p_actor, true),
          set_config('app.current_role', p_role, true),
          set_config('app.context_tag', identity.tag(p_tenant::text, p_user::text, p_actor, p_role), true);
end $$;

-- What policies and code may ask. NULL, or false, unless the tag verifies.
create or replace function app.tenant() returns uuid
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ begin if identity.verified() then return current_setting('app.current_tenant')::uuid; end if; return null; end $$;

create or replace function app.user_id() returns uuid
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ begin if identity.verified() then return current_setting('app.current_user')::uuid; end if; return null; end $$;

create or replace function app.actor() returns text
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ begin if identity.verified() then return current_setting('app.current_actor'); end if; return null; end $$;

create or replace function app.role() returns text
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ begin if identity.verified() then return current_setting('app.current_role'); end if; return null; end $$;

-- A session carries all roles of its person ('owner+provider'), a credential exactly one.
create or replace function app.has_role(variadic p_roles text[]) returns boolean
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(identity.verified() and string_to_array(current_setting('app.current_role'), '+') && p_roles, false);
end $$;

-- Whether a row names exactly who is acting now: the tag over the row's values is the tag in force.
create or replace function app.is_me(p_tenant uuid, p_user uuid, p_actor text, p_role text) returns boolean
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
declare v_tag text := current_setting('app.context_tag', true);
begin
  if v_tag is null or v_tag = '' then return false; end if;
  return coalesce(v_tag = identity.tag(p_tenant::text, p_user::text, p_actor, p_role), false);
end $$;

-- Whether a person acts, by a browser, a job or as operator: not an AI client with its credential.
create or replace function app.in_person() returns boolean
  language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ begin return coalesce(identity.verified() and current_setting('app.current_actor') not like 'c:%', false); end $$;

grant execute on function app.in_person() to moonshot_app, moonshot_worker;
grant execute on function app.tenant(), app.user_id(), app.actor(), app.role(), app.has_role(text[]),
  app.is_me(uuid, uuid, text, text) to moonshot_app, moonshot_worker;
