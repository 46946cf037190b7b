"""A call that is refused at the door leaves its row too, where there is a clinic to leave it in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, LiteralString

import pytest
from psycopg import Connection

from services.identity.token import new_token
from tests.conftest import Clock
from tests.ground import APP, OWNER, SUPERUSER
from tests.mcp_server import people
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.log import AuditLog
from tests.personas import Clinic


@pytest.mark.promise("10.calls.whatever-becomes")
def test_a_revoked_credential_is_refused_at_once_and_that_is_on_record(
    endpoint: Endpoint,
    clinic: Clinic,
    connect: Callable[[str], Connection[Any]],
    audit_log: AuditLog,
):
    token = clinic.provider.token.text
    assert endpoint.call("whoami", token=token).content
    people.revoke(connect(APP), clinic.owner, clinic.provider.credential_id)
    answer = endpoint.call("whoami", token=token)
    assert (answer.status, answer.code) == (401, 40101)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert endpoint.ask("tools/list", token=token).status == 401
    assert endpoint.ask("ping", token=token).status == 401
    *_, row = audit_log.rows(clinic)
    assert audit_log.count(clinic) == 2
    assert (row.tool_name, row.status, row.reason) == ("whoami", "error", "not_authenticated")
    assert row.credential_id == clinic.provider.credential_id


@pytest.mark.promise("5.refusals.expired")
def test_an_expired_credential_is_refused_and_that_is_on_record(
    endpoint: Endpoint,
    clinic: Clinic,
    connect: Callable[[str], Connection[Any]],
    clock: Clock,
    audit_log: AuditLog,
):
    _, token = people.mint(connect(APP), clinic.provider, lasts=timedelta(days=2))
    assert endpoint.call("whoami", token=token.text).content
    clock.move(timedelta(days=2))
    assert endpoint.call("whoami", token=token.text).status == 401
    assert audit_log.rows(clinic)[-1].reason == "not_authenticated"
    assert endpoint.call("whoami", token=clinic.provider.token.text).content


def test_a_call_with_an_unknown_credential_leaves_no_row_anywhere(
    endpoint: Endpoint, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    admin = connect(SUPERUSER)
    counting = "SELECT count(*) FROM app.mcp_audit_log"
    before = admin.execute(counting).fetchone()
    unknown = new_token(clinic.tier)
    assert endpoint.call("whoami", token=unknown.text).status == 401
    assert admin.execute(counting).fetchone() == before


@pytest.mark.promise("2.sandbox.thirty-days", "5.refusals.sandbox-over")
def test_a_sandbox_that_has_run_out_says_what_to_do(
    endpoint: Endpoint, clinic: Clinic, clock: Clock, audit_log: AuditLog
):
    token = clinic.owner.token.text
    clock.move(timedelta(days=29, hours=23))
    assert endpoint.call("whoami", token=token).content
    clock.move(timedelta(hours=2))
    answer = endpoint.call("whoami", token=token)
    assert (answer.status, answer.code) == (403, 40301)
    assert answer.error["data"] == {"reason": "sandbox_expired"}
    assert "moonshot sandbox EMAIL" in answer.error["message"]
    assert endpoint.ask("tools/list", token=token).status == 403
    _, row = audit_log.rows(clinic)
    assert (row.status, row.reason, row.tool_name) == ("error", "sandbox_expired", "whoami")


WITHDRAWN: dict[str, LiteralString] = {
    "consent_withdrawn": "UPDATE app.tenants SET consent_withdrawn_at = app.now() "
    "WHERE tenant_id = %s",
    "use_ai_not_granted": "UPDATE app.staff SET use_ai = false WHERE tenant_id = %s",
    "plan_unpaid": "UPDATE app.tenants SET plan_paid_until = app.now() WHERE tenant_id = %s",
    "clinic_closed": "UPDATE app.tenants SET closed_at = app.now() WHERE tenant_id = %s",
}


@pytest.mark.promise("5.refusals.withdrawn", "9.gate.withdrawn")
@pytest.mark.parametrize("reason", WITHDRAWN)
def test_a_production_clinic_that_may_not_be_read_says_why(
    endpoint: Endpoint,
    production: Clinic,
    connect: Callable[[str], Connection[Any]],
    audit_log: AuditLog,
    reason: str,
):
    token = production.provider.token.text
    assert endpoint.call("whoami", token=token).content["tier"] == "production"
    connect(OWNER).execute(WITHDRAWN[reason], [production.tenant_id])
    answer = endpoint.call("whoami", token=token)
    assert (answer.status, answer.error["data"]) == (403, {"reason": reason})
    _, row = audit_log.rows(production)
    assert (row.status, row.reason) == ("error", reason)
