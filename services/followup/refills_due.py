"""What runs out, and what has to be done before it can be refilled."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from models.permission import Permission
from models.vocabulary import UPCOMING, AuthorizationStatus, RefillBlocker
from services.clinical.patients import NEXT_VISIT
from services.database.session import ClinicSession
from services.database.statement import statement
from services.followup.follow_ups_due import TOLD
from services.followup.labs_due import DrugLabsDue, due_by_drug
from services.paging import Listing, Page

_RUNS_OUT = statement(
    f"""
WITH page AS (
  SELECT m.id AS medication_id, m.rxnorm, m.ingredient_rxnorm, m.label, m.as_needed,
         m.last_filled_on, m.supply_days, m.refills_left, m.authorization_status, f.runs_out_on,
         p.tenant_id, p.id, p.given_name, p.family_name
    FROM medications m
    JOIN patients p ON p.tenant_id = m.tenant_id AND p.id = m.patient_id AND p.status = 'active'
   CROSS JOIN LATERAL (SELECT coalesce(m.last_filled_on, m.started_on) AS filled_on,
                              coalesce(m.last_filled_on, m.started_on) + m.supply_days
                              AS runs_out_on) f
   WHERE m.status = 'active' AND f.runs_out_on <= :until
     AND (f.runs_out_on, m.id) > (:runs_out_on, :medication_id)
     AND NOT EXISTS (SELECT FROM medications n
                      WHERE n.tenant_id = m.tenant_id AND n.patient_id = m.patient_id
                        AND n.rxnorm = m.rxnorm AND n.status = 'active'
                        AND n.started_on > m.started_on
                        AND coalesce(n.last_filled_on, n.started_on) >= f.filled_on)
   ORDER BY f.runs_out_on, m.id LIMIT :limit
)
SELECT p.medication_id, p.id, p.given_name, p.family_name, p.rxnorm, p.ingredient_rxnorm, p.label,
       p.as_needed, p.last_filled_on, p.supply_days, p.refills_left, p.authorization_status,
       p.runs_out_on, (SELECT t.follow_up_due_on FROM {TOLD} t), {NEXT_VISIT},
       (SELECT count(*) FROM lab_results r
         WHERE r.tenant_id = p.tenant_id AND r.patient_id = p.id AND r.acknowledged_at IS NULL
           AND r.flag IN ('LL', 'L', 'H', 'HH') AND r.collected_at >= :a_year_ago)
  FROM page p ORDER BY p.runs_out_on, p.medication_id
"""  # noqa: S608 -- parts of our own
)

_Place = tuple[date, UUID]
_START: _Place = (date.min, UUID(int=0))


class Supply(NamedTuple):
    """A prescription whose last fill ends, and whose it is; times are UTC."""

    medication_id: UUID
    patient_id: UUID
    given_name: str
    family_name: str
    rxnorm: str
    ingredient_rxnorm: str | None
    label: str
    as_needed: bool
    last_filled_on: date | None
    supply_days: int
    refills_left: int | None
    """None where it is not known."""
    authorization_status: str
    runs_out_on: date
    """The first day without supply."""
    back_by: date | None
    """When the patient was told to come back."""
    next_visit_at: datetime | None
    unseen: int
    """Abnormal results of the last twelve months, of any marker, that nobody acknowledged."""


class RefillDue(NamedTuple):
    """A medication that runs out; nothing blocks its refill where `blockers` is empty."""

    supply: Supply
    blockers: list[RefillBlocker]
    panels: list[str]
    """Keys of the panels that are due because of it, the longest due first."""


async def due(
    clinic: ClinicSession, *, within_days: int, limit: int, cursor: str | None = None
) -> Page[RefillDue]:
    """Active medication that runs out by `within_days` from today, what runs out first first.

    It runs out `supply_days` after the day on which it was last filled, or was started where no
    fill is on record; how long one fill lasts is what the prescription says. What has no
    `supply_days`, or was renewed by a later prescription of the same product, is left out. What
    blocks the refill today:

    * labs: a panel is due by the clinic's interval for this drug (`labs_due.due_by_drug`);
    * visit: the day by which the patient was told to come back has come, and the patient has not
      been seen since (`follow_ups_due.TOLD`), also where a visit is booked;
    * authorization: it is needed and not there;
    * no refills: the prescription is known to have none left.

    Raises NotPermitted, InvalidInput for the cursor.
    """
    clinic.require(Permission.VIEW_CHARTS)
    listing = Listing(clinic, "refills due", within_days)
    runs_out_on, medication_id = listing.place(cursor, _Place, _START)
    principal = await clinic.begin()
    rows = await clinic.rows(
        _RUNS_OUT,
        now=principal.now,
        a_year_ago=principal.now - timedelta(days=365),
        until=principal.today + timedelta(days=within_days),
        upcoming=UPCOMING,
        runs_out_on=runs_out_on,
        medication_id=medication_id,
        limit=limit + 1,
    )
    supplies = [Supply._make(row) for row in rows]
    patients = list({supply.patient_id for supply in supplies})
    labs = await due_by_drug(clinic, patients) if patients else []
    found = [_refill(supply, labs, principal.today) for supply in supplies]
    return listing.page(found, limit, _place)


def _place(refill: RefillDue) -> _Place:
    return refill.supply.runs_out_on, refill.supply.medication_id


def _refill(supply: Supply, labs: Sequence[DrugLabsDue], today: date) -> RefillDue:
    drug = {supply.rxnorm, supply.ingredient_rxnorm}
    panels = [
        due.panel_key
        for due in labs
        if due.patient_id == supply.patient_id and not drug.isdisjoint(due.drugs)
    ]
    once = list(dict.fromkeys(panels))
    return RefillDue(supply, list(_blockers(supply, once, today)), once)


def _blockers(supply: Supply, panels: Sequence[str], today: date) -> Iterator[RefillBlocker]:
    if panels:
        yield RefillBlocker.LABS
    if supply.back_by is not None and supply.back_by <= today:
        yield RefillBlocker.VISIT
    if supply.authorization_status == AuthorizationStatus.NEEDED:
        yield RefillBlocker.AUTHORIZATION
    if supply.refills_left == 0:
        yield RefillBlocker.NO_REFILLS
