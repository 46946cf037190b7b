"""get_lead_funnel and get_membership_metrics: by hand, and against the synthetic clinic."""

from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest

from models.growth import Lead, Membership, MembershipPlan
from tests.mcp_server import rows
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.synthetic import ZONE, Synthetic
from tests.personas import Clinic

NOON = "2026-03-31T12:00:00-04:00"

Write = Callable[..., None]
Asks = Callable[..., Any]


@pytest.fixture
def clinic(clinic_at: Callable[[str], Clinic]) -> Clinic:
    return clinic_at(NOON)


@pytest.fixture
def told(endpoint: Endpoint) -> Asks:
    """What who looks after growth is told."""
    return lambda clinic, tool, **given: (
        endpoint.call(tool, given, token=clinic.growth.token.text).content
    )


def lead(
    clinic: Clinic, source: str, at: str, consult: float | None = None, paying: float | None = None
):
    contacted = rows.utc(at)
    return Lead(
        tenant_id=clinic.tenant_id,
        source=source,
        name="Someone",
        contacted_at=contacted,
        consult_at=None if consult is None else contacted + timedelta(days=consult),
        paying_at=None if paying is None else contacted + timedelta(days=paying),
    )


@pytest.mark.promise("6.get-lead-funnel.stages")
def test_a_cohort_of_leads_by_hand(clinic: Clinic, write: Write, told: Asks):
    write(
        lead(clinic, "search", "2026-03-01T05:00:00+00:00", 2, 10),  # midnight: counts
        lead(clinic, "search", "2026-03-10T12:00:00+00:00", 5, 40),  # became paying later
        lead(clinic, "search", "2026-03-10T12:00:00+00:00", 3),
        lead(clinic, "search", "2026-03-10T12:00:00+00:00"),
        lead(clinic, "event", "2026-03-31T12:00:00+00:00"),
        lead(clinic, "event", "2026-03-01T04:59:59+00:00", 1, 1),  # February
        lead(clinic, "event", "2026-04-01T04:00:00+00:00", 1, 1),  # April
    )
    assert told(clinic, "get_lead_funnel", date_range="this_month") == {
        "first": "2026-03-01",
        "last": "2026-03-31",
        "everyone": {
            "leads": 5,
            "consults": 3,
            "paying": 2,
            "lead_to_consult_percent": 60,  # 3 / 5
            "consult_to_paying_percent": 66.7,  # 2 / 3
            "lead_to_paying_percent": 40,  # 2 / 5
            "median_days_to_consult": 3,  # of 2, 3, 5
            "median_days_to_paying": 25,  # of 10, 40
        },
        "by_source": [
            {
                "source": "event",
                "leads": 1,
                "consults": 0,
                "paying": 0,
                "lead_to_consult_percent": 0,
                "lead_to_paying_percent": 0,
            },
            {
                "source": "search",
                "leads": 4,
                "consults": 3,
                "paying": 2,
                "lead_to_consult_percent": 75,
                "consult_to_paying_percent": 66.7,
                "lead_to_paying_percent": 50,
                "median_days_to_consult": 3,
                "median_days_to_paying": 25,
            },
        ],
    }


def test_no_leads_are_no_rates(clinic: Clinic, told: Asks):
    told_of = told(clinic, "get_lead_funnel", date_range="today")
    assert told_of["everyone"] == {"leads": 0, "consults": 0, "paying": 0}
    assert told_of["by_source"] == []


def plan(clinic: Clinic, name: str, visits: int = 0) -> MembershipPlan:
    return MembershipPlan(
        tenant_id=clinic.tenant_id, name=name, monthly_cents=1, visits_per_quarter=visits
    )


class Members:
    """Members of a clinic, each a patient of one's own."""

    def __init__(self, clinic: Clinic, write: Write) -> None:
        self._clinic, self._write = clinic, write

    def join(self, plan: MembershipPlan, started: str, cents: int, status: str, **over: str) -> Any:
        patient = rows.patient(self._clinic.tenant_id, "John Smith")
        dates: dict[str, Any] = {n: date.fromisoformat(day) for n, day in over.items()}
        member = Membership(
            tenant_id=patient.tenant_id,
            patient_id=patient.id,
            plan_id=plan.id,
            status=status,
            monthly_cents=cents,
            started_on=date.fromisoformat(started),
            **dates,
        )
        self._write(patient, member)
        return patient


@pytest.mark.promise(
    "6.get-membership-metrics.counts",
    "6.get-membership-metrics.revenue",
    "6.get-membership-metrics.at-risk",
)
def test_members_by_hand(clinic: Clinic, write: Write, told: Asks):
    gold, basic, members = plan(clinic, "Gold", 1), plan(clinic, "Basic"), Members(clinic, write)
    write(gold, basic)
    seen = members.join(gold, "2025-01-01", 10_000, "active")
    unused = members.join(gold, "2025-06-15", 10_000, "active")
    members.join(gold, "2026-03-01", 12_000, "active")  # new: no 90 days yet
    members.join(basic, "2026-02-01", 5_000, "past_due")
    members.join(basic, "2025-01-01", 5_000, "paused", paused_on="2026-03-15")
    members.join(basic, "2025-01-01", 5_000, "cancelled", ended_on="2026-03-10")
    members.join(basic, "2025-01-01", 5_000, "lapsed", ended_on="2026-02-28")
    members.join(basic, "2025-01-01", 5_000, "active", ended_on="2026-04-20")
    members.join(basic, "2025-09-02", 5_000, "cancelled", ended_on="2025-09-20")
    write(
        rows.encounter(seen, rows.utc("2026-01-15T12:00:00+00:00")),
        rows.encounter(unused, rows.utc("2025-12-01T12:00:00+00:00")),
    )
    answer = told(clinic, "get_membership_metrics")
    assert answer["everyone"] == {
        "active": 4,
        "paused": 1,
        "past_due": 1,
        "new": 4,
        "churned": 3,
        "mrr_cents": 42_000,  # 10,000 + 10,000 + 12,000 + 5,000 + 5,000
        "arpm_cents": 8_400,  # 42,000 / 5
    }
    assert answer["by_plan"] == [
        {
            "plan": "Basic",
            "active": 1,
            "paused": 1,
            "past_due": 1,
            "new": 2,
            "churned": 3,  # 20 September, 28 February and 10 March; 20 April is to come
            "mrr_cents": 10_000,
            "arpm_cents": 5_000,
        },
        {
            "plan": "Gold",
            "active": 3,
            "paused": 0,
            "past_due": 0,
            "new": 2,  # in June and in March
            "churned": 0,
            "mrr_cents": 32_000,
            "arpm_cents": 10_667,  # 32,000 / 3
        },
    ]
    assert [month["month"] for month in answer["months"]][::11] == ["2025-04", "2026-03"]
    assert answer["months"][-2:] == [
        # At the start: two of gold, four of basic (paused, cancelled, lapsed, ending): one ended.
        # At the end: 2 * 10,000, past due, paused later, cancelled later, ending: 5,000 each.
        {"month": "2026-02", "new": 1, "churned": 1, "churn_percent": 16.7, "mrr_cents": 40_000},
        # At the start: two of gold, past due, paused, cancelled, ending.
        {"month": "2026-03", "new": 1, "churned": 1, "churn_percent": 16.7, "mrr_cents": 42_000},
    ]
    # Who joined and left within September was no member at its start.
    (september,) = [month for month in answer["months"] if month["month"] == "2025-09"]
    told_of = ("new", "churned", "churn_percent")
    assert [september[figure] for figure in told_of] == [1, 1, 0]
    # Past due; no visit in 90 days on gold; ending on 20 April, not lapsed 31 days ago.
    assert answer["at_risk"] == {
        "failed_payment": 1,
        "unused_benefit": 1,
        "lapsing": 1,
        "anyone": 3,
    }


@pytest.mark.promise("6.get-membership-metrics.at-risk")
def test_who_has_lapsed_uses_no_benefit_and_is_not_counted_for_it(
    clinic: Clinic, write: Write, told: Asks
):
    gold, members = plan(clinic, "Gold", 1), Members(clinic, write)
    write(gold)
    members.join(gold, "2025-01-01", 10_000, "lapsed", ended_on="2026-03-20")
    assert told(clinic, "get_membership_metrics")["at_risk"] == {
        "failed_payment": 0,
        "unused_benefit": 0,
        "lapsing": 1,
        "anyone": 1,
    }


def test_a_clinic_without_members_has_no_rates(clinic: Clinic, told: Asks):
    answer = told(clinic, "get_membership_metrics")
    counted = ("active", "paused", "past_due", "new", "churned", "mrr_cents")
    assert answer["everyone"] == dict.fromkeys(counted, 0)
    assert answer["by_plan"] == []
    assert len(answer["months"]) == 12
    assert all("churn_percent" not in month for month in answer["months"])


@pytest.mark.promise("6.get-membership-metrics.revenue", "6.get-lead-funnel.stages")
def test_the_synthetic_clinic_s_figures_are_those_of_other_sql(generated: Synthetic, told: Asks):
    answer = told(generated.clinic, "get_membership_metrics")
    members = generated.rows(
        "SELECT status, monthly_cents, started_on, ended_on FROM app.memberships "
        "WHERE tenant_id = %(tenant)s"
    )
    charged = [cents for status, cents, *_ in members if status in {"active", "past_due"}]
    assert answer["everyone"]["mrr_cents"] == sum(charged) > 0
    assert answer["months"][-1]["mrr_cents"] == sum(charged)
    for month in answer["months"]:
        begun = [f"{started:%Y-%m}" for _, _, started, _ in members if started <= generated.today]
        ended = [f"{end:%Y-%m}" for *_, end in members if end and end <= generated.today]
        assert month["new"] == begun.count(month["month"])
        assert month["churned"] == ended.count(month["month"])
    for figure in ("new", "churned"):
        of_months = sum(month[figure] for month in answer["months"])
        of_plans = sum(plan[figure] for plan in answer["by_plan"])
        assert answer["everyone"][figure] == of_months == of_plans
    funnel = told(generated.clinic, "get_lead_funnel", date_range="last_90_days")
    since = generated.today - timedelta(days=89)
    leads = [
        (consult and (consult - contacted).total_seconds() / 86_400, paying)
        for contacted, consult, paying in generated.rows(
            "SELECT contacted_at, consult_at, paying_at FROM app.leads WHERE tenant_id = %(tenant)s"
        )
        if since <= contacted.astimezone(ZONE).date() <= generated.today
    ]
    days = [days for days, _ in leads if days is not None]
    assert funnel["everyone"]["leads"] == len(leads) > 0
    assert funnel["everyone"]["consults"] == len(days)
    assert funnel["everyone"]["paying"] == sum(1 for _, paying in leads if paying)
    assert funnel["everyone"]["median_days_to_consult"] == round(median(days), 1)
    days_to_paying = [
        (paying - contacted).total_seconds() / 86_400
        for contacted, _, paying in generated.rows(LEADS)
        if paying and since <= contacted.astimezone(ZONE).date() <= generated.today
    ]
    everyone = funnel["everyone"]
    assert everyone["median_days_to_paying"] == round(median(days_to_paying), 1)
    count, consults, paying = len(leads), len(days), len(days_to_paying)
    assert everyone["lead_to_consult_percent"] == round(100 * consults / count, 1)
    assert everyone["consult_to_paying_percent"] == round(100 * paying / consults, 1)
    assert everyone["lead_to_paying_percent"] == round(100 * paying / count, 1)


LEADS = "SELECT contacted_at, consult_at, paying_at FROM app.leads WHERE tenant_id = %(tenant)s"


@pytest.mark.promise(
    "6.get-membership-metrics.revenue",
    "6.get-membership-metrics.at-risk",
)
def test_the_synthetic_clinic_s_months_and_risks_are_those_of_other_sql(
    generated: Synthetic, told: Asks
):
    answer = told(generated.clinic, "get_membership_metrics")
    members = generated.rows(
        "SELECT m.patient_id, m.status, m.monthly_cents, m.started_on, m.ended_on, m.paused_on, "
        "p.name, p.visits_per_quarter FROM app.memberships m "
        "JOIN app.membership_plans p ON p.id = m.plan_id WHERE m.tenant_id = %(tenant)s"
    )
    for month in answer["months"][:-1]:
        start = date.fromisoformat(f"{month['month']}-01")
        end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        there = [m for m in members if m[3] < start and (m[4] is None or m[4] >= start)]
        left = [m for m in there if m[4] and m[4] < end]
        churn = round(100 * len(left) / len(there), 1) if there else None
        assert month.get("churn_percent") == churn
        assert month["mrr_cents"] == sum(
            cents
            for _, _, cents, begun, ended, paused, *_ in members
            if begun < end and (ended is None or ended >= end) and (paused is None or paused >= end)
        )
    for plan in answer["by_plan"]:
        of_plan = [m for m in members if m[6] == plan["plan"]]
        charged = [m[2] for m in of_plan if m[1] in {"active", "past_due"}]
        assert plan["mrr_cents"] == sum(charged)
        assert plan["active"] == sum(1 for m in of_plan if m[1] == "active")
        assert plan["arpm_cents"] == round(sum(charged) / len(charged))
    last_seen = dict(
        generated.rows(
            "SELECT patient_id, max(started_at) FROM app.encounters WHERE tenant_id = %(tenant)s "
            "AND status = 'finished' AND started_at <= %(now)s GROUP BY patient_id"
        )
    )
    day = timedelta(days=1)
    failed = {m[0] for m in members if m[1] == "past_due"}
    unused = {
        m[0]
        for m in members
        if m[1] in {"active", "past_due"}
        and m[7]
        and m[3] <= generated.today - 90 * day
        and (m[0] not in last_seen or last_seen[m[0]] < generated.now - 90 * day)
    }
    lapsing = {
        m[0]
        for m in members
        if m[4]
        and (
            (m[1] == "lapsed" and m[4] > generated.today - 30 * day)
            or (m[1] != "cancelled" and generated.today <= m[4] <= generated.today + 30 * day)
        )
    }
    assert answer["at_risk"] == {
        "failed_payment": len(failed),
        "unused_benefit": len(unused),
        "lapsing": len(lapsing),
        "anyone": len(failed | unused | lapsing),
    }
    assert failed
