"""What a tool takes: refused with the argument's name and what is right, never with its value."""

import pytest

from mcp_server import catalog
from mcp_server.arguments import Parameter
from mcp_server.tool import Tool
from services.clinical.lab_protocol import PANELS
from tests.mcp_server.endpoint import Endpoint, without_nonces
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.mcp_server.samples import CANARY, declared, right, right_arguments, wrong_values

TOOLS = [pytest.param(tool, id=name) for name, tool in sorted(catalog.load().items())]
PARAMETERS = [
    pytest.param(tool, parameter, id=f"{name}-{parameter.name}")
    for name, tool in sorted(catalog.load().items())
    for parameter in tool.parameters
]
INTEGERS = [
    pytest.param(tool, parameter.name, id=f"{name}-{parameter.name}")
    for name, tool in sorted(catalog.load().items())
    for parameter in tool.parameters
    if declared(tool, parameter.name)["type"] == "integer"
]

pytestmark = pytest.mark.usefixtures("rested")


@pytest.mark.promise("5.refusals.argument-named")
@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_missing_is_named_all_at_once(endpoint: Endpoint, furnished: Furnished, tool: Tool):
    required = [p.name for p in tool.parameters if p.required]
    for nothing in (None, {}, dict.fromkeys(required)):
        answer = endpoint.call(tool.name, nothing, token=furnished.clinic.owner.token.text)
        if required:
            assert all(f"{name}: is missing; it must be " in answer.refusal for name in required)
        else:
            assert answer.content


@pytest.mark.promise("5.refusals.null")
@pytest.mark.parametrize(("tool", "parameter"), PARAMETERS)
def test_null_counts_as_absent(
    endpoint: Endpoint, furnished: Furnished, tool: Tool, parameter: Parameter
):
    token = furnished.clinic.owner.token.text
    given = right_arguments(tool, furnished)
    absent = {name: value for name, value in given.items() if name != parameter.name}

    def answer(arguments):
        said = endpoint.call(tool.name, arguments, token=token, request_id="same")
        return without_nonces(said.text)

    assert answer(absent | {parameter.name: None}) == answer(absent)


@pytest.mark.promise(
    "5.refusals.argument-unknown", "5.refusals.value-never-repeated", "6.results.flat"
)
@pytest.mark.parametrize("tool", TOOLS)
def test_an_argument_that_there_is_not_is_refused(
    endpoint: Endpoint, furnished: Furnished, tool: Tool
):
    token = furnished.clinic.owner.token.text
    given = right_arguments(tool, furnished)
    answer = endpoint.call(tool.name, given | {"tenant_id": CANARY}, token=token)
    assert answer.refusal.startswith("tenant_id: is not an argument here: this takes ")
    assert CANARY not in answer.text
    odd = endpoint.call(tool.name, given | {f"{CANARY} was born 1961": 1}, token=token)
    assert odd.refusal.startswith("one argument: is not an argument here")
    assert CANARY not in odd.text


@pytest.mark.promise("5.refusals.argument-named", "5.refusals.value-never-repeated")
@pytest.mark.parametrize(("tool", "parameter"), PARAMETERS)
def test_a_wrong_value_is_named_and_never_repeated(
    server: Server, furnished: Furnished, audit_log: AuditLog, tool: Tool, parameter: Parameter
):
    clinic = furnished.clinic
    before = audit_log.count(clinic)
    wrong = wrong_values(declared(tool, parameter.name))
    for what, value in wrong.items():
        given = right_arguments(tool, furnished) | {parameter.name: value}
        answer = server.endpoint.call(tool.name, given, token=clinic.owner.token.text)
        assert answer.refusal.startswith(f"{parameter.name}: must be "), what
        assert CANARY not in answer.text, what
    assert CANARY not in server.log
    recorded = audit_log.rows(clinic, after=before)
    assert [(r.tool_name, r.status, r.reason) for r in recorded] == [
        (tool.name, "error", "invalid_input")
    ] * len(wrong)
    assert CANARY not in str(recorded)


@pytest.mark.promise("5.refusals.integer")
@pytest.mark.parametrize(("tool", "parameter"), INTEGERS)
def test_an_integer_may_come_as_clients_send_it(
    endpoint: Endpoint, furnished: Furnished, tool: Tool, parameter: str
):
    token = furnished.clinic.owner.token.text
    number = right(tool, parameter, furnished)
    given = right_arguments(tool, furnished)
    answers = [
        endpoint.call(tool.name, given | {parameter: form}, token=token, request_id="same")
        for form in (number, str(number), float(number))
    ]
    assert len({without_nonces(answer.text) for answer in answers}) == 1
    assert answers[0].content


@pytest.mark.parametrize("arguments", [[], [1], CANARY, 5, 0, False, True])
def test_arguments_are_an_object(endpoint: Endpoint, furnished: Furnished, arguments):
    token = furnished.clinic.owner.token.text
    answer = endpoint.call("whoami", arguments, token=token)
    assert answer.refusal == "arguments: must be an object"


@pytest.mark.promise("5.refusals.argument-named")
def test_all_that_is_wrong_is_said_at_once(endpoint: Endpoint, furnished: Furnished):
    token = furnished.clinic.owner.token.text
    answer = endpoint.call("get_labs", {"limit": 0, "panel": 3, "colour": 1}, token=token)
    assert answer.refusal == (
        "patient_id: is missing; it must be an id (UUID) as another tool returned it; "
        "panel: must be text of 1 to 40 characters; limit: must be an integer from 1 to 200; "
        "colour: is not an argument here: this takes patient_id, panel, limit, cursor"
    )


SAID_MORE = {
    "   ": "must be text with 2 or more characters besides spaces around it",
    " x": "must be text with 2 or more characters besides spaces around it",
    "\t\n\u3000": "must be text with 2 or more characters besides spaces around it",
    f"{CANARY}\0": "must be text without the character U+0000, which the database cannot hold",
}


@pytest.mark.promise("6.search-patients.bounds")
@pytest.mark.parametrize("query", SAID_MORE)
def test_it_is_said_what_is_wrong_where_the_rule_does_not_tell(
    endpoint: Endpoint, furnished: Furnished, query: str
):
    token = furnished.clinic.owner.token.text
    answer = endpoint.call("search_patients", {"query": query}, token=token)
    assert answer.refusal == f"query: {SAID_MORE[query]}"


@pytest.mark.parametrize("tool", ["get_labs", "find_labs_due"])
def test_a_panel_may_be_written_in_capitals(endpoint: Endpoint, furnished: Furnished, tool: str):
    token = furnished.clinic.owner.token.text
    given = right_arguments(catalog.load()[tool], furnished)
    answers = {
        endpoint.call(tool, given | {"panel": panel}, token=token, request_id="same").body
        for panel in (furnished.panel, furnished.panel.upper(), furnished.panel.title())
    }
    assert len(answers) == 1
    assert str(furnished.patients[0].id).encode() in answers.pop() or tool == "get_labs"


def test_the_panels_of_every_clinic_are_told_where_a_panel_is_asked_for():
    for tool in catalog.load().values():
        if "panel" in {p.name for p in tool.parameters}:
            said = declared(tool, "panel")["description"]
            assert [panel.key for panel in PANELS if panel.key not in said] == []


@pytest.mark.promise("6.lists.opaque")
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!",
        "e30",
        "W10",
        "bnVsbA",
        "====",
        "ñ",
        "WyIyMDI2IiwgMV0",
        "W251bGwsbnVsbF0",
        "a" * 300,
    ],
)
def test_a_cursor_that_no_answer_gave_is_refused(
    endpoint: Endpoint, furnished: Furnished, cursor: str
):
    for tool in catalog.load().values():
        if "cursor" not in {p.name for p in tool.parameters}:
            continue
        given = right_arguments(tool, furnished) | {"cursor": cursor}
        answer = endpoint.call(tool.name, given, token=furnished.clinic.owner.token.text)
        assert answer.refusal == (
            "cursor: must be the next_cursor that this list gave to the same question, with the "
            "other arguments as they were (limit may differ); leave it out to begin the list again"
        )


def test_an_unpaired_surrogate_is_no_json(server: Server, furnished: Furnished):
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_patients",'
        b'"arguments":{"query":"Kanarienvogel\\ud800"}}}'
    )
    answer = server.endpoint.post(body, token=furnished.clinic.owner.token.text)
    assert (answer.status, answer.code) == (400, -32700)
    assert CANARY not in answer.text + server.log
