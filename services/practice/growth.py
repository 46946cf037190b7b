"""How people come and stay: leads on their way to a first payment, and memberships by month."""

from datetime import date
from typing import NamedTuple

from models.permission import Permission
from services.database.session import ClinicSession
from services.database.statement import statement
from services.date_range import DateRange

MONTHS = 12
"""As many as are told, the present one last."""

_FUNNEL = statement(
    """
SELECT l.source, count(*), count(l.consult_at), count(l.paying_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.consult_at - l.contacted_at)
                                                   / 86400),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.paying_at - l.contacted_at)
                                                   / 86400)
  FROM leads l WHERE l.contacted_at >= :begin AND l.contacted_at < :end
 GROUP BY GROUPING SETS ((l.source), ()) ORDER BY l.source NULLS FIRST
"""
)
_NOW = statement(
    """
SELECT pl.name, count(*) FILTER (WHERE m.status = 'active'),
       count(*) FILTER (WHERE m.status = 'paused'),
       count(*) FILTER (WHERE m.status = 'past_due'),
       count(*) FILTER (WHERE m.started_on >= :first),
       count(*) FILTER (WHERE m.ended_on BETWEEN :first AND :today),
       coalesce(sum(m.monthly_cents) FILTER (WHERE m.status IN ('active', 'past_due')), 0)::bigint
  FROM membership_plans pl
  LEFT JOIN memberships m ON m.tenant_id = pl.tenant_id AND m.plan_id = pl.id
   AND m.started_on <= :today
 GROUP BY GROUPING SETS ((pl.tenant_id, pl.id, pl.name), ())
 ORDER BY pl.name NULLS FIRST
"""
)
_BY_MONTH = statement(
    """
SELECT f.month::date,
       count(*) FILTER (WHERE m.started_on >= f.month AND m.started_on < f.told),
       count(*) FILTER (WHERE m.ended_on >= f.month AND m.ended_on < f.told),
       count(*) FILTER (WHERE m.ended_on >= f.month AND m.ended_on < f.told
                          AND m.started_on < f.month),
       count(*) FILTER (WHERE m.started_on < f.month
                          AND (m.ended_on IS NULL OR m.ended_on >= f.month)),
       coalesce(sum(m.monthly_cents) FILTER (
         WHERE m.started_on <= :today AND (m.ended_on IS NULL OR m.ended_on >= f.told)
           AND (m.paused_on IS NULL OR m.paused_on >= f.told)), 0)::bigint
  FROM (SELECT g AS month, g + interval '1 month' AS next,
               least(g + interval '1 month', CAST(:today AS date) + 1) AS told
          FROM generate_series(CAST(:first AS date), CAST(:today AS date), interval '1 month') g) f
  LEFT JOIN memberships m ON m.started_on < f.next
 GROUP BY f.month ORDER BY f.month
"""
)
_AT_RISK = statement(
    """
SELECT count(*) FILTER (WHERE r.failed), count(*) FILTER (WHERE r.unused),
       count(*) FILTER (WHERE r.lapsing), count(*) FILTER (WHERE r.failed OR r.unused OR r.lapsing)
  FROM (
    SELECT m.status = 'past_due' AS failed,
           m.status <> 'lapsed' AND pl.visits_per_quarter > 0
           AND m.started_on <= CAST(:today AS date) - 90 AND NOT EXISTS (
             SELECT FROM encounters e
              WHERE e.tenant_id = m.tenant_id AND e.patient_id = m.patient_id
                AND e.status = 'finished' AND e.started_at <= :now
                AND e.started_at >= CAST(:now AS timestamptz) - interval '90 days'
           ) AS unused,
           m.status = 'lapsed' OR m.ended_on BETWEEN :today AND CAST(:today AS date) + 30 AS lapsing
      FROM memberships m
      JOIN membership_plans pl ON pl.tenant_id = m.tenant_id AND pl.id = m.plan_id
     WHERE m.started_on <= :today
       AND (m.status IN ('active', 'past_due')
            OR m.status = 'lapsed' AND m.ended_on > CAST(:today AS date) - 30)
  ) r
"""
)


class Source(NamedTuple):
    """Leads of one source, or of all where it is None, and how far they came."""

    source: str | None
    leads: int
    consults: int
    paying: int
    days_to_consult: float | None
    """Median, from first contact."""
    days_to_paying: float | None


class Funnel(NamedTuple):
    """Leads that first made contact in a range of days."""

    first: date
    last: date
    everyone: Source
    sources: list[Source]


class Plan(NamedTuple):
    """Members of one plan today, or of all where it is None; cents a month."""

    plan: str | None
    active: int
    paused: int
    past_due: int
    new: int
    """In the present month and the eleven before it; so is churned."""
    churned: int
    mrr: int


class Month(NamedTuple):
    """Of one month of the clinic's calendar; cents."""

    month: date
    """Its first day."""
    new: int
    churned: int
    churned_of_start: int
    """Of those who were members at its start: who joined and left within it is none of them."""
    at_start: int
    mrr: int
    """At its end, or today."""

    @property
    def churn_percent(self) -> float | None:
        """Of the members at its start, those who ended in it; None where there were none."""
        return round(100 * self.churned_of_start / self.at_start, 1) if self.at_start else None


class AtRisk(NamedTuple):
    """Members who may be lost; one may count in several."""

    failed_payment: int
    unused_benefit: int
    lapsing: int
    anyone: int


class Memberships(NamedTuple):
    """Memberships today and in the last twelve months."""

    everyone: Plan
    plans: list[Plan]
    months: list[Month]
    at_risk: AtRisk


async def funnel(clinic: ClinicSession, date_range: DateRange) -> Funnel:
    """How far the leads of a range of days have come since: the cohort by first contact.

    Whoever came later than the range counts too. Raises NotPermitted.
    """
    clinic.require(Permission.VIEW_GROWTH)
    principal = await clinic.begin()
    first, last = date_range.days(principal.today)
    begin, end = date_range.instants(principal.today, principal.zone)
    rows = await clinic.rows(_FUNNEL, begin=begin, end=end)
    everyone, *sources = [Source._make(row) for row in rows]
    return Funnel(first, last, everyone, sources)


async def memberships(clinic: ClinicSession) -> Memberships:
    """Members today by plan, and new, churned and recurring revenue of the last twelve months.

    Monthly recurring revenue counts members who are charged: active, and past due while they are
    dunned; a paused one pays nothing. Churn of a month is who ended in it of those who were members
    at its start. At risk is a member who is past due (a charge failed), one of three
    months or more without a visit in 90 days on a plan that includes visits, and one who has lapsed
    in the last 30 days or ends within the next. Raises NotPermitted.
    """
    clinic.require(Permission.VIEW_GROWTH)
    today = (await clinic.begin()).today
    back = today.year * 12 + today.month - MONTHS
    window = {"today": today, "first": date(back // 12, back % 12 + 1, 1)}
    now, months, at_risk = await clinic.ask(
        (_NOW, window),
        (_BY_MONTH, window),
        (_AT_RISK, {"today": today, "now": clinic.principal.now}),
    )
    everyone, *plans = [Plan._make(row) for row in now]
    return Memberships(
        everyone, plans, [Month._make(row) for row in months], AtRisk._make(at_risk[0])
    )
