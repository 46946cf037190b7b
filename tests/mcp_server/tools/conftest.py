"""Asking a tool as a person of the clinic would."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.mcp_server.endpoint import Endpoint
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
