"""An answer has a budget: UTF-8 bytes / 4. A page ends early rather than pass it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mcp_server import catalog
from mcp_server.tool import Tool
from models.base import ClinicRow
from models.patient import Patient
from tests import factories
from tests.ground import APP, OWNER, Database
from tests.mcp_server import rows
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.samples import right_arguments
from tests.mcp_server.test_paging_of_tools import LISTS, items
from tests.personas import Clinic, open_sandbox

pytestmark = pytest.mark.usefixtures("rested")

BYTES_A_TOKEN = 4
USUAL, LARGEST = 2_000, 8_000
CATALOG = catalog.load()
PATIENTS = 130
"""More than the longest page holds."""
OF_ONE = 230


pytestmark = pytest.mark.usefixtures("rested")


@dataclass(frozen=True)
class Wording:
    """How long the texts of a clinic are."""

    given_name: str
    family_name: str
    label: str
    unit: str
    text: str


PLAIN = Wording(
    "Christopher",
    "Montgomery-Baker",
    "Testosterone [Mass/volume] in Serum or Plasma",
    "ng/dL",
    "Sleeps well, has more energy in the afternoon, no cramps and no headache.",
)
LONG = Wording(
    "Ærøskøbing " * 3 + "Ω" * 30, "Þórðarson" * 12, "ß" * 160, "x" * 40, 'ß"\\\n' * 1_250
)
"""As long as names, labels and units may be, in letters that are two bytes each in JSON."""


@dataclass(frozen=True)
class Large:
    """A clinic with more of everything than a page holds."""

    clinic: Clinic
    patients: list[Patient]
    panel: str = "large_panel"
    marker: str = "77-7"


def fill(clinic: Clinic, now: Any, wording: Wording) -> tuple[list[Patient], list[ClinicRow]]:
    panel = rows.panel(clinic.tenant_id, "large_panel", ("2986-8",), optional="77-7")
    made: list[ClinicRow] = [*panel]
    made.append(rows.interval(panel[0], "therapy", ["drug"], name=wording.label))
    patients = [_patient(clinic, number, wording) for number in range(PATIENTS)]
    made.extend(patients)
    for patient in patients:
        made.append(_drug(patient, now, wording))
        made.append(_visit(patient, clinic, now, wording))
        made.extend(_drafted(patient, clinic, now, wording))
        missed = {"status": "noshow", "type_label": wording.label}
        made.append(rows.appointment(patient, now - timedelta(days=1), **missed))
        made.extend(_rising(patient, now, wording))
        made.append(_seen(patient, now, wording))
        made.append(_message(patient, now, wording))
    first = patients[0]
    seen = rows.encounter(first, now - timedelta(days=300))
    made.insert(0, seen)
    for number in range(OF_ONE):
        at = now - timedelta(days=300 + number)
        made.append(_result(first, number, at, wording))
        made.append(_drug(first, at, wording))
        made.append(_vital(first, at))
        _belong_to(seen, number, made[-3:])
        made.extend(_told(first, at, wording))
    made.sort(key=lambda row: type(row).__name__ != "Patient")
    return patients, made


def _patient(clinic: Clinic, number: int, wording: Wording) -> Patient:
    return rows.patient(
        clinic.tenant_id,
        f"{wording.given_name} {wording.family_name}",
        given_name=wording.given_name,
        family_name=wording.family_name,
        preferred_name=wording.given_name,
        mrn=f"MRN-{number:08}",
        birth_date=factories.DAY.replace(year=1950),
    )


def _drug(of: Patient, now: Any, wording: Wording) -> ClinicRow:
    started = (now - timedelta(days=700)).date()
    return rows.medication(
        of,
        wording.label,
        ingredient_rxnorm="drug",
        started_on=started,
        dose=Decimal("0.125"),
        dose_unit=wording.unit,
        route_label=wording.label,
        frequency_label=wording.label,
        prescriber_name=wording.family_name,
        last_filled_on=started,
        supply_days=90,
        refills_left=0,
        authorization_status="needed",
    )


def _visit(of: Patient, clinic: Clinic, now: Any, wording: Wording) -> ClinicRow:
    return rows.appointment(
        of,
        now + timedelta(days=1),
        provider_id=clinic.provider.user_id,
        status="proposed",
        type_label=wording.label,
        reason_system="http://snomed.info/sct",
        reason_code="185349003",
        reason_label=wording.label,
    )


def _drafted(of: Patient, clinic: Clinic, now: Any, wording: Wording) -> list[ClinicRow]:
    owner, at = clinic.owner, now - timedelta(days=400)
    rejected = {"status": "rejected", "decided_by": owner.user_id, "decided_at": at}
    why = {"reject_reason": wording.text[:500]}
    return [
        rows.consent(of, "portal_messages", granted=True, decided_at=at),
        rows.proposal(of, owner.user_id, owner.credential_id, created_at=at, **rejected, **why),
    ]


def _seen(of: Patient, now: Any, wording: Wording) -> ClinicRow:
    at = now - timedelta(days=200)
    due = (now - timedelta(days=100)).date()
    return rows.encounter(of, at, follow_up_due_on=due, provider_name=wording.label)


def _message(of: Patient, now: Any, wording: Wording) -> ClinicRow:
    body = f"{wording.label}, and what that means for me. " * (1 + len(wording.family_name) // 20)
    return rows.inbox_item(of, now - timedelta(days=1), subject=wording.label, body=body)


def _result(of: Patient, number: int, at: Any, wording: Wording) -> ClinicRow:
    return factories.lab_result(
        of,
        loinc=f"{number % 60}-8",
        label=wording.label,
        unit=wording.unit,
        value=Decimal(400 + number) / 7,
        flag="HH",
        collected_at=at,
        status="corrected",
    )


def _belong_to(visit: Any, number: int, written: list[ClinicRow]) -> None:
    """As much to one visit as is usual."""
    for row, usual in zip(written, (25, 3, 1), strict=True):
        if number < usual:
            row.encounter_id = visit.id  # pyright: ignore[reportAttributeAccessIssue] -- these have one


def _rising(of: Patient, now: Any, wording: Wording) -> list[ClinicRow]:
    """Out of range at last."""
    return [
        factories.lab_result(
            of,
            loinc="77-7",
            label=wording.label,
            unit=wording.unit,
            value=Decimal(45 - month) / 7,
            flag="HH",
            collected_at=now - timedelta(days=30 * month),
        )
        for month in (1, 2, 3)
    ]


_SOAP = ("subjective", "objective", "assessment", "plan")


def _told(of: Patient, at: Any, wording: Wording) -> list[ClinicRow]:
    reaction = {"reaction_code": "271807003", "reaction_label": wording.label}
    return [
        rows.allergy(of, wording.label, severity="severe", recorded_on=at.date(), **reaction),
        rows.condition(of, "E11.9", label=wording.label, onset_on=at.date()),
        rows.intake_form(of, at, sleep=wording.text, drink=wording.text),
        rows.note(of, at, **dict.fromkeys(_SOAP, wording.text)),
    ]


def _vital(of: Patient, at: Any) -> ClinicRow:
    taken = (
        "systolic_mmhg",
        "diastolic_mmhg",
        "pulse_bpm",
        "respirations_per_min",
        "weight_kg",
        "height_cm",
        "bmi_kg_m2",
        "temperature_c",
        "spo2_percent",
    )
    return rows.vital(of, at, pain_score=3, **dict.fromkeys(taken, Decimal("123.456")))


def _open(database: Database, wording: Wording) -> Large:
    with database.connect(APP) as app, database.connect(OWNER) as owner:
        clinic = open_sandbox(app, owner)
        ((now,),) = owner.execute("SELECT app.now()")
        patients, made = fill(clinic, now, wording)
        with owner.transaction():
            factories.save(owner, *made)
    return Large(clinic, patients)


@pytest.fixture(scope="module")
def plain(database: Database) -> Large:
    return _open(database, PLAIN)


@pytest.fixture(scope="module")
def long(database: Database) -> Large:
    return _open(database, LONG)


def size(answer: Any) -> float:
    assert answer.content
    return len(answer.result["content"][0]["text"].encode()) / BYTES_A_TOKEN


@pytest.mark.promise("6.sizes.plain")
@pytest.mark.parametrize("tool", [pytest.param(t, id=n) for n, t in sorted(CATALOG.items())])
def test_an_answer_to_a_plain_question_is_short(endpoint: Endpoint, plain: Large, tool: Tool):
    given = right_arguments(tool, plain)
    answer = endpoint.call(tool.name, given, token=plain.clinic.owner.token.text)
    assert size(answer) < USUAL


@pytest.mark.parametrize("tool", LISTS)
def test_a_page_of_a_length_that_nobody_chose_is_short_whatever_is_in_it(
    endpoint: Endpoint, long: Large, tool: Tool
):
    given = right_arguments(tool, long)
    answer = endpoint.call(tool.name, given, token=long.clinic.owner.token.text)
    alone = len(items(dict(answer.content))) == 1
    assert size(answer) <= (LARGEST if alone else USUAL), "one row is given whole"
    more = given | {"limit": tool.input_schema["properties"]["limit"]["default"]}
    chosen = endpoint.call(tool.name, more, token=long.clinic.owner.token.text)
    assert size(chosen) >= size(answer)


@pytest.mark.promise("6.lists.early-end", "6.sizes.largest")
@pytest.mark.parametrize("clinic", ["plain", "long"])
@pytest.mark.parametrize("tool", LISTS)
def test_a_page_ends_early_rather_than_pass_its_budget_and_nothing_is_lost(
    endpoint: Endpoint, request: pytest.FixtureRequest, tool: Tool, clinic: str
):
    large: Large = request.getfixturevalue(clinic)
    most = tool.input_schema["properties"]["limit"]["maximum"]
    given = right_arguments(tool, large) | {"limit": most}
    rows_seen, pages, cursor = 0, 0, None
    while True:
        answer = endpoint.call(
            tool.name, given | {"cursor": cursor}, token=large.clinic.owner.token.text
        )
        assert size(answer) <= LARGEST
        found = items(dict(answer.content))
        assert 0 < len(found) <= most
        rows_seen, pages = rows_seen + len(found), pages + 1
        cursor = answer.content.get("next_cursor")
        if cursor is None:
            break
    expected = PATIENTS * (2 if tool.name == "get_appointments" else 1)
    if tool.named_patients:
        expected = OF_ONE + {"get_medications": 1, "get_labs": 3}.get(tool.name, 0)
    assert rows_seen == expected
    assert pages > 1
