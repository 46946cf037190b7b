-- Policy time: the transaction's, moved by what tests wrote into identity.clock.
create or replace function app.now() returns timestamptz
  language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$ begin return pg_catalog.now() + coalesce((select c.moved_by from identity.clock c), interval '0'); end $$;
grant execute on function app.now() to moonshot_app, moonshot_worker, moonshot_owner;
