"""What a revision requires of a server, as the official suite has it, asked of our own edge."""

import re
from pathlib import Path

import pytest

from models.vocabulary import Tier
from services.identity.token import new_token
from services.settings import PROJECT
from tests.conformance.checks import checks, failed, passed
from tests.conformance.conftest import Run
from tests.conformance.programs import needs
from tests.ground import Database
from tests.mcp_server.process import Server

pytestmark = needs("conformance")

EXPECTED = PROJECT / "tests" / "conformance" / "expected_failures.yml"

NO_STREAM = re.compile(
    r"Failed: MCP error -32600: Cannot send '.+': this transport context has no back-channel"
    r"|No (progress|log) notifications received"
)
"""How an expected failure looks: what the scenario waits for cannot be sent."""

NOT_SCORED = re.compile(r"tasks-.+|http-custom-header-server-validation")
"""Extensions, and what the suite's own server does not pass, are run but required of nobody: we
have no long-running tasks, and no argument that a client should repeat in a header."""


@pytest.mark.promise("5.endpoint.conformance")
@pytest.mark.parametrize(("revision", "least"), [("2026-07-28", 140), ("2025-11-25", 60)])
def test_it_passes_all_but_what_is_listed_with_a_reason(
    run: Run, everything: Server, tmp_path: Path, revision: str, least: int
):
    reached = ("server", "--url", everything.endpoint.url, "--requirements", revision)
    ran = run("conformance", *reached, "--expected-failures", str(EXPECTED), "-o", str(tmp_path))
    assert ran.returncode == 0, ran.stdout
    found = checks(tmp_path)
    assert passed(found) >= least
    unlike = [
        (scenario, check, said)
        for scenario, check, said in failed(found)
        if not NOT_SCORED.fullmatch(scenario) and not NO_STREAM.match(said)
    ]
    assert unlike == []
    assert "Traceback" not in everything.log
    assert "incident" not in everything.log


def test_what_the_suite_looks_for_is_behind_the_check_of_credentials(
    database: Database, tmp_path: Path
):
    module, unknown = "tests.conformance.everything", new_token(Tier.SANDBOX).text
    with Server(database, tmp_path / "log", module=module, arguments=[unknown]) as server:
        server.wait_until_ready()
        for method in ("tools/list", "tools/call", "prompts/list", "resources/read"):
            assert server.endpoint.ask(method, {}, token=None).status == 401


def test_the_run_fails_for_a_failure_that_is_not_listed_and_for_one_that_no_longer_fails(
    run: Run, everything: Server, tmp_path: Path
):
    asked = ("--scenario", "tools-call-with-progress", "--spec-version", "2025-11-25")
    reached = ("server", "--url", everything.endpoint.url, *asked, "--expected-failures")
    none, stale = tmp_path / "none.yml", tmp_path / "stale.yml"
    none.write_text("server: []\n")
    assert run("conformance", *reached, str(none)).returncode == 1
    assert run("conformance", *reached, str(EXPECTED)).returncode == 0
    stale.write_text("server:\n  - ping\n")
    reached = ("server", "--url", everything.endpoint.url, "--scenario", "ping")
    assert run("conformance", *reached, "--expected-failures", str(stale)).returncode == 1
