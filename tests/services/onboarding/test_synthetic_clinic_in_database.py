"""The database takes the synthetic clinic as it is generated, and a member of it sees it all."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.database import opening, operator
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.database.statement import statement
from services.onboarding.synthetic_clinic import generate
from tests.ground import OWNER, WORKER, Database
from tests.personas import Clinic
from tests.services.onboarding.sample import table_of

pytestmark = pytest.mark.anyio


@pytest.mark.promise("14.sandbox.rules")
async def test_every_row_passes_the_tables_own_rules(
    pool: Pool, database: Database, clinic: Clinic
):
    staff = (clinic.provider, clinic.nurse, clinic.front_desk, clinic.biller, clinic.growth)
    rows = generate(
        seed=1,
        tenant_id=clinic.tenant_id,
        now=datetime.now(UTC),
        time_zone=ZoneInfo("America/New_York"),
        owner_id=clinic.owner.user_id,
        staff_ids={str(person.role): person.user_id for person in (*staff, clinic.auditor)},
    )
    # As an import does: in a session nobody may write what others have signed.
    owner, worker = Pool(database.url(OWNER), size=1), Pool(database.url(WORKER), size=1)
    job = await operator.enqueue(owner, clinic.tenant_id, "fhir_import")
    async with clinic_transaction(worker, opening.job(job)) as session:
        await session.insert(rows)
    await owner.close()
    await worker.close()
    written = Counter(table_of(row).name for row in rows)
    async with clinic_transaction(pool, opening.session(clinic.owner.session_hash)) as session:
        for table, count in written.items():
            found = await session.rows(statement(f"SELECT count(*) FROM {table}"))
            assert (table, found[0][0]) == (table, count)
