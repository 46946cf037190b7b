"""Asking a tool as a person of the clinic would."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from tests.ground import OWNER, SUPERUSER, Database
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.synthetic import Synthetic, open_synthetic
from tests.mcp_server.tools.thyroid_house import LATE_EVENING, House
from tests.personas import Clinic


@pytest.fixture
def ask(endpoint: Endpoint) -> Callable[..., Any]:
    """`ask(clinic, tool, **arguments)` as its provider: the structured content."""

    def ask(clinic: Clinic, tool: str, **arguments: Any) -> Any:
        return endpoint.call(tool, arguments, token=clinic.provider.token.text).content

    return ask


@pytest.fixture
def refusal(endpoint: Endpoint) -> Callable[..., str]:
    """The same, for a call that is refused: what the model is told."""

    def ask(clinic: Clinic, tool: str, **arguments: Any) -> str:
        return endpoint.call(tool, arguments, token=clinic.provider.token.text).refusal

    return ask


@pytest.fixture
def house(
    clinic_at: Callable[[str], Clinic], write: Callable[..., None], ask: Callable[..., Any]
) -> House:
    return House(clinic_at(LATE_EVENING), write, ask)


@pytest.fixture(scope="session")
def generated(database: Database) -> Synthetic:
    """A sandbox filled as at sign-up; for tests that change nothing."""
    return open_synthetic(database)


@pytest.fixture(scope="session")
def synthetic(generated: Synthetic) -> Clinic:
    """Its clinic."""
    return generated.clinic


@pytest.fixture
def seen(synthetic: Clinic, connect: Callable[[str], Connection[Any]]) -> Callable[..., Any]:
    """`seen(sql, *values)`: rows of the synthetic clinic; each `{t}` is its id."""
    owner = connect(OWNER)

    def ask(sql: str, *values: Any) -> list[Any]:
        return owner.execute(sql.replace("{t}", f"'{synthetic.tenant_id}'"), values).fetchall()  # pyright: ignore[reportArgumentType, reportCallIssue] -- a text of the tests' own

    return ask


@pytest.fixture
def taints(connect: Callable[[str], Connection[Any]]) -> Callable[[Clinic], int]:
    """How often someone at a clinic was given untrusted text."""
    owner = connect(SUPERUSER)
    asked = "SELECT count(*) FROM app.mcp_taints WHERE tenant_id = %s"
    return lambda clinic: owner.execute(asked, [clinic.tenant_id]).fetchall()[0][0]
