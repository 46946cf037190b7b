"""The official conformance suite asks the product, as far as it speaks of what that offers."""

import re
from pathlib import Path

import pytest

from tests.conformance.checks import checks, failed, passed
from tests.conformance.conftest import Run
from tests.conformance.programs import needs
from tests.mcp_server.process import Server

pytestmark = needs("conformance")

OFFERED = {
    "2026-07-28": [
        "caching",
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-ignore-extra-params",
        "input-required-result-missing-input-response",
        "input-required-result-unsupported-methods",
        "input-required-result-validate-input",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
        "server-stateless",
        "tools-list",
    ],
    "2025-11-25": [
        "dns-rebinding-protection",
        "ping",
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "tools-list",
    ],
}
"""Scenarios that need nothing but tools; others call the suite's own tools and resources."""

NOT_OFFERED = re.compile(
    r"Not testable: server does not list the diagnostic tool"
    r"|(prompts/list|resources/list|resources/templates/list) returned JSON-RPC error -32601"
)
"""Why a check of these scenarios may fail all the same."""


@pytest.mark.promise("5.endpoint.conformance")
@pytest.mark.parametrize("revision", OFFERED)
def test_every_check_of_what_is_offered_passes(
    run: Run, open_door: Server, tmp_path: Path, revision: str
):
    url = open_door.endpoint.url
    run("conformance", "server", "--url", url, "--requirements", revision, "-o", str(tmp_path))
    found = checks(tmp_path)
    offered = {scenario: found[scenario] for scenario in OFFERED[revision]}
    assert [one for one in failed(offered) if not NOT_OFFERED.match(one[2])] == []
    assert passed(offered) >= {"2026-07-28": 50, "2025-11-25": 9}[revision]


def test_no_scenario_makes_the_server_fail(run: Run, open_door: Server, tmp_path: Path):
    url = open_door.endpoint.url
    run("conformance", "server", "--url", url, "--suite", "all", "-o", str(tmp_path))
    assert len(checks(tmp_path)) > 40
    assert "Traceback" not in open_door.log
    assert "incident" not in open_door.log
