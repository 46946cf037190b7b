"""The synthetic clinic that a new sandbox is given, and the same questions asked in other SQL."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from services.onboarding.synthetic_clinic import generate
from tests import factories
from tests.ground import APP, OWNER, Database
from tests.personas import Clinic, open_sandbox

ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Synthetic:
    """A sandbox with its 36 patients; for tests that change nothing."""

    clinic: Clinic
    database: Database
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    def rows(self, sql: LiteralString, **values: Any) -> list[Any]:
        """Ask as moonshot_owner, who sees all clinics: `%(tenant)s` has to be said."""
        given = {"tenant": self.clinic.tenant_id, "now": self.now, "today": self.today}
        with self.database.connect(OWNER) as owner:
            return owner.execute(sql, given | values).fetchall()


def open_synthetic(database: Database, seed: int = 7) -> Synthetic:
    """Opens one."""
    with database.connect(APP) as app, database.connect(OWNER) as owner:
        clinic = open_sandbox(app, owner)
        ((now,),) = owner.execute("SELECT app.now()")
        made = generate(
            seed=seed,
            tenant_id=clinic.tenant_id,
            now=now,
            time_zone=ZONE,
            owner_id=clinic.owner.user_id,
            staff_ids={str(person.role): person.user_id for person in clinic.people},
        )
        with owner.transaction():
            factories.save(owner, *made)
    return Synthetic(clinic, database, now)
