"""Who saw this patient, by which way: a call's row names whoever it asked for and gave out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from mcp_server import catalog
from mcp_server.tool import Tool
from models.base import uuid7
from tests.mcp_server import rows
from tests.mcp_server.endpoint import Answer, Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.rows import utc
from tests.mcp_server.samples import CANARY, right_arguments
from tests.mcp_server.test_audit import keyed
from tests.personas import Clinic

TOOLS = [pytest.param(tool, id=name) for name, tool in sorted(catalog.load().items())]
OF_ONE = [
    pytest.param(tool, id=name)
    for name, tool in sorted(catalog.load().items())
    if tool.named_patients and len(tool.parameters) > 1
]
Asked = Callable[..., tuple[Answer, Any]]


@pytest.fixture
def asked(endpoint: Endpoint, furnished: Furnished, audit_log: AuditLog) -> Asked:
    """Calls a tool in the furnished clinic; gives the answer and the row that it left."""
    clinic = furnished.clinic

    def ask(name: str, given: dict[str, Any]) -> tuple[Answer, Any]:
        before = audit_log.count(clinic)
        answer = endpoint.call(name, given, token=clinic.owner.token.text)
        (row,) = audit_log.rows(clinic, after=before)
        return answer, row

    return ask


@pytest.mark.promise("10.arguments.patients")
@pytest.mark.usefixtures("rested")
@pytest.mark.parametrize("tool", TOOLS)
def test_the_patients_whom_an_answer_names_are_on_record_each_once(
    asked: Asked, furnished: Furnished, tool: Tool
):
    given = right_arguments(tool, furnished)
    answer, row = asked(tool.name, given)
    assert answer.content
    text = answer.text + str(given)
    named = [patient.id for patient in furnished.patients if str(patient.id) in text]
    assert sorted(row.patient_refs) == sorted(named)


NAMING_MANY = {
    "search_patients": {"query": "alba"},
    "get_appointments": {"date_range": "this_year", "limit": 100},
    "find_labs_due": {},
    "find_follow_ups_due": {},
    "find_refills_due": {},
    "get_inbox": {},
    "find_lab_trend_outliers": {"marker": "alba-2", "direction": "up"},
    "find_abnormal_labs_across_panel": {"panel": "alba_panel"},
}


@pytest.mark.promise("10.arguments.patients")
@pytest.mark.parametrize("name", NAMING_MANY)
def test_a_list_of_patients_names_them_all_and_a_page_only_its_own(
    asked: Asked, furnished: Furnished, name: str
):
    everyone = sorted(patient.id for patient in furnished.patients)
    _, row = asked(name, NAMING_MANY[name])
    assert sorted(row.patient_refs) == everyone
    page, row = asked(name, NAMING_MANY[name] | {"limit": 1})
    (shown,) = next(value for value in page.content.values() if isinstance(value, list))
    assert row.patient_refs == [UUID(shown["patient_id"])]


def test_who_comes_twice_is_named_once(
    endpoint: Endpoint,
    clinic_at: Callable[[str], Clinic],
    audit_log: AuditLog,
    write: Callable[..., None],
):
    clinic = clinic_at("2026-06-30T12:00:00-04:00")
    patient = rows.patient(clinic.tenant_id, "John Smith")
    visits = [rows.appointment(patient, utc(f"2026-07-0{day}T14:00")) for day in (1, 2, 3)]
    write(patient, *visits)
    given = {"date_range": "this_year"}
    answer = endpoint.call("get_appointments", given, token=clinic.owner.token.text)
    assert len(answer.content["appointments"]) == 3
    assert audit_log.only(clinic).patient_refs == [patient.id]


def test_an_answer_that_names_nobody_leaves_nobody_on_record(asked: Asked):
    answer, row = asked("search_patients", {"query": "Gwendolyn"})
    assert answer.content == {"patients": []}
    assert row.patient_refs == []


@pytest.mark.parametrize("tool", OF_ONE)
def test_a_patient_stays_on_record_when_another_argument_is_wrong(asked: Asked, tool: Tool):
    patient, wrong = uuid7(), {"limit": 0, CANARY: CANARY}
    answer, row = asked(tool.name, {"patient_id": str(patient)} | wrong)
    assert "limit: " in answer.refusal
    assert row.patient_refs == [patient]
    assert (row.status, row.reason) == ("error", "invalid_input")


@pytest.mark.promise("10.arguments.keyed-hash")
def test_of_wrong_arguments_the_right_ones_are_kept_as_ever_and_the_wrong_ones_hidden(
    asked: Asked, furnished: Furnished, audit_log: AuditLog
):
    given = {"patient_id": CANARY, "limit": "7", "panel": 5}
    _, row = asked("get_labs", given)
    key = audit_log.key(furnished.clinic)
    hidden = {"patient_id": keyed(CANARY, key), "panel": keyed("5", key)}
    assert row.args_redacted == hidden | {"limit": 7}
    assert row.patient_refs == []


def test_an_argument_that_is_wrong_in_a_harmless_place_is_hidden_too(
    asked: Asked, furnished: Furnished, audit_log: AuditLog
):
    for name, given in (
        ("get_appointments", {"date_range": CANARY}),
        ("find_labs_due", {"within_days": 19_610_501}),
    ):
        _, row = asked(name, given)
        ((argument, value),) = given.items()
        expected = keyed(str(value), audit_log.key(furnished.clinic))
        assert row.args_redacted == {argument: expected}
