-- A call by an AI client: who holds the token, may the clinic be read now, how often was asked.

-- The versions that must be signed, as models/attestation.py has them. A new version asks everyone to sign anew.
create or replace function identity.agreements_in_force() returns table (agreement text, version text)
  language sql immutable set search_path = pg_catalog, pg_temp
as $$ values ('business_associate_agreement', 'business-associate-2026-01'), ('ai_access_addendum', 'ai-access-2026-01') $$;

-- Why a production clinic is not answered, or NULL. SPEC 9: unexpired agreements of the current versions, use_ai, a paid plan.
create or replace function identity.production_refusal(p_tenant uuid, p_use_ai boolean, p_now timestamptz) returns text
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare v_asked record; v_until timestamptz;
begin
  if (select t.consent_withdrawn_at from app.tenants t where t.tenant_id = p_tenant) <= p_now then return 'consent_withdrawn'; end if;
  for v_asked in select * from identity.agreements_in_force() loop
    select max(a.expires_at) into v_until from app.mcp_attestations a
     where a.tenant_id = p_tenant and a.agreement = v_asked.agreement and a.addendum_version = v_asked.version and a.signed_at <= p_now;
    if v_until is null then return 'agreement_missing'; end if;
    if v_until <= p_now then return 'agreement_expired'; end if;
  end loop;
  if p_use_ai is not true then return 'use_ai_not_granted'; end if;
  if not exists (select from app.tenants t where t.tenant_id = p_tenant and t.plan_paid_until > p_now) then return 'plan_unpaid'; end if;
  return null;
end $$;

-- Begins the transaction of a call. 28000: the credential is unknown, expired or revoked (HTTP 401).
-- MC403: it is known, but the clinic cannot be read now; the message is the reason's name (HTTP 403).
-- MC429: `count_request` found it one too many; the message is what it left behind.
create or replace function app.begin_request(p_hash bytea)
  returns table (tenant_id uuid, user_id uuid, credential_id uuid, role text, tier text, time_zone text,
                 kind text, read_only boolean, tools text[], at timestamptz, key_id uuid, wrapped_key bytea)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare v_refusal text; v_used timestamptz;
begin
  at := app.now();
  select c.tenant_id, c.user_id, c.id, c.role, t.tier, t.time_zone, c.kind, c.read_only, c.tools, k.id, k.wrapped, c.last_used_at,
         case when t.closed_at is not null then 'clinic_closed'
              when t.tier = 'sandbox' and t.sandbox_expires_at <= at then 'sandbox_expired'
              when c.role <> all (s.roles) then case c.kind when 'oauth' then 'grant_withdrawn' else 'role_withdrawn' end
              when t.tier = 'production' then identity.production_refusal(t.tenant_id, s.use_ai, at) end
    into tenant_id, user_id, credential_id, role, tier, time_zone, kind, read_only, tools, key_id, wrapped_key, v_used, v_refusal
    from identity.token_digests d
    join app.mcp_credentials c on c.tenant_id = d.tenant_id and c.id = d.credential_id and c.revoked_at is null and c.expires_at > at
    join app.staff s on s.tenant_id = c.tenant_id and s.user_id = c.user_id and s.active
    join app.tenants t on t.tenant_id = c.tenant_id
    left join app.tenant_keys k on k.tenant_id = c.tenant_id and k.purpose = 'audit_hmac' and k.retired_at is null
   where d.digest = sha256(p_hash) and (d.expires_at is null or d.expires_at > at);
  if not found then raise exception 'invalid credential' using errcode = '28000'; end if;
  if v_refusal is not null then raise exception '%', v_refusal using errcode = 'MC403'; end if;
  if current_setting('app.one_too_many', true) <> '' then
    raise exception '%', current_setting('app.one_too_many') using errcode = 'MC429';
  end if;
  if v_used is null or v_used < at - interval '1 hour' then
    -- Whoever finds the row taken goes on: calls of one credential do not wait for each other.
    perform from app.mcp_credentials c
      where c.tenant_id = begin_request.tenant_id and c.id = credential_id for no key update skip locked;
    if found then
      update app.mcp_credentials c set last_used_at = at where c.tenant_id = begin_request.tenant_id and c.id = credential_id;
    end if;
  end if;
  perform identity.set_context(tenant_id, user_id, 'c:' || credential_id, role);
  return next;
end $$;

-- Counts one request of a credential in its minute (SPEC 5: 600 a minute). Called in a transaction of its own, so that
-- calls of one credential do not wait for each other. Of one too many it leaves behind, for begin_request in the same
-- session, how many were refused in this minute and how many seconds are left of it, 1 to 60.
create or replace function app.count_request(p_hash bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := app.now(); v_minute timestamptz := date_trunc('minute', v_now);
  v_tenant uuid; v_credential uuid; v_requests integer; v_refused integer; v_until timestamptz;
begin
  select d.tenant_id, d.credential_id into v_tenant, v_credential from identity.token_digests d where d.digest = sha256(p_hash);
  if not found then return; end if;
  -- Two requests may begin on two sides of a minute and arrive in the other order: the later minute goes on.
  update app.mcp_request_rates r set
    minute = greatest(r.minute, v_minute),
    requests = case when r.minute >= v_minute then r.requests + 1 else 1 end,
    refused = case when r.minute < v_minute then 0 when r.requests >= 600 then r.refused + 1 else r.refused end
   where r.tenant_id = v_tenant and r.id = v_credential
  returning r.requests, r.refused, r.minute + interval '1 minute' into v_requests, v_refused, v_until;
  if not found then
    insert into app.mcp_request_rates as r (tenant_id, id, minute, requests) values (v_tenant, v_credential, v_minute, 1)
    on conflict (tenant_id, id) do update set requests = r.requests + 1;
  elsif v_requests > 600 then
    perform set_config('app.one_too_many',
      v_refused || ' ' || least(60, ceil(extract(epoch from v_until - v_now))), false);
  end if;
end $$;

-- The audit row of a call that was refused before it could begin, by a credential that is or was known.
-- Returns whether a row was written; a refused call is never `ok`. What a credential that is revoked, or whose clinic
-- cannot be read, asks beyond its rate is counted there and not written: it could fill the log, which keeps every row.
create or replace function app.record_refused_call(
    p_hash bytea, p_id uuid, p_tool_name text, p_status text, p_reason text, p_request_id text,
    p_client_name text, p_client_version text, p_protocol_version text, p_ip text, p_latency_ms integer) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into app.mcp_audit_log (tenant_id, id, user_id, credential_id, role, tool_name, args_redacted, patient_refs,
      response_bytes, latency_ms, status, reason, request_id, client_name, client_version, protocol_version, ip)
  select c.tenant_id, p_id, c.user_id, c.id, c.role, p_tool_name, '{}', '{}',
         0, p_latency_ms, p_status, p_reason, p_request_id, p_client_name, p_client_version, p_protocol_version, p_ip
    from identity.token_digests d join app.mcp_credentials c on c.tenant_id = d.tenant_id and c.id = d.credential_id
   where d.digest = sha256(p_hash) and p_status <> 'ok'
     and (p_status = 'rate_limited' or not exists (
       select from app.mcp_request_rates r where r.tenant_id = c.tenant_id and r.id = c.id
          and r.minute >= date_trunc('minute', app.now()) and r.refused > 0));
  return found;
end $$;

grant execute on function app.begin_request(bytea), app.count_request(bytea),
  app.record_refused_call(bytea, uuid, text, text, text, text, text, text, text, text, integer) to moonshot_app;
