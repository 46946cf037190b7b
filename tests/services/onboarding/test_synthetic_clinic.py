"""The synthetic clinic holds its invariants and shows its cases, whatever the seed and the day."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.growth import Lead
from models.lab import LabResult
from models.patient import Patient
from models.permission import LICENSED, Role
from models.staff import Staff
from models.tenant import Tenant
from models.vocabulary import ResultFlag
from services.onboarding.synthetic_clinic import OWNER_LICENCE, STAFF, generate
from tests.services.onboarding.check_digits import has_loinc_check_digit, has_snomed_check_digit
from tests.services.onboarding.faults import FAULTS, broken
from tests.services.onboarding.invariants.catalogue import INVARIANTS
from tests.services.onboarding.promises.catalogue import PROMISES
from tests.services.onboarding.sample import OWNER_ID, STAFF_IDS, TENANT_ID, Sample, sample

NEW_YORK = ZoneInfo("America/New_York")
ZONES = (NEW_YORK, ZoneInfo("America/Los_Angeles"), ZoneInfo("America/Phoenix"))
DAYS = (
    date(2028, 2, 29),
    date(2026, 3, 8),  # clocks go forward; a Sunday
    date(2026, 11, 1),  # clocks go back; a Sunday
    date(2026, 12, 31),
    date(2027, 1, 1),  # closed
)
AT_NIGHT = (time(0, 30), time(23, 30))
BY_DAY = time(14, 10)
SOME_TIME = datetime(2026, 6, 17, 15, 0, tzinfo=UTC)


def _moments() -> Iterator[Any]:
    """Today and the hard days; ids do not name the moment, so that all workers agree on them."""
    for seed in range(20):
        yield pytest.param(seed, datetime.now(UTC), NEW_YORK, id=f"today-{seed}")
    places = [(NEW_YORK, BY_DAY), *((zone, at) for zone in ZONES for at in AT_NIGHT)]
    for seed, (day, (zone, at)) in enumerate(product(DAYS, places), 100):
        now = datetime.combine(day, at, zone).astimezone(UTC)
        yield pytest.param(seed, now, zone, id=f"{day}-{at:%H:%M}-{zone.key}")


@pytest.mark.promise(
    "14.sandbox.today",
    "14.sandbox.past",
    "14.sandbox.cases",
    "14.sandbox.john-smith",
    "14.sandbox.orders",
    "14.sandbox.invariants",
)
@pytest.mark.parametrize(("seed", "now", "zone"), list(_moments()))
def test_invariants_hold_and_promised_cases_are_there(seed: int, now: datetime, zone: ZoneInfo):
    clinic = sample(seed, now, zone)
    violated = {name: found[:3] for name, of in INVARIANTS.items() if (found := of(clinic))}
    missing = [name for name, of in PROMISES.items() if not of(clinic)]
    assert not violated
    assert not missing


@pytest.fixture(scope="module")
def clinic() -> Sample:
    return sample(7, SOME_TIME, NEW_YORK)


@pytest.mark.promise("14.sandbox.invariants")
@pytest.mark.parametrize("name", INVARIANTS)
def test_an_invariant_notices_its_fault(clinic: Sample, name: str):
    assert not INVARIANTS[name](clinic)
    with broken(clinic, FAULTS[name](clinic)) as faulty:
        assert INVARIANTS[name](faulty)
    assert not INVARIANTS[name](clinic)


@pytest.mark.promise("14.sandbox.invariants")
def test_each_invariant_has_a_fault_and_says_what_it_means():
    assert FAULTS.keys() == INVARIANTS.keys()
    assert all(of.__doc__ for of in INVARIANTS.values())


@pytest.mark.promise("14.sandbox.cases")
@pytest.mark.parametrize("name", PROMISES)
def test_a_clinic_of_one_patient_keeps_no_promise(clinic: Sample, name: str):
    john = clinic.of(Patient)[0]
    normal = clinic.where(LabResult, patient_id=john.id, flag=ResultFlag.NORMAL)[0]
    lonely = Sample([john, normal], clinic.now, clinic.time_zone)
    try:
        found = PROMISES[name](lonely)
    except ValueError:  # there is no first visit
        found = ()
    assert not found


@pytest.mark.promise("14.sandbox.seeded")
def test_the_same_arguments_give_the_same_rows_in_every_process(clinic: Sample):
    again = sample(7, SOME_TIME, NEW_YORK)
    assert _fingerprint(again) == _fingerprint(clinic)
    program = (
        "from tests.services.onboarding import test_synthetic_clinic as t;"
        "print(t._fingerprint(t.sample(7, t.SOME_TIME, t.NEW_YORK)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "PYTHONPATH": "."}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == _fingerprint(clinic)


@pytest.mark.promise("14.sandbox.seeded")
def test_another_seed_gives_another_clinic(clinic: Sample):
    other = sample(8, SOME_TIME, NEW_YORK)
    names = {patient.search_name for patient in clinic.of(Patient)}
    others = {patient.search_name for patient in other.of(Patient)}
    assert len(names & others) < len(names) / 2


def test_another_clinic_of_the_same_seed_shares_no_id(clinic: Sample):
    rows = generate(
        seed=7,
        tenant_id=OWNER_ID,
        now=SOME_TIME,
        time_zone=NEW_YORK,
        owner_id=OWNER_ID,
        staff_ids=STAFF_IDS,
    )
    assert {row.tenant_id for row in rows} == {OWNER_ID}
    assert not {row.id for row in rows} & {row.id for row in clinic.rows}


def test_people_are_the_same_on_the_next_day(clinic: Sample):
    tomorrow = sample(7, datetime(2026, 6, 18, 15, 0, tzinfo=UTC), NEW_YORK)
    for table in (Patient, Lead):
        assert [row.email for row in clinic.of(table)][:36] == [
            row.email for row in tomorrow.of(table)
        ][:36]


def test_rows_are_of_this_clinic_and_leave_staff_and_tenant_to_others(clinic: Sample):
    assert {row.tenant_id for row in clinic.rows} == {TENANT_ID}
    assert not {type(row) for row in clinic.rows} & {Tenant, Staff}


def test_colleagues_have_every_role_but_the_owners_and_marked_licences():
    assert {person.role for person in STAFF} == set(Role) - {Role.OWNER}
    assert len({person.key for person in STAFF}) == len(STAFF)
    for licence in (OWNER_LICENCE, *(p.licence for p in STAFF if p.role in LICENSED)):
        assert licence
        assert "SYNTHETIC" in licence


@pytest.mark.parametrize("code", ["2986-8", "4544-3", "98979-8", "58410-2", "11502-2"])
def test_true_loinc_codes_pass_and_changed_ones_do_not(code: str):
    assert has_loinc_check_digit(code)
    wrong = f"{code[:-1]}{(int(code[-1]) + 1) % 10}"
    assert not has_loinc_check_digit(wrong)


@pytest.mark.parametrize("code", ["11429006", "390906007", "26643006", "22298006", "73211009"])
def test_true_snomed_codes_pass_and_changed_ones_do_not(code: str):
    assert has_snomed_check_digit(code)
    swapped = code[:-2] + code[-1] + code[-2]
    assert not has_snomed_check_digit(swapped)
    assert not has_snomed_check_digit(f"{code[:-1]}{(int(code[-1]) + 1) % 10}")


def _fingerprint(clinic: Sample) -> str:
    digest = hashlib.sha256()
    for row in clinic.rows:
        values = {name: value for name, value in vars(row).items() if not name.startswith("_")}
        digest.update(f"{type(row).__name__} {sorted(values.items())}\n".encode())
    return digest.hexdigest()
