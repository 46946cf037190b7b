-- What strangers may try only so often: to sign in to an account or from a network; from a network, to open accounts, to
-- register OAuth clients, to send people to be asked, and to have clients' documents read.
-- Of who tries only SHA-256 is kept, for as long as it counts. Without a source nothing is counted.

create or replace function identity.try_limit(p_kind text) returns table (most integer, within interval)
  language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select l.most, l.within from (values
    ('sign_in', 10, interval '15 minutes'),        -- failures, by e-mail address
    ('sign_in_from', 100, interval '15 minutes'),  -- failures, by network: a whole clinic may stand behind one address
    ('sign_up_from', 30, interval '1 hour'),       -- by network, whatever came of it
    ('register_from', 100, interval '1 hour'),     -- OAuth clients, by network: an assistant's cloud stands behind few
    ('ask_from', 300, interval '1 hour'),          -- people sent here by clients, by network
    ('read_from', 100, interval '1 hour')          -- clients' documents, by the network of who names them
  ) l (kind, most, within) where l.kind = p_kind
$$;

create or replace function identity.of_try(p_kind text, p_source text) returns bytea
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ select sha256(convert_to(p_kind || ' ' || lower(p_source), 'UTF8')) $$;

-- Seconds until this source is heard again, or NULL.
create or replace function identity.try_wait(p_kind text, p_source text) returns integer
  language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (select ceil(extract(epoch from t.tried_at[1] + l.within - app.now()))
    from identity.tries t, identity.try_limit(p_kind) l
   where t.source_digest = identity.of_try(p_kind, p_source) and cardinality(t.tried_at) >= l.most
     and t.tried_at[1] > app.now() - l.within);
end $$;

-- The same, behind all others of this source that try now: many at once are counted like one after the other.
create or replace function identity.take_turn(p_kind text, p_source text) returns integer
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  if p_source is null then return null; end if;
  insert into identity.tries as t (source_digest, tried_at, forget_at)
  values (identity.of_try(p_kind, p_source), '{}', app.now()) on conflict (source_digest) do update set forget_at = t.forget_at;
  return identity.try_wait(p_kind, p_source);
end $$;

-- Counts a try whose turn it is, and forgets some that count no more.
create or replace function identity.count_try(p_kind text, p_source text) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_source bytea := identity.of_try(p_kind, p_source); v_limit record;
begin
  select * into v_limit from identity.try_limit(p_kind);
  update identity.tries t set forget_at = app.now() + v_limit.within,
    tried_at = (t.tried_at || app.now())[greatest(1, cardinality(t.tried_at) + 2 - v_limit.most):]
   where t.source_digest = v_source;
  delete from identity.tries t where t.source_digest in (
    select o.source_digest from identity.tries o where o.forget_at < app.now() and o.source_digest <> v_source
     order by o.forget_at limit 10 for update skip locked);
end $$;

create or replace function identity.forget_tries(p_kind text, p_source text) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$ begin delete from identity.tries t where t.source_digest = identity.of_try(p_kind, p_source); end $$;

-- Counts one more, or gives the seconds to wait.
create or replace function identity.count_or_wait(p_kind text, p_source text) returns integer
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_wait integer := identity.take_turn(p_kind, p_source);
begin
  if v_wait is null then perform identity.count_try(p_kind, p_source); end if;
  return v_wait;
end $$;

-- An account that is about to be opened.
create or replace function app.count_sign_up(p_network text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$ begin return identity.count_or_wait('sign_up_from', p_network); end $$;

grant execute on function app.count_sign_up(text) to moonshot_app;
