-- The triggers of append-only tables call this, whoever asks.
create or replace function app.refuse_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$ begin raise exception 'this table is append-only' using errcode = '42501'; end $$;
grant execute on function app.refuse_change() to moonshot_owner;
