-- The life of a credential. Each person mints for oneself, within one's roles, from a session; each step is an event.

-- Raises unless this person may have a credential in this role until then: SPEC 5, and SPEC 9 for production.
create or replace function identity.require_mintable(p_tenant uuid, p_user uuid, p_role text, p_expires timestamptz) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_now timestamptz := app.now(); v_who record; v_refusal text; v_agreed_until timestamptz;
begin
  select t.tier, s.use_ai, s.roles into v_who
    from app.tenants t join app.staff s on s.tenant_id = t.tenant_id and s.user_id = p_user and s.active where t.tenant_id = p_tenant;
  if not found or p_role <> all (v_who.roles) then raise exception 'role_withdrawn' using errcode = 'MC403'; end if;
  if (p_expires > v_now and p_expires <= v_now + interval '365 days') is not true then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  if v_who.tier = 'production' then
    v_refusal := identity.production_refusal(p_tenant, v_who.use_ai, v_now);
    if v_refusal is not null then raise exception '%', v_refusal using errcode = 'MC403'; end if;
    select max(a.expires_at) into v_agreed_until
      from app.mcp_attestations a join identity.agreements_in_force() f on f.agreement = a.agreement and f.version = a.addendum_version
     where a.tenant_id = p_tenant and a.agreement = 'ai_access_addendum' and a.signed_at <= v_now;
    if p_expires > v_agreed_until then raise exception 'agreement_expires_first' using errcode = 'MC403'; end if;
  end if;
end $$;

create or replace function identity.add_credential(
    p_actor text, p_tenant uuid, p_user uuid, p_id uuid, p_role text, p_kind text, p_name text, p_prefix text, p_last_four text,
    p_read_only boolean, p_tools text[], p_expires timestamptz, p_client_id text) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare v_tier text := (select t.tier from app.tenants t where t.tenant_id = p_tenant);
begin
  if p_prefix is distinct from (case v_tier when 'sandbox' then 'mcl_test_' else 'mcl_live_' end) then
    raise exception 'the prefix does not name the tier' using errcode = '42501';
  end if;
  insert into app.mcp_credentials
    (tenant_id, id, user_id, role, kind, name, prefix, last_four, read_only, tools, client_id, created_at, expires_at)
  values (p_tenant, p_id, p_user, p_role, p_kind, p_name, p_prefix, p_last_four, p_read_only, p_tools, p_client_id, app.now(), p_expires);
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, detail)
  values (p_tenant, identity.uuid7(), 'credential_minted', p_user, p_actor, p_id,
          jsonb_build_object('role', p_role, 'kind', p_kind, 'expires_at', p_expires));
end $$;

create or replace function app.mint_credential(
    p_id uuid, p_hash bytea, p_role text, p_kind text, p_name text, p_prefix text, p_last_four text,
    p_read_only boolean, p_tools text[], p_expires timestamptz) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if (app.actor() like 's:%' and app.has_role(p_role)) is not true then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  perform identity.require_mintable(app.tenant(), app.user_id(), p_role, p_expires);
  perform identity.add_credential(app.actor(), app.tenant(), app.user_id(), p_id, p_role, p_kind, p_name, p_prefix, p_last_four,
    p_read_only, p_tools, p_expires, null);
  insert into identity.token_digests (digest, tenant_id, credential_id) values (sha256(p_hash), app.tenant(), p_id);
end $$;

-- A new credential like the old, which lives on for a grace of 0 to 24 hours.
create or replace function app.rotate_credential(
    p_old uuid, p_id uuid, p_hash bytea, p_last_four text, p_grace interval) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_old record; v_now timestamptz := app.now();
begin
  if (p_grace >= interval '0' and p_grace <= interval '24 hours') is not true then
    raise exception 'the grace is 0 to 24 hours' using errcode = '22023';
  end if;
  select c.* into v_old from app.mcp_credentials c
   where c.tenant_id = app.tenant() and c.id = p_old and c.user_id = app.user_id()
     and c.kind <> 'oauth'  -- which has a rotation of its own
     and c.revoked_at is null and c.expires_at > v_now for update;
  if not found then raise exception 'not allowed' using errcode = '42501'; end if;
  perform app.mint_credential(p_id, p_hash, v_old.role, v_old.kind, v_old.name, v_old.prefix, p_last_four,
                              v_old.read_only, v_old.tools, v_old.expires_at);
  update app.mcp_credentials c set rotated_from = p_old where c.tenant_id = v_old.tenant_id and c.id = p_id;
  update app.mcp_credentials c set expires_at = least(c.expires_at, v_now + p_grace)
   where c.tenant_id = v_old.tenant_id and c.id = p_old;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id, detail)
  values (v_old.tenant_id, identity.uuid7(), 'credential_rotated', app.user_id(), app.actor(), p_old,
          jsonb_build_object('new_id', p_id, 'grace_seconds', extract(epoch from p_grace)));
end $$;

-- In person: one's own, or anyone's for who manages AI (the owner). Returns whether something was revoked.
create or replace function app.revoke_credential(p_id uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update app.mcp_credentials c set revoked_at = app.now(), revoked_by = app.user_id()
   where c.tenant_id = app.tenant() and c.id = p_id and c.revoked_at is null and app.in_person()
     and (c.user_id = app.user_id() or app.has_role('owner'));
  if not found then return false; end if;
  delete from identity.refresh_digests r where r.tenant_id = app.tenant() and r.credential_id = p_id;
  insert into app.security_events (tenant_id, id, kind, user_id, actor, subject_id)
  values (app.tenant(), identity.uuid7(), 'credential_revoked', app.user_id(), app.actor(), p_id);
  return true;
end $$;

grant execute on function app.mint_credential(uuid, bytea, text, text, text, text, text, boolean, text[], timestamptz),
  app.rotate_credential(uuid, uuid, bytea, text, interval), app.revoke_credential(uuid) to moonshot_app;
