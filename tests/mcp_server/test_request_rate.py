"""600 requests a minute of one credential, counted in the database: by all processes together."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from tests.conftest import Clock
from tests.ground import APP, SUPERUSER
from tests.mcp_server import people
from tests.mcp_server.endpoint import LEGACY, MODERN
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.personas import Clinic, Person


@pytest.fixture
def admin(connect: Callable[[str], Connection[Any]]) -> Connection[Any]:
    return connect(SUPERUSER)


@pytest.fixture
def minute(admin: Connection[Any], clock: Clock) -> None:
    """A minute of policy time has just begun."""
    ((into,),) = admin.execute("SELECT app.now() - date_trunc('minute', app.now())")
    clock.move(timedelta(seconds=1) - into)


def used(admin: Connection[Any], person: Person, requests: int) -> None:
    """So many requests of this minute are used up."""
    admin.execute(
        "UPDATE app.mcp_request_rates SET requests = %s WHERE id = %s",
        [requests, person.credential_id],
    )


def counted(admin: Connection[Any], person: Person) -> tuple[int, int]:
    found = admin.execute(
        "SELECT requests, refused FROM app.mcp_request_rates WHERE id = %s",
        [person.credential_id],
    ).fetchone()
    assert found is not None
    return found


@pytest.mark.promise(
    "5.refusals.request-rate", "6.whoami.requests-left", "15.settings.many-processes"
)
@pytest.mark.usefixtures("minute")
def test_the_601st_request_of_a_minute_is_refused_by_every_process(
    server: Server,
    strained: Server,
    clinic: Clinic,
    clock: Clock,
    audit_log: AuditLog,
):
    token = clinic.provider.token.text
    both = (server.endpoint, strained.endpoint)
    for number in range(600):
        answer = both[number % 2].call("whoami", token=token)
        assert answer.content["requests_left_this_minute"] == 599 - number
    for endpoint in both:
        answer = endpoint.call("whoami", token=token)
        assert (answer.status, answer.code) == (429, 42901)
    assert audit_log.count(clinic) == 601
    clock.move(timedelta(minutes=1))
    for endpoint in both:
        assert endpoint.call("whoami", token=token).content


@pytest.mark.promise("5.refusals.rate-says")
@pytest.mark.usefixtures("minute")
def test_the_refusal_says_what_to_do(server: Server, clinic: Clinic, admin: Connection[Any]):
    token = clinic.provider.token.text
    assert server.endpoint.call("whoami", token=token).content
    used(admin, clinic.provider, 600)
    for version in (LEGACY[0], MODERN):
        answer = server.endpoint.call("whoami", token=token, version=version, request_id="mine")
        assert (answer.status, answer.json["id"]) == (429, "mine")
        seconds = int(answer.headers["retry-after"])
        assert 1 <= seconds <= 60
        assert answer.error["data"] == {
            "cap": "requests_a_minute",
            "limit": 600,
            "retryAfterSeconds": seconds,
        }
        assert answer.error["message"] == (
            "This credential has used its 600 requests of this minute. "
            f"It resets in {seconds} seconds; wait until then and call again."
        )


@pytest.mark.promise("10.calls.rate-refusals")
@pytest.mark.usefixtures("minute")
def test_of_a_minute_s_refusals_the_first_is_on_record_and_all_are_counted(
    server: Server, clinic: Clinic, admin: Connection[Any], audit_log: AuditLog, clock: Clock
):
    token = clinic.provider.token.text
    server.endpoint.call("whoami", token=token)
    used(admin, clinic.provider, 600)
    for name in ("get_labs", "no_such_tool", "whoami", "whoami"):
        assert server.endpoint.call(name, {}, token=token).status == 429
    assert counted(admin, clinic.provider) == (604, 4)
    ok, refused = audit_log.rows(clinic)
    assert (ok.status, refused.status, refused.reason) == ("ok", "rate_limited", "request_rate")
    assert (refused.tool_name, refused.args_redacted) == ("get_labs", {})
    clock.move(timedelta(minutes=1))
    server.endpoint.call("whoami", token=token)
    assert counted(admin, clinic.provider) == (1, 0)
    used(admin, clinic.provider, 600)
    server.endpoint.call("whoami", token=token)
    assert [row.status for row in audit_log.rows(clinic)] == [
        "ok",
        "rate_limited",
        "ok",
        "rate_limited",
    ]


@pytest.mark.promise("5.refusals.rate-whatever-the-cost")
@pytest.mark.usefixtures("minute")
def test_calls_that_fail_count_as_well(server: Server, clinic: Clinic, admin: Connection[Any]):
    token = clinic.provider.token.text
    server.endpoint.call("get_labs", {}, token=token)
    server.endpoint.call("get_labs", {"patient_id": str(clinic.tenant_id)}, token=token)
    server.endpoint.call("no_such_tool", {}, token=token)
    assert counted(admin, clinic.provider) == (3, 0)


@pytest.mark.promise("5.refusals.capped-explains")
@pytest.mark.usefixtures("minute")
def test_a_capped_client_can_still_explain_itself(
    server: Server, clinic: Clinic, admin: Connection[Any]
):
    token = clinic.provider.token.text
    server.endpoint.call("whoami", token=token)
    used(admin, clinic.provider, 600)
    handshake = {
        "protocolVersion": LEGACY[-1],
        "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"},
    }
    assert server.endpoint.call("whoami", token=token).status == 429
    assert server.endpoint.ask("initialize", handshake, token=token).result
    assert server.endpoint.ask("ping", token=token).result == {}
    assert server.endpoint.ask("server/discover", token=token, version=MODERN).result
    assert server.endpoint.ask("tools/list", token=token, version=MODERN).result
    assert counted(admin, clinic.provider) == (601, 1)


@pytest.mark.promise("5.refusals.request-rate")
@pytest.mark.usefixtures("minute")
def test_each_credential_has_its_own_minute(server: Server, clinic: Clinic, admin: Connection[Any]):
    server.endpoint.call("whoami", token=clinic.provider.token.text)
    used(admin, clinic.provider, 600)
    assert server.endpoint.call("whoami", token=clinic.provider.token.text).status == 429
    assert server.endpoint.call("whoami", token=clinic.nurse.token.text).content


@pytest.mark.promise("5.refusals.revoked", "15.settings.many-processes")
def test_a_credential_that_is_revoked_is_refused_by_every_process_at_the_next_call(
    server: Server,
    strained: Server,
    clinic: Clinic,
    connect: Callable[[str], Connection[Any]],
):
    token = clinic.nurse.token.text
    both = (server.endpoint, strained.endpoint)
    for endpoint in both * 3:
        assert endpoint.call("whoami", token=token).content
    people.revoke(connect(APP), clinic.nurse, clinic.nurse.credential_id)
    for endpoint in both * 2:
        answer = endpoint.call("whoami", token=token)
        assert (answer.status, answer.code) == (401, 40101)
    assert server.endpoint.call("whoami", token=clinic.provider.token.text).content


@pytest.mark.usefixtures("minute")
def test_a_revoked_credential_does_not_fill_the_log(
    server: Server,
    clinic: Clinic,
    admin: Connection[Any],
    audit_log: AuditLog,
    connect: Callable[[str], Connection[Any]],
):
    token = clinic.nurse.token.text
    assert server.endpoint.call("whoami", token=token).content
    people.revoke(connect(APP), clinic.nurse, clinic.nurse.credential_id)
    used(admin, clinic.nurse, 599)
    for _ in range(4):
        assert server.endpoint.call("whoami", token=token).status == 401
    assert counted(admin, clinic.nurse) == (603, 3)
    assert [row.status for row in audit_log.rows(clinic)] == ["ok", "error"]


@pytest.mark.promise("5.endpoint.any-process")
def test_another_process_goes_on_with_the_list_that_one_began(
    server: Server, strained: Server, furnished: Any
):
    token = furnished.clinic.owner.token.text
    given = {"query": "alba", "limit": 1}
    first = server.endpoint.call("search_patients", given, token=token).content
    given["cursor"] = first["next_cursor"]
    second = strained.endpoint.call("search_patients", given, token=token).content
    assert first["patients"] != second["patients"]
