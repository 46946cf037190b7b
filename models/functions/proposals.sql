-- What an assistant proposes, and what its person decides before a signature (SPEC 7, rules 1 and 2; SPEC 8).
-- A credential may write nothing by itself: it proposes here, and only a session releases, discards or begins anew.

-- One proposal, one reading of untrusted text, one release of the same person at a time.
create or replace function identity.lock_person() returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform from identity.users u where u.user_id = app.user_id() for no key update;
  if not found then raise exception 'not allowed' using errcode = '42501'; end if;
end $$;

-- The untrusted text that counts against this person now, in this clinic, by any credential.
create or replace function identity.taints_in_force() returns uuid[]
  language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (select coalesce(array_agg(m.id order by m.tainted_at, m.id), '{}')
    from app.tenants t join app.mcp_taints m on m.tenant_id = t.tenant_id
   where t.tenant_id = app.tenant() and m.user_id = app.user_id() and m.cleared_at is null
     and m.tainted_at > app.now() - make_interval(hours => t.taint_window_hours));
end $$;

-- The roles that may propose a kind, as models/permission.py grants draft_charts and draft_messages.
create or replace function identity.may_propose(p_kind text) returns boolean
  language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(app.actor() like 'c:%' and case p_kind
    when 'chart_note_draft' then app.has_role('owner', 'provider', 'nurse')
    when 'message_draft' then app.has_role('owner', 'provider', 'nurse', 'front_desk') end
    and not (select c.read_only from app.mcp_credentials c
              where c.tenant_id = app.tenant() and c.id = substr(app.actor(), 3)::uuid), false);
end $$;

-- Puts a proposal into the queue, or holds it; says where it lies. A retry finds what is there: by the client's own id
-- of the request, else by the same words for the same patient within ten minutes. `same` is false where that id was
-- used for other words: nothing is written then.
create or replace function app.propose(
    p_id uuid, p_kind text, p_patient uuid, p_encounter uuid, p_payload jsonb, p_sha256 text, p_request text, p_sources uuid[])
  returns table (id uuid, held boolean, same boolean, taints uuid[])
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_credential uuid; v_ends timestamptz := app.now() + interval '14 days';
begin
  if identity.may_propose(p_kind) is not true then raise exception 'not allowed' using errcode = '42501'; end if;
  v_credential := substr(app.actor(), 3)::uuid;
  perform identity.lock_person();
  select f.id, f.held, f.same into id, held, same from (
    select a.id, false as held, a.proposed_sha256 = p_sha256 and a.kind = p_kind and a.patient_id = p_patient as same,
           a.client_request_id, a.created_at
      from app.pending_actions a where a.tenant_id = app.tenant() and a.credential_id = v_credential
    union all
    select h.id, true, h.payload_sha256 = p_sha256 and h.kind = p_kind and h.patient_id = p_patient,
           h.client_request_id, h.created_at
      from app.held_proposals h where h.tenant_id = app.tenant() and h.credential_id = v_credential and h.status <> 'released') f
   where case when p_request is null then f.same and f.created_at > app.now() - interval '10 minutes'
              else f.client_request_id = p_request end
   order by f.created_at desc, f.id desc limit 1;
  if found then
    taints := case when held then (select h.taint_ids from app.held_proposals h where h.tenant_id = app.tenant() and h.id = propose.id) end;
    return next; return;
  end if;
  id := p_id; same := true; taints := identity.taints_in_force(); held := taints <> '{}';
  if held then
    insert into app.held_proposals (tenant_id, id, kind, status, patient_id, encounter_id, payload, payload_sha256, proposed_by,
        credential_id, client_request_id, source_audit_ids, taint_ids, expires_at)
    values (app.tenant(), p_id, p_kind, 'held', p_patient, p_encounter, p_payload, p_sha256, app.user_id(),
        v_credential, p_request, p_sources, taints, v_ends);
  else
    insert into app.pending_actions (tenant_id, id, kind, status, patient_id, encounter_id, proposed, payload, version, proposed_sha256,
        proposed_by, credential_id, client_request_id, source_audit_ids, expires_at)
    values (app.tenant(), p_id, p_kind, 'pending', p_patient, p_encounter, p_payload, p_payload, 1, p_sha256,
        app.user_id(), v_credential, p_request, p_sources, v_ends);
  end if;
  return next;
end $$;

-- The holder lets one held proposal, of exactly these words, into the queue; once. Gives its id there, or null where
-- there is nothing to release: decided, over, another's, or of other words than the holder saw.
create or replace function app.release_held(p_held uuid, p_sha256 text, p_id uuid) returns uuid
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_held record;
begin
  if (app.actor() like 's:%') is not true then raise exception 'not allowed' using errcode = '42501'; end if;
  perform identity.lock_person();
  update app.held_proposals h set status = 'released', decided_at = app.now()
   where h.tenant_id = app.tenant() and h.id = p_held and h.status = 'held' and h.proposed_by = app.user_id()
     and h.payload_sha256 = p_sha256 and h.expires_at > app.now()
  returning h.* into v_held;
  if not found then return null; end if;
  insert into app.pending_actions (tenant_id, id, kind, status, patient_id, encounter_id, proposed, payload, version, proposed_sha256,
      proposed_by, credential_id, client_request_id, source_audit_ids, held_proposal_id, expires_at)
  values (app.tenant(), p_id, v_held.kind, 'pending', v_held.patient_id, v_held.encounter_id, v_held.payload, v_held.payload, 1,
      v_held.payload_sha256, v_held.proposed_by, v_held.credential_id, v_held.client_request_id, v_held.source_audit_ids,
      v_held.id, app.now() + interval '14 days');
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, detail)
  values (app.tenant(), identity.uuid7(), 'proposal_released', app.user_id(), app.actor(), p_held,
      jsonb_build_object('pending_action_id', p_id, 'sha256', p_sha256));
  return p_id;
end $$;

-- The holder throws a held proposal away; false where there is nothing to throw away.
create or replace function app.discard_held(p_held uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if (app.actor() like 's:%') is not true then raise exception 'not allowed' using errcode = '42501'; end if;
  update app.held_proposals h set status = 'discarded', decided_at = app.now()
   where h.tenant_id = app.tenant() and h.id = p_held and h.status = 'held' and h.proposed_by = app.user_id();
  if not found then return false; end if;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id)
  values (app.tenant(), identity.uuid7(), 'proposal_discarded', app.user_id(), app.actor(), p_held);
  return true;
end $$;

-- The person says that a new conversation has begun with one of the own credentials: what it had read counts no more.
-- False where there is no such credential of this person here.
create or replace function app.begin_conversation(p_credential uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if (app.actor() like 's:%') is not true then raise exception 'not allowed' using errcode = '42501'; end if;
  perform identity.lock_person();
  perform from app.mcp_credentials c where c.tenant_id = app.tenant() and c.id = p_credential and c.user_id = app.user_id();
  if not found then return false; end if;
  update app.mcp_taints m set cleared_at = app.now()
   where m.tenant_id = app.tenant() and m.credential_id = p_credential and m.cleared_at is null;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id)
  values (app.tenant(), identity.uuid7(), 'conversation_begun', app.user_id(), app.actor(), p_credential);
  return true;
end $$;

-- Why who is acting may not sign a kind, or null: at a browser, in a role that models/permission.py grants edit_charts or
-- send_messages (who holds it has a licence on record: ck_staff_licence_recorded), while the clinic may be read, and with
-- the password given just now. A reason is named as in begin_request.
create or replace function app.signing_refusal(p_kind text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare v_tier text; v_expires timestamptz; v_closed timestamptz;
begin
  if (app.actor() like 's:%' and case p_kind when 'chart_note_draft' then app.has_role('provider')
        when 'message_draft' then app.has_role('provider', 'nurse') end) is not true then return 'not_permitted'; end if;
  select t.tier, t.sandbox_expires_at, t.closed_at into v_tier, v_expires, v_closed
    from app.tenants t join app.staff s on s.tenant_id = t.tenant_id and s.user_id = app.user_id() and s.active
   where t.tenant_id = app.tenant();
  if not found then return 'not_permitted'; end if;
  if v_closed is not null then return 'clinic_closed'; end if;
  if v_tier = 'sandbox' and v_expires <= app.now() then return 'sandbox_expired'; end if;
  if v_tier = 'production' and identity.production_refusal(app.tenant(), true, app.now()) is not null then
    return identity.production_refusal(app.tenant(), true, app.now());
  end if;
  if app.proved_until() is null then return 'proof_needed'; end if;
  return null;
end $$;

create or replace function app.may_sign(p_kind text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$ begin return app.signing_refusal(p_kind) is null; end $$;

-- Whether a record may come in that nobody signs here: by an import, or with the making of a synthetic clinic, be it in
-- the transaction of the sign-up or in the short session in which the operator fills one.
create or replace function app.brings_records() returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(app.actor() like 'j:%' or exists (
    select from app.tenants t where t.tenant_id = app.tenant() and t.tier = 'sandbox' and (t.created_at = app.now() or exists (
      select from identity.sessions e
       where app.actor() = 's:' || e.session_id and e.expires_at <= t.created_at + interval '10 minutes'))), false);
end $$;

grant execute on function app.propose(uuid, text, uuid, uuid, jsonb, text, text, uuid[]) to moonshot_app;
grant execute on function app.release_held(uuid, text, uuid), app.discard_held(uuid), app.begin_conversation(uuid) to moonshot_app;
grant execute on function app.signing_refusal(text), app.may_sign(text), app.brings_records() to moonshot_app, moonshot_worker;
