-- Work after a commit. The app writes an outbox row; only its id is queued; the worker takes the clinic from the row.

create or replace function app.stamp_outbox() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  new.created_by := app.user_id();
  new.role := app.role();
  new.done_at := null;
  if new.created_by is null or new.tenant_id is distinct from app.tenant() then
    raise exception 'no context' using errcode = '42501';
  end if;
  return new;
end $$;

create or replace function app.enqueue_outbox() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$ begin insert into jobs.queue (outbox_id, tenant_id) values (new.id, new.tenant_id); return null; end $$;

-- A job acts with the role of who caused it, never with more. Unknown, finished, or taken by another worker: 28000.
create or replace function app.begin_job(p_outbox uuid)
  returns table (tenant_id uuid, user_id uuid, kind text, ref_id uuid, role text, tier text, time_zone text, at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  at := app.now();
  select q.tenant_id into tenant_id from jobs.queue q where q.outbox_id = p_outbox for update skip locked;
  if not found then raise exception 'no such job' using errcode = '28000'; end if;
  select o.created_by, o.kind, o.ref_id, o.role, t.tier, t.time_zone into user_id, kind, ref_id, role, tier, time_zone
    from app.outbox o join app.tenants t on t.tenant_id = o.tenant_id
   where o.tenant_id = begin_job.tenant_id and o.id = p_outbox and o.done_at is null;
  if not found then raise exception 'no such job' using errcode = '28000'; end if;
  perform identity.set_context(tenant_id, user_id, 'j:' || p_outbox, role);
  return next;
end $$;

create or replace function app.finish_job() returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_actor text := app.actor(); v_job uuid;
begin
  if v_actor is null or v_actor not like 'j:%' then raise exception 'not in a job' using errcode = '28000'; end if;
  v_job := substr(v_actor, 3)::uuid;
  delete from jobs.queue q where q.outbox_id = v_job;
  update app.outbox o set done_at = app.now() where o.tenant_id = app.tenant() and o.id = v_job;
end $$;

-- The operator asks for a job in the name of a clinic's owner; the event says so. The command that asks does the job
-- itself, so the time at which a worker may take it never comes, also when the command is ended half way. What such a
-- command left behind is closed by the next of its kind, a day later at the earliest; one at work holds its row.
create or replace function app.operator_job(p_tenant uuid, p_outbox uuid, p_kind text, p_ref uuid) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_owner uuid; v_left uuid;
begin
  select s.user_id into v_owner from app.staff s join app.tenants t on t.tenant_id = s.tenant_id and t.closed_at is null
   where s.tenant_id = p_tenant and s.active and 'owner' = any (s.roles) order by s.created_at, s.user_id limit 1;
  if not found then raise exception 'no such clinic' using errcode = '28000'; end if;
  perform identity.set_context(p_tenant, v_owner, 'o:' || p_outbox, 'owner');
  for v_left in
    select q.outbox_id from jobs.queue q join app.outbox o on o.tenant_id = q.tenant_id and o.id = q.outbox_id
     where q.tenant_id = p_tenant and q.run_at = 'infinity' and o.kind = p_kind
       and o.created_at < app.now() - interval '1 day' for update of q skip locked
  loop
    delete from jobs.queue q where q.outbox_id = v_left;
    update app.outbox o set done_at = app.now() where o.tenant_id = p_tenant and o.id = v_left;
  end loop;
  insert into app.outbox (tenant_id, id, kind, ref_id) values (p_tenant, p_outbox, p_kind, p_ref);
  update jobs.queue q set run_at = 'infinity' where q.outbox_id = p_outbox;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, detail)
  values (p_tenant, identity.uuid7(), 'operator_job', v_owner, 'o:' || p_outbox, p_outbox, jsonb_build_object('job', p_kind));
end $$;

grant execute on function app.stamp_outbox(), app.enqueue_outbox(), app.operator_job(uuid, uuid, text, uuid) to moonshot_owner;
grant execute on function app.begin_job(uuid), app.finish_job() to moonshot_worker;
