-- Untrusted text that leaves: written in the transaction of the call, before the first byte of its answer (SPEC 7, rule 1).
create or replace function app.record_taint(p_id uuid, p_audit_id uuid, p_tool_name text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if (app.actor() like 'c:%') is not true then raise exception 'not allowed' using errcode = '42501'; end if;
  perform identity.lock_person();
  insert into app.mcp_taints (tenant_id, id, user_id, credential_id, audit_id, tool_name)
  values (app.tenant(), p_id, app.user_id(), substr(app.actor(), 3)::uuid, p_audit_id, p_tool_name);
end $$;

grant execute on function app.record_taint(uuid, uuid, text) to moonshot_app;
