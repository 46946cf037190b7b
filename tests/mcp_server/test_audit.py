"""Every call leaves one row, whatever becomes of it, and the row says nothing about anyone."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from models.base import uuid7
from tests.ground import OWNER, SUPERUSER
from tests.mcp_server import rows
from tests.mcp_server.endpoint import LEGACY, MODERN, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.mcp_server.samples import CANARY
from tests.moonshot_cli.installations import until
from tests.personas import Clinic


def keyed(text: str, key: bytes) -> dict[str, Any]:
    return {"h": hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), "len": len(text)}


@pytest.mark.promise("10.log.row", "10.calls.whatever-becomes")
def test_the_row_of_an_answered_call_says_who_what_how_much_and_by_which_client(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog, write: Callable[..., None]
):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    write(patient)
    given = {"query": "John Smith", "limit": 3}
    token = clinic.nurse.token.text
    answer = endpoint.call(
        "search_patients", given, token=token, user_agent="claude-code/2.1 (x)", request_id="r-1"
    )
    key = audit_log.key(clinic)
    row = audit_log.only(clinic)
    assert row._replace(latency_ms=0) == (
        "search_patients",
        "ok",
        None,
        {"query": keyed("John Smith", key), "limit": 3},
        [patient.id],
        len(answer.result["content"][0]["text"].encode()),
        0,
        clinic.nurse.user_id,
        clinic.nurse.credential_id,
        "nurse",
        "r-1",
        "claude-code",
        "2.1",
        LEGACY[-1],
        "127.0.0.1",
    )
    assert 0 <= row.latency_ms < 10_000
    endpoint.call("get_patient", {"patient_id": str(patient.id)}, token=token, version=MODERN)
    _, modern = audit_log.rows(clinic)
    assert modern.patient_refs == [patient.id]
    assert modern.args_redacted == {"patient_id": keyed(str(patient.id), key)}
    assert (modern.client_name, modern.client_version) == ("tester", "9.1")
    assert modern.protocol_version == MODERN


@pytest.mark.promise("15.settings.proxy")
def test_an_address_that_a_client_makes_up_is_not_believed(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog
):
    made_up = {"x_forwarded_for": "10.9.8.7", "forwarded": "for=10.9.8.7", "x_real_ip": "10.9.8.7"}
    assert endpoint.call("whoami", token=clinic.owner.token.text, **made_up).content
    assert audit_log.only(clinic).ip == "127.0.0.1"


@pytest.mark.promise("10.arguments.harmless-kept")
def test_harmless_arguments_are_kept_as_they_were(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog
):
    token = clinic.provider.token.text
    endpoint.call("find_labs_due", {"within_days": "30", "limit": 5.0}, token=token)
    endpoint.call("get_appointments", {"date_range": "2026-01-01/2026-02-01"}, token=token)
    due, booked = audit_log.rows(clinic)
    assert due.args_redacted == {"within_days": 30, "limit": 5}
    assert booked.args_redacted == {"date_range": "2026-01-01/2026-02-01", "limit": 15}


@pytest.mark.promise("10.arguments.own-key")
def test_the_same_word_has_another_hash_in_another_clinic(
    endpoint: Endpoint, clinic: Clinic, other_clinic: Clinic, audit_log: AuditLog
):
    for of in (clinic, other_clinic):
        endpoint.call("search_patients", {"query": "John Smith"}, token=of.owner.token.text)
    hashes = {audit_log.only(of).args_redacted["query"]["h"] for of in (clinic, other_clinic)}
    assert len(hashes) == 2


FAILURES = {
    "bad arguments": ("get_labs", {"patient_id": CANARY}, "get_labs", "invalid_input"),
    "not found": ("get_labs", {"patient_id": str(uuid7())}, "get_labs", "not_found"),
    "a panel that is not there": (
        "find_labs_due",
        {"panel": CANARY},
        "find_labs_due",
        "invalid_input",
    ),
    "no object": ("get_labs", [CANARY], "get_labs", "invalid_input"),
    "unknown": (CANARY, {"query": CANARY}, "unknown:", "unknown_tool"),
    "denied": ("get_vitals", {"patient_id": str(uuid7())}, "get_vitals", "unknown_tool"),
    "denied with bad arguments": ("get_labs", {CANARY: CANARY}, "get_labs", "unknown_tool"),
}


@pytest.mark.promise("1.promise.on-record", "10.calls.whatever-becomes")
@pytest.mark.parametrize("version", [LEGACY[0], MODERN])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_call_that_fails_leaves_one_row_that_says_why(
    server: Server, clinic: Clinic, audit_log: AuditLog, failure: str, version: str
):
    name, given, recorded, reason = FAILURES[failure]
    person = clinic.front_desk if failure.startswith("denied") else clinic.provider
    server.endpoint.call(name, given, token=person.token.text, version=version)
    row = audit_log.only(clinic)
    assert row.tool_name.removesuffix(keyed(name, audit_log.key(clinic))["h"]) == recorded
    assert (row.status, row.reason, row.response_bytes) == ("error", reason, 0)
    assert (row.user_id, row.role) == (person.user_id, person.role)
    assert CANARY not in str(row)
    assert CANARY not in server.log


@pytest.mark.promise("10.arguments.patients")
def test_a_patient_who_was_not_found_is_on_record_too(
    endpoint: Endpoint, clinic: Clinic, other_furnished: Furnished, audit_log: AuditLog
):
    foreign = other_furnished.patients[0].id
    endpoint.call("get_labs", {"patient_id": str(foreign)}, token=clinic.owner.token.text)
    assert audit_log.only(clinic).patient_refs == [foreign]


def test_null_arguments_count_as_absent_on_record(
    endpoint: Endpoint, clinic: Clinic, audit_log: AuditLog
):
    for patient_id in (None, CANARY):
        given = {"patient_id": patient_id, "panel": None}
        endpoint.call("get_labs", given, token=clinic.owner.token.text)
    absent, wrong = audit_log.rows(clinic)
    assert absent.args_redacted == {}
    assert wrong.args_redacted == {"patient_id": keyed(CANARY, audit_log.key(clinic))}


FAULTS = ["get_vitals", "get_labs"]


@pytest.mark.promise("5.refusals.fault")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_ours_has_a_number_and_no_details(
    strained: Server, clinic: Clinic, audit_log: AuditLog, name: str
):
    given = {"patient_id": str(uuid7())}
    answer = strained.endpoint.call(name, given, token=clinic.owner.token.text)
    assert "This is a fault of the server, not of the call." in answer.refusal
    (incident,) = re.findall(r"incident ([0-9a-f-]{36})", answer.refusal)
    assert f"incident {incident}" in strained.log
    assert "strained.py" in strained.log
    row = audit_log.only(clinic)
    assert (row.tool_name, row.status) == (name, "error")
    assert row.reason in ("ValueError", "InvalidTextRepresentation")
    assert CANARY not in answer.text + strained.log + str(row)


@pytest.mark.promise("5.refusals.too-long", "6.sizes.largest")
def test_an_answer_that_would_be_too_long_is_refused_whole(
    strained: Server, clinic: Clinic, audit_log: AuditLog
):
    given = {"patient_id": str(uuid7())}
    answer = strained.endpoint.call("get_medications", given, token=clinic.owner.token.text)
    assert answer.refusal == (
        "answer: would take about 9758 tokens of at most 8000, and cannot be cut further; ask for "
        "shorter dates, for one patient, or read it in the web app"
    )
    assert audit_log.only(clinic).reason == "invalid_input"


def test_a_database_that_was_too_slow_is_said_to_the_model(
    strained: Server, clinic: Clinic, audit_log: AuditLog
):
    given = {"patient_id": str(uuid7())}
    answer = strained.endpoint.call("get_patient", given, token=clinic.owner.token.text)
    assert (
        answer.refusal
        == "The database did not answer in time; nothing was done. Try again in a moment."
    )
    assert audit_log.only(clinic).reason == "unavailable"


@pytest.mark.promise("10.calls.hung-up")
def test_a_client_that_hangs_up_has_its_row(
    endpoint: Endpoint,
    furnished: Furnished,
    connect: Callable[[str], Connection[Any]],
    audit_log: AuditLog,
):
    clinic, patient = furnished.clinic, furnished.patients[0]
    before = audit_log.count(clinic)
    params = {"name": "get_vitals", "arguments": {"patient_id": str(patient.id)}}
    body = json.dumps({"jsonrpc": "2.0", "id": "gone", "method": "tools/call", "params": params})
    with connect(SUPERUSER).transaction() as held:
        held.connection.execute("LOCK TABLE app.vitals IN ACCESS EXCLUSIVE MODE")
        with endpoint.connect() as connection:
            connection.sendall(
                f"POST /api/mcp/v1 HTTP/1.1\r\nhost: 127.0.0.1:{endpoint.port}\r\n"
                f"authorization: Bearer {clinic.owner.token.text}\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
                f"{body}".encode()
            )
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            until(lambda: held.connection.execute(waiting).fetchone() is not None, "it never asked")
    until(lambda: audit_log.count(clinic) > before, "the call left no row")
    (row,) = audit_log.rows(clinic, after=before)
    assert (row.request_id, row.status, row.patient_refs) == ("gone", "ok", [patient.id])


@pytest.mark.promise("10.keeping.process-log", "15.watching.structured-logs")
def test_nothing_of_a_patient_is_in_the_log_of_the_process(
    server: Server, furnished: Furnished, connect: Callable[[str], Connection[Any]]
):
    token = furnished.clinic.owner.token.text
    patient = {"patient_id": str(furnished.patients[0].id)}
    for name in ("get_patient", "get_labs", "get_vitals", "get_medications"):
        assert server.endpoint.call(name, patient, token=token).content
    server.endpoint.call("search_patients", {"query": "alba"}, token=token)
    assert [mark for mark in furnished.marks if mark in server.log] == []
    assert token not in server.log
    assert connect(OWNER).info.password not in server.log
