"""whoami: for whom this connection acts, and what is left of its limits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from mcp_server import catalog
from models.permission import GRANTS, Role
from tests.ground import APP, OWNER
from tests.mcp_server import people
from tests.mcp_server.endpoint import Endpoint
from tests.personas import Clinic

CATALOG = catalog.load()


@pytest.mark.promise("6.whoami.who")
def test_it_says_clinic_person_role_and_limits(
    clinic_at: Callable[[str], Clinic],
    endpoint: Endpoint,
    connect: Callable[[str], Connection[Any]],
):
    clinic = clinic_at("2026-12-31T23:30:00-05:00")
    connect(OWNER).execute(
        "UPDATE app.staff SET credentials = 'RN' WHERE user_id = %s", [clinic.nurse.user_id]
    )
    content = endpoint.call("whoami", token=clinic.nurse.token.text).content
    ((expires, runs_out),) = connect(OWNER).execute(
        "SELECT c.expires_at, t.sandbox_expires_at FROM app.mcp_credentials c "
        "JOIN app.tenants t USING (tenant_id) WHERE c.id = %s",
        [clinic.nurse.credential_id],
    )
    assert content.pop("connection_expires").startswith("2027-04-01T00:30")
    assert content.pop("sandbox_expires").startswith("2027-01-30T23:30")
    assert timedelta(days=60) <= expires - runs_out < timedelta(days=60, seconds=5)
    assert content == {
        "clinic": clinic.name,
        "tier": "sandbox",
        "person": "Nurse, RN",
        "role": "nurse",
        "connection": "Assistant",
        "tools": sorted(
            n for n, t in CATALOG.items() if t.permission in {None, *GRANTS[Role.NURSE]}
        ),
        "today": "2026-12-31",
        "time_zone": "America/New_York",
        "requests_left_this_minute": 599,
        "tainted": False,
    }


def test_a_production_clinic_has_no_sandbox_to_run_out(endpoint: Endpoint, production: Clinic):
    content = endpoint.call("whoami", token=production.growth.token.text).content
    assert (content["tier"], content["role"]) == ("production", "growth")
    assert "sandbox_expires" not in content


@pytest.mark.promise("6.whoami.who")
def test_a_person_with_two_credentials_is_told_of_the_one_in_use(
    endpoint: Endpoint, clinic: Clinic, connect: Callable[[str], Connection[Any]]
):
    _, token = people.mint(connect(APP), clinic.provider)
    assert endpoint.call("whoami", token=token.text).content["connection"] == "Another"
    own = endpoint.call("whoami", token=clinic.provider.token.text).content
    assert (own["connection"], own["requests_left_this_minute"]) == ("Assistant", 599)
