"""The official inspector, with nothing but the URL and the bearer header."""

import json
from subprocess import CompletedProcess

import pytest

from mcp_server import catalog
from tests.conformance.conftest import Run
from tests.conformance.programs import needs
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.samples import right_arguments

pytestmark = needs("mcp-inspector")

ERAS = ("modern", "legacy", "auto")


def inspect(
    run: Run, endpoint: Endpoint, token: str, era: str, *asked: str
) -> CompletedProcess[str]:
    reached = ["--cli", endpoint.url, "--transport", "http", "--protocol-era", era]
    return run("mcp-inspector", *reached, "--header", f"Authorization: Bearer {token}", *asked)


@pytest.mark.parametrize("era", ERAS)
def test_all_schemas_are_portable(run: Run, endpoint: Endpoint, furnished: Furnished, era: str):
    token = furnished.clinic.owner.token.text
    listed = inspect(run, endpoint, token, era, "--method", "tools/list", "--strict")
    assert (listed.returncode, listed.stderr) == (0, "")
    names = [tool["name"] for tool in json.loads(listed.stdout)["tools"]]
    assert names == sorted(catalog.load())


@pytest.mark.parametrize("era", ERAS)
def test_a_tool_is_called(run: Run, endpoint: Endpoint, furnished: Furnished, era: str):
    token = furnished.clinic.owner.token.text
    called = inspect(
        run,
        endpoint,
        token,
        era,
        *("--method", "tools/call", "--tool-name", "search_patients", "--tool-arg", "query=alba"),
    )
    assert called.returncode == 0, called.stderr
    assert len(json.loads(called.stdout)["structuredContent"]["patients"]) == 3


@pytest.mark.parametrize("name", sorted(catalog.load()))
def test_every_tool_is_called_with_its_arguments_in_json(
    run: Run, endpoint: Endpoint, furnished: Furnished, name: str
):
    token = furnished.clinic.owner.token.text
    given = json.dumps(right_arguments(catalog.load()[name], furnished))
    asked = ("--method", "tools/call", "--tool-name", name, "--tool-args-json", given)
    called = inspect(run, endpoint, token, "auto", *asked)
    assert called.returncode == 0, called.stderr
    assert json.loads(called.stdout)["structuredContent"]


def test_without_a_credential_it_says_that_one_is_needed(run: Run, endpoint: Endpoint):
    refused = inspect(run, endpoint, "x", "auto", "--method", "tools/list")
    assert refused.returncode == 3
    assert "auth_required" in refused.stderr
