"""Clinics to measure with: many credentials, many patients, each with a long row of results."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from models.identifier import uuid7
from models.permission import Role
from models.tenant import TenantKey
from services.database import opening
from services.database.opening import SignUp
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.database.statement import statement
from services.identity import credentials
from services.keys import KeyRing, new_key

CLINICS = 20
CREDENTIALS = 20
PATIENTS = 100
"""Credentials and patients of each clinic."""
MARKERS = (
    ("2986-8", "Testosterone", "ng/dL", 264, 916),
    ("4544-3", "Hematocrit", "%", 38.3, 48.6),
    ("2857-1", "Prostate specific Ag", "ng/mL", 0, 4),
    ("2243-4", "Estradiol", "pg/mL", 11, 43),
    ("3016-3", "Thyrotropin", "m[IU]/L", 0.45, 4.5),
    ("4548-4", "Hemoglobin A1c", "%", 4.8, 5.6),
    ("13457-7", "Cholesterol in LDL", "mg/dL", 0, 99),
    ("2085-9", "Cholesterol in HDL", "mg/dL", 40, 100),
    ("1742-6", "Alanine aminotransferase", "U/L", 0, 44),
    ("2160-0", "Creatinine", "mg/dL", 0.76, 1.27),
)
DRAWS = 4
"""Each of all markers: 40 results a patient, of which a call shows the newest 20."""
TELLING = "2986-8"
"""Of this marker, the newest value is the patient's own number."""

_PATIENTS = statement(
    """
INSERT INTO patients (tenant_id, id, mrn, family_name, given_name, search_name, birth_date, sex,
                      status)
SELECT app.tenant(), p.id, 'MC-' || p.number, 'Example', 'Ada', 'ada example', DATE '1980-02-29',
       'female', 'active'
  FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS p (id, number)
"""
)
_RESULTS = statement(
    """
INSERT INTO lab_results (tenant_id, id, patient_id, loinc, label, value, unit, reference_low,
                         reference_high, flag, status, collected_at)
SELECT app.tenant(), gen_random_uuid(), p.id, m.loinc, m.label,
       CASE m.loinc WHEN :telling THEN :first + p.number ELSE m.low + 0.1 * p.number END + 0.5 * d,
       m.unit, m.low, m.high, 'N', 'final',
       CAST(:newest AS timestamptz) - d * interval '91 days' - p.number * interval '1 hour'
  FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS p (id, number)
 CROSS JOIN unnest(CAST(:loincs AS text[]), CAST(:labels AS text[]), CAST(:units AS text[]),
                   CAST(:lows AS numeric[]), CAST(:highs AS numeric[]))
            AS m (loinc, label, unit, low, high)
 CROSS JOIN generate_series(0, :draws - 1) AS d
"""
)


@dataclass(frozen=True, slots=True)
class Clinic:
    """What a client knows: tokens, and patients with the number that tells them apart."""

    tokens: Sequence[str]
    patients: Sequence[tuple[UUID, int]]


def populate(app_url: str, master_key: bytes) -> list[Clinic]:
    """Open the clinics and fill them."""
    return asyncio.run(_populate(app_url, KeyRing(master_key)))


async def _populate(app_url: str, keys: KeyRing) -> list[Clinic]:
    pool = Pool(app_url, size=1)
    try:
        return [await _clinic(pool, keys, number) for number in range(CLINICS)]
    finally:
        await pool.close()


async def _clinic(pool: Pool, keys: KeyRing, number: int) -> Clinic:
    sign_up = SignUp(
        user_id=uuid7(),
        email=f"owner{number}@example.test",
        name="Ada Example",
        licence="NPI 0",
        tenant_id=uuid7(),
        clinic=f"Clinic {number}",
        time_zone="America/New_York",
        session_id=uuid7(),
        session_hash=hashlib.sha256(os.urandom(16)).digest(),
    )
    async with clinic_transaction(pool, opening.sign_up(sign_up)) as clinic:
        await clinic.begin()
        key = TenantKey(tenant_id=sign_up.tenant_id, id=uuid7(), purpose="audit_hmac", wrapped=b"")
        key.wrapped = keys.wrap(new_key(), tenant_id=key.tenant_id, key_id=key.id)
        await clinic.insert([key])
        minted = [
            await credentials.mint(clinic, role=Role.PROVIDER, name=f"Assistant {place}")
            for place in range(CREDENTIALS)
        ]
        patients = await _fill(clinic, number * PATIENTS)
    return Clinic([m.token.text for m in minted], patients)


async def _fill(clinic: ClinicSession, before: int) -> list[tuple[UUID, int]]:
    ids = [uuid7() for _ in range(PATIENTS)]
    loincs, labels, units, lows, highs = zip(*MARKERS, strict=True)
    await clinic.rows(_PATIENTS, ids=ids)
    await clinic.rows(
        _RESULTS,
        ids=ids,
        telling=TELLING,
        first=before,
        newest=datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
        loincs=loincs,
        labels=labels,
        units=units,
        lows=lows,
        highs=highs,
        draws=DRAWS,
    )
    return [(id_, before + place) for place, id_ in enumerate(ids, 1)]
