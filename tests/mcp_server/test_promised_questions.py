"""What a clinic asks, by the official client in one or two calls: the answers follow the data."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from mcp import Client

from models.lab import LabResult
from models.patient import Patient
from tests import factories
from tests.ground import OWNER, Database
from tests.mcp_server import rows
from tests.mcp_server.endpoint import MODERN, Endpoint
from tests.mcp_server.synthetic import Synthetic, open_synthetic
from tests.mcp_server.test_official_client import connected

pytestmark = pytest.mark.anyio

MOST_CALLS = 2


class Assistant:
    """A client that may call twice to answer a question."""

    def __init__(self, client: Client):
        self._client, self._calls = client, 0

    def asked(self) -> None:
        """A new question."""
        self._calls = 0

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        self._calls += 1
        assert self._calls <= MOST_CALLS
        result = await self._client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content


@pytest.fixture
def sandbox(database: Database) -> Synthetic:
    """One of its own, since its data change."""
    return open_synthetic(database)


@pytest.fixture
async def assistant(endpoint: Endpoint, sandbox: Synthetic) -> AsyncGenerator[Assistant]:
    async with connected(endpoint, sandbox.clinic.owner.token.text, MODERN) as client:
        yield Assistant(client)


@pytest.fixture
def change(sandbox: Synthetic, database: Database) -> Callable[..., None]:
    """Carries out a statement in this clinic."""

    def carry_out(sql: str, **values: Any) -> None:
        given = {"tenant": sandbox.clinic.tenant_id, "now": sandbox.now} | values
        with database.connect(OWNER) as owner:
            changed = owner.execute(sql.encode(), given)
            assert changed.rowcount > 0

    return carry_out


@pytest.mark.promise("6.questions.who-is-due")
async def test_which_patients_are_due_for_labs(
    assistant: Assistant, sandbox: Synthetic, write: Callable[..., None]
):
    due = (await assistant.call("find_labs_due"))["due"]
    first = due[0]
    assert first["days_overdue"] > 0
    loincs = sandbox.rows(
        """SELECT m.loinc FROM app.lab_panels p
             JOIN app.lab_panel_markers m ON m.tenant_id = p.tenant_id AND m.panel_id = p.id
            WHERE p.tenant_id = %(tenant)s AND p.key = %(panel)s""",
        panel=first["panel"],
    )
    write(*(drawn(sandbox, first["patient_id"], loinc) for (loinc,) in loincs))
    assistant.asked()
    again = (await assistant.call("find_labs_due"))["due"]
    assert again == due[1:]


@pytest.mark.promise("6.questions.missed")
async def test_who_missed_last_week_and_has_not_rebooked(
    assistant: Assistant, sandbox: Synthetic, write: Callable[..., None]
):
    async def not_rebooked() -> list[str]:
        assistant.asked()
        asked = {"date_range": "last_week"}
        visits = (await assistant.call("get_no_shows_and_cancellations", **asked))["visits"]
        return [v["patient_id"] for v in visits if "rebooked" not in v]

    missing = await not_rebooked()
    assert missing
    write(rows.appointment(known(sandbox, missing[0]), sandbox.now + timedelta(days=5)))
    assert await not_rebooked() == missing[1:]


@pytest.mark.promise("6.questions.climbs")
async def test_whose_hematocrit_climbs(
    assistant: Assistant, sandbox: Synthetic, change: Callable[..., None]
):
    asked = {"marker": "hematocrit", "direction": "up"}
    trends = (await assistant.call("find_lab_trend_outliers", **asked))["trends"]
    steepest = trends[0]
    assert steepest["slope_per_month"] > 0
    change(
        """UPDATE app.lab_results SET value = 40 WHERE tenant_id = %(tenant)s
              AND patient_id = %(patient)s AND loinc = '4544-3'""",
        patient=steepest["patient_id"],
    )
    assistant.asked()
    again = (await assistant.call("find_lab_trend_outliers", **asked))["trends"]
    assert again == trends[1:], "a level line does not climb"


@pytest.mark.promise("6.questions.runs-out")
async def test_who_runs_out_of_medication_in_ten_days_and_what_blocks_the_refill(
    assistant: Assistant, sandbox: Synthetic, change: Callable[..., None]
):
    refills = (await assistant.call("find_refills_due", within_days=10))["refills"]
    assert all(refill["days_left"] <= 10 for refill in refills)
    blocked = next(r for r in refills if r["blocked_by"] == ["authorization"])
    change(
        """UPDATE app.medications SET authorization_status = 'approved'
            WHERE tenant_id = %(tenant)s AND patient_id = %(patient)s AND rxnorm = %(rxnorm)s""",
        patient=blocked["patient_id"],
        rxnorm=blocked["rxnorm"],
    )
    assistant.asked()
    again = (await assistant.call("find_refills_due", within_days=10))["refills"]
    free = blocked | {"blocked_by": []}
    assert again == [free if refill == blocked else refill for refill in refills]
    change(
        """UPDATE app.medications SET last_filled_on = (%(now)s)::date
            WHERE tenant_id = %(tenant)s AND patient_id = %(patient)s AND rxnorm = %(rxnorm)s""",
        patient=blocked["patient_id"],
        rxnorm=blocked["rxnorm"],
    )
    assistant.asked()
    filled = (await assistant.call("find_refills_due", within_days=10))["refills"]
    assert filled == [refill for refill in again if refill != free]


@pytest.mark.promise("6.questions.membership")
async def test_what_membership_did_this_month(
    assistant: Assistant, sandbox: Synthetic, write: Callable[..., None]
):
    before = await assistant.call("get_membership_metrics")
    newcomer = rows.patient(sandbox.clinic.tenant_id, "Ada Newcomer")
    joined = rows.membership(newcomer, "Founders", monthly_cents=12_300, started_on=sandbox.today)
    write(newcomer, *joined)
    assistant.asked()
    after = await assistant.call("get_membership_metrics")
    assert after["months"][:-1] == before["months"][:-1]
    this, was = after["months"][-1], before["months"][-1]
    assert this["month"] == f"{sandbox.today:%Y-%m}"
    assert this["new"] == was["new"] + 1
    assert this["mrr_cents"] == was["mrr_cents"] + 12_300


@pytest.mark.promise("6.questions.tomorrow")
async def test_tomorrows_visits(
    assistant: Assistant, sandbox: Synthetic, write: Callable[..., None]
):
    async def visits() -> list[dict[str, Any]]:
        assistant.asked()
        return (await assistant.call("get_appointments", date_range="tomorrow"))["appointments"]

    before = await visits()
    starts = [datetime.fromisoformat(visit["starts"]) for visit in before]
    assert {start.date() for start in starts} <= {sandbox.today + timedelta(days=1)}
    ((anybody,), *_) = sandbox.rows(ANYBODY)
    write(rows.appointment(known(sandbox, anybody), sandbox.now + timedelta(days=1)))
    after = await visits()
    assert len(after) == len(before) + 1
    assert [visit for visit in after if visit in before] == before


ANYBODY = "SELECT id FROM app.patients WHERE tenant_id = %(tenant)s AND status = 'active'"


def known(sandbox: Synthetic, patient_id: str) -> Patient:
    """A patient of the clinic, to hang a row on."""
    return rows.patient(sandbox.clinic.tenant_id, "Known Already", id=UUID(str(patient_id)))


def drawn(sandbox: Synthetic, patient_id: str, loinc: str) -> LabResult:
    """A result of today."""
    of = known(sandbox, patient_id)
    return factories.lab_result(of, loinc=loinc, collected_at=sandbox.now)
