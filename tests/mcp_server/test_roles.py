"""Who may call what, said once by hand: a tool that a role may not call is not there for it."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from mcp_server import catalog
from models.permission import Role
from tests.ground import APP
from tests.mcp_server import people
from tests.mcp_server.endpoint import LEGACY, MODERN, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.samples import CANARY, right_arguments
from tests.personas import Clinic

CATALOG = catalog.load()
EVERYONE = {"whoami"}
SCHEDULE = {"get_appointments", "find_follow_ups_due", "get_no_shows_and_cancellations"}
PATIENTS = {"search_patients", "get_patient"}
CHARTS = {
    "find_abnormal_labs_across_panel",
    "find_lab_trend_outliers",
    "find_labs_due",
    "find_refills_due",
    "get_allergies",
    "get_chart_notes",
    "get_intake_forms",
    "get_labs",
    "get_medications",
    "get_problem_list",
    "get_visit_facts",
    "get_vitals",
}
INBOX = {"get_inbox"}
CHART_DRAFTS = {"draft_chart_note"}
MESSAGE_DRAFTS = {"draft_patient_message", "get_draft_status"}
OWN_FINANCES = {"get_billing_summary"}
ALL_FINANCES = {"get_patient_profit"}
GROWTH = {"get_lead_funnel", "get_membership_metrics"}
CLINICAL = EVERYONE | SCHEDULE | PATIENTS | CHARTS | INBOX | CHART_DRAFTS | MESSAGE_DRAFTS
SAID = {
    Role.OWNER: CLINICAL | OWN_FINANCES | ALL_FINANCES | GROWTH,
    Role.PROVIDER: CLINICAL | OWN_FINANCES,
    Role.NURSE: CLINICAL,
    Role.FRONT_DESK: EVERYONE | SCHEDULE | PATIENTS | INBOX | MESSAGE_DRAFTS,
    Role.BILLER: EVERYONE | SCHEDULE | PATIENTS | OWN_FINANCES | ALL_FINANCES,
    Role.GROWTH: EVERYONE | SCHEDULE | GROWTH,
    Role.AUDITOR: EVERYONE,
}
"""Who may call what."""
MAY = {role: names & CATALOG.keys() for role, names in SAID.items()}

pytestmark = pytest.mark.usefixtures("rested")


def listed(endpoint: Endpoint, token: str, version: str = MODERN) -> list[str]:
    tools = endpoint.ask("tools/list", token=token, version=version).result["tools"]
    return [tool["name"] for tool in tools]


def test_every_tool_is_said_here():
    assert set.union(*MAY.values()) == CATALOG.keys()
    assert MAY.keys() == set(Role)


@pytest.mark.promise("1.promise.within-permissions", "5.refusals.list-of-role")
@pytest.mark.parametrize("role", Role)
def test_a_role_sees_what_it_may_call_and_no_more(
    endpoint: Endpoint, furnished: Furnished, role: Role
):
    token = getattr(furnished.clinic, role).token.text
    for version in (LEGACY[0], MODERN):
        assert listed(endpoint, token, version) == sorted(MAY[role])
    assert endpoint.call("whoami", token=token).content["tools"] == sorted(MAY[role])


@pytest.mark.promise("5.refusals.unknown-tool", "6.whoami.anyone")
@pytest.mark.parametrize("name", sorted(CATALOG))
@pytest.mark.parametrize("role", Role)
def test_a_tool_answers_who_may_call_it_and_is_unknown_to_all_others(
    endpoint: Endpoint, furnished: Furnished, audit_log: AuditLog, role: Role, name: str
):
    clinic = furnished.clinic
    token = getattr(clinic, role).token.text
    given = right_arguments(CATALOG[name], furnished)
    if name in MAY[role]:
        assert endpoint.call(name, given, token=token).content
        return
    for version in (LEGACY[-1], MODERN):

        def answer(tool: str, arguments: Any, version: str = version) -> tuple[int, bytes]:
            said = endpoint.call(tool, arguments, token=token, version=version, request_id="same")
            return said.status, said.body

        before = audit_log.count(clinic)
        unknown = answer("no_such_tool", given)
        tried = [given, {}, None, [], {CANARY: CANARY}, given | {"limit": CANARY}]
        for arguments in tried:
            assert answer(name, arguments) == unknown, arguments
        _, *rows = audit_log.rows(clinic, after=before)
        assert [(r.status, r.reason, r.tool_name) for r in rows] == [
            ("error", "unknown_tool", name)
        ] * len(tried)
        assert CANARY not in str(rows)


@pytest.mark.promise("5.credentials.some-tools")
def test_a_credential_may_be_narrowed_to_some_tools(
    endpoint: Endpoint, connect: Callable[[str], Connection[Any]], clinic: Clinic
):
    some = ["get_labs", "whoami", "no_such_tool"]
    _, token = people.mint(connect(APP), clinic.provider, tools=some)
    assert listed(endpoint, token.text) == ["get_labs", "whoami"]
    assert endpoint.call("whoami", token=token.text).content["tools"] == ["get_labs", "whoami"]
    for name in CATALOG.keys() - set(some):
        assert endpoint.call(name, {}, token=token.text).code == -32602
    assert "patient_id: is missing" in endpoint.call("get_labs", {}, token=token.text).refusal


@pytest.mark.promise("5.credentials.some-tools")
def test_narrowing_never_gives_what_the_role_has_not(
    endpoint: Endpoint, connect: Callable[[str], Connection[Any]], clinic: Clinic
):
    _, token = people.mint(connect(APP), clinic.front_desk, tools=["get_labs"])
    assert listed(endpoint, token.text) == []
    assert endpoint.call("get_labs", {}, token=token.text).code == -32602
    _, none = people.mint(connect(APP), clinic.provider, tools=[])
    assert listed(endpoint, none.text) == []
    assert endpoint.call("whoami", token=none.text).code == -32602


@pytest.mark.promise("5.credentials.read-only")
def test_a_read_only_credential_says_so_and_reads(
    endpoint: Endpoint, connect: Callable[[str], Connection[Any]], clinic: Clinic
):
    _, token = people.mint(connect(APP), clinic.provider, read_only=True)
    content = endpoint.call("whoami", token=token.text).content
    assert content["read_only"] is True
    writing = {name for name, tool in CATALOG.items() if tool.writes}
    assert content["tools"] == sorted(MAY[Role.PROVIDER] - writing)
    assert "read_only" not in endpoint.call("whoami", token=clinic.provider.token.text).content


@pytest.mark.promise("5.credentials.read-only")
@pytest.mark.parametrize("name", sorted(CHART_DRAFTS | MESSAGE_DRAFTS - {"get_draft_status"}))
def test_a_tool_that_writes_is_not_there_for_a_read_only_credential(
    endpoint: Endpoint,
    furnished: Furnished,
    connect: Callable[[str], Connection[Any]],
    name: str,
):
    _, token = people.mint(connect(APP), furnished.clinic.provider, read_only=True)
    given = right_arguments(CATALOG[name], furnished)
    answers = [
        endpoint.call(tool, given, token=token.text, request_id="same").body
        for tool in (name, "no_such_tool")
    ]
    assert answers[0] == answers[1]


@pytest.mark.promise("1.promise.within-permissions", "3.people.at-each-call")
def test_a_role_that_was_withdrawn_is_refused_at_the_next_call(
    endpoint: Endpoint,
    connect: Callable[[str], Connection[Any]],
    clinic: Clinic,
    audit_log: AuditLog,
):
    token = clinic.nurse.token.text
    assert endpoint.call("whoami", token=token).content
    connect("moonshot_owner").execute(
        "UPDATE app.staff SET roles = '{front_desk}' WHERE user_id = %s", [clinic.nurse.user_id]
    )
    answer = endpoint.call("whoami", token=token)
    assert (answer.status, answer.error["data"]["reason"]) == (403, "role_withdrawn")
    assert "www-authenticate" not in answer.headers, "a pasted token is not asked for again"
    assert endpoint.ask("tools/list", token=token).status == 403
    assert audit_log.rows(clinic)[-1].reason == "role_withdrawn"
