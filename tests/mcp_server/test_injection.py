"""SQL through any text that a client can send: it stays text, and is put on record as such."""

from typing import Any

import pytest

from mcp_server import catalog
from mcp_server.arguments import Parameter
from mcp_server.tool import Tool
from services.date_range import DateRange, NotARange
from tests.mcp_server.endpoint import MODERN, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.samples import declared, right_arguments
from tests.mcp_server.test_paging_of_tools import forged

TEXTS = [
    pytest.param(tool, parameter, id=f"{name}-{parameter.name}")
    for name, tool in sorted(catalog.load().items())
    for parameter in tool.parameters
    if declared(tool, parameter.name)["type"] == "string"
]


def payloads(tenant: Any, user: Any) -> list[str]:
    """Attempts to read, or to become, someone of that clinic."""
    become = f"set_config('app.current_tenant', '{tenant}', true)"
    return [
        "' OR '1'='1",
        "' OR 1=1 --",
        '" OR ""="',
        "') OR ('a'='a",
        "\\' OR 1=1 --",
        "%' OR '%'='",
        "%",
        "_%",
        "*",
        f"'; SELECT {become}; --",
        f"' || {become} || '",
        f"' UNION SELECT {become}, null --",
        "' UNION ALL SELECT family_name FROM app.patients --",
        f"'; SET LOCAL app.current_tenant = '{tenant}'; SET LOCAL app.current_user = '{user}'; --",
        "'; RESET ALL; SET ROLE moonshot_owner; --",
        "'; COMMIT; BEGIN; --",
        "'; DELETE FROM app.mcp_audit_log; --",
        "$$; SELECT 1; $$",
        "$1",
        ":patient_id",
        "%(patient_id)s",
        "/**/' OR/**/1=1/**/",
        "1; SELECT pg_sleep(10)",
        "\u02bc OR \u02bc1\u02bc=\u02bc1",
        "\uff07 OR \uff11=\uff11",
        "\u202e' OR 1=1",
        "\ufeff' OR 1=1",
        "{" + str(tenant) + "}",
        "(a|a)*b",
        "\\x27 OR 1=1",
        "\x1a\x08' OR 1=1",
        str(tenant),
    ]


@pytest.mark.promise("4.context.bound")
@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize(("tool", "parameter"), TEXTS)
def test_injected_sql_stays_text(
    endpoint: Endpoint,
    both_furnished: tuple[Furnished, Furnished],
    audit_log: AuditLog,
    tool: Tool,
    parameter: Parameter,
):
    furnished, other_furnished = both_furnished
    clinic, other = furnished.clinic, other_furnished.clinic
    tried = payloads(other.tenant_id, other.owner.user_id)
    if parameter.name == "cursor":
        tried += [forged(text) for text in tried]
    before = audit_log.count(clinic)
    for payload in tried:
        given = right_arguments(tool, furnished) | {parameter.name: payload}
        answer = endpoint.call(tool.name, given, token=clinic.owner.token.text)
        assert answer.status == 200, payload
        assert "fault of the server" not in answer.text, payload
        found = [mark for mark in other_furnished.marks if mark in answer.text]
        assert not found, payload
    recorded = audit_log.rows(clinic, after=before)
    assert len(recorded) == len(tried)
    assert {row.tool_name for row in recorded} == {tool.name}


def test_what_a_client_says_of_itself_is_recorded_as_text(
    endpoint: Endpoint, furnished: Furnished, other_furnished: Furnished, audit_log: AuditLog
):
    clinic, token = furnished.clinic, furnished.clinic.owner.token.text
    for payload in payloads(other_furnished.clinic.tenant_id, other_furnished.clinic.owner.user_id):
        before = audit_log.count(clinic)
        said = {"name": "whoami", "_meta": {"progressToken": payload}}
        legacy = endpoint.ask("tools/call", said, token=token, request_id=payload)
        assert legacy.json["id"] == payload
        meta = {"io.modelcontextprotocol/clientInfo": {"name": payload, "version": payload}}
        assert endpoint.ask(
            "tools/call", {"name": "whoami", "_meta": meta}, token=token, version=MODERN
        ).content
        first, second = audit_log.rows(clinic, after=before)
        shown = "".join(c for c in payload[:80] if c.isprintable())
        assert first.request_id == shown
        assert (second.client_name, second.client_version) == (shown, shown)


@pytest.mark.promise("10.calls.unknown-names")
@pytest.mark.parametrize(
    "payload", ["x'; DROP TABLE app.patients; --", "whoami'--", "%", "'" * 500]
)
def test_a_tool_named_by_sql_is_unknown_and_recorded_hashed(
    endpoint: Endpoint, furnished: Furnished, audit_log: AuditLog, payload: str
):
    clinic = furnished.clinic
    before = audit_log.count(clinic)
    answer = endpoint.call(payload, {}, token=clinic.owner.token.text)
    assert answer.error == {"code": -32602, "message": "Unknown tool"}
    (row,) = audit_log.rows(clinic, after=before)
    assert row.tool_name.startswith("unknown:")
    assert payload not in str(row)


def test_a_range_of_dates_takes_digits_and_hyphens_only():
    for text in payloads("t", "u"):
        with pytest.raises(NotARange, match=r"it is neither$"):
            DateRange.parse(text)
