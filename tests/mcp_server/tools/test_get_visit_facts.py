"""get_visit_facts: all that is coded of a visit, and not one word that somebody wrote."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import inspect

from mcp_server import catalog
from mcp_server.text import MARK
from models.encounter import Encounter
from models.identifier import uuid7
from models.patient import Patient
from tests import factories
from tests.mcp_server import rows
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.rows import utc
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]
Taints = Callable[[Clinic], int]
DAY = date(2026, 7, 1)
AT = utc("2026-07-01T14:00")


@pytest.fixture
def patient(clinic: Clinic, write: Write) -> Patient:
    patient = rows.patient(clinic.tenant_id, "John Smith")
    write(patient)
    return patient


@pytest.fixture
def visit(clinic: Clinic, patient: Patient, write: Write) -> Encounter:
    visit = rows.encounter(patient, AT, provider_id=clinic.provider.user_id)
    write(visit)
    return visit


@pytest.mark.promise("6.get-visit-facts.whole")
def test_a_visit_is_told_with_all_that_was_recorded_with_it(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask, taints: Taints
):
    visit = rows.encounter(
        patient,
        AT,
        provider_id=clinic.provider.user_id,
        ended_at=AT + timedelta(minutes=25),
        reason_system="ICD-10-CM",
        reason_code="E29.1",
        reason_label="Testicular hypofunction",
        follow_up_due_on=date(2026, 10, 1),
    )
    draw = {"collected_at": AT + timedelta(minutes=5), "encounter_id": visit.id}
    write(
        visit,
        rows.diagnosis(visit, "E29.1", "Testicular hypofunction"),
        rows.order(visit, "24331-1", "Lipid panel"),
        rows.vital(patient, AT, encounter_id=visit.id, pulse_bpm=Decimal(64)),
        rows.vital(patient, AT + timedelta(days=1), pulse_bpm=Decimal(99)),
        factories.lab_result(patient, **draw, value=Decimal("5.10"), flag="H"),
        factories.lab_result(patient, loinc="1-8", label="Of another visit", collected_at=AT),
        rows.note(patient, AT, plan="Not for drafting from.", encounter_id=visit.id),
        rows.medication(
            patient, "testosterone", started_on=DAY, encounter_id=visit.id, dose=Decimal(100),
            dose_unit="mg", frequency_label="once a week", route_label="Intramuscular route",
        ),
    )  # fmt: skip
    assert ask(clinic, "get_visit_facts", patient_id=str(patient.id)) == {
        "encounter_id": str(visit.id),
        "started": "2026-07-01T10:00:00-04:00",
        "ended": "2026-07-01T10:25:00-04:00",
        "status": "finished",
        "setting": "AMB",
        "type": {"system": "clinic", "code": "follow_up", "label": "Follow-up"},
        "reason": {"system": "ICD-10-CM", "code": "E29.1", "label": "Testicular hypofunction"},
        "provider": "Provider",
        "follow_up_due": "2026-10-01",
        "diagnoses": [{"system": "ICD-10-CM", "code": "E29.1", "label": "Testicular hypofunction"}],
        "medication_changes": [
            {
                "change": "started",
                "rxnorm": "1",
                "name": "testosterone",
                "dose": 100,
                "dose_unit": "mg",
                "route": "Intramuscular route",
                "frequency": "once a week",
            }
        ],
        "orders": [
            {
                "system": "LOINC",
                "code": "24331-1",
                "label": "Lipid panel",
                "kind": "laboratory",
                "status": "completed",
            }
        ],
        "vitals": [{"taken": "2026-07-01T10:00:00-04:00", "pulse_bpm": 64}],
        "labs": [
            {
                "loinc": "3016-3",
                "name": "TSH",
                "value": 5.1,
                "unit": "m[IU]/L",
                "low": 0.4,
                "high": 4,
                "flag": "H",
            }
        ],
    }
    assert taints(clinic) == 0


def kinds(of: inspect.Type) -> set[str]:
    """What the strings of a type are."""
    match of:
        case inspect.Metadata(extra={"text": kind}):
            return {kind.name}
        case inspect.Metadata():
            return kinds(of.type)
        case inspect.StructType():
            return set[str]().union(*(kinds(f.type) for f in of.fields))
        case inspect.ListType():
            return kinds(of.item_type)
        case inspect.UnionType():
            return set[str]().union(*(kinds(t) for t in of.types))
        case _:
            return set()


@pytest.mark.promise("6.get-visit-facts.coded")
def test_no_field_may_hold_free_text():
    assert MARK == "text"
    told = kinds(inspect.type_info(catalog.load()["get_visit_facts"].result))
    assert told == {"ours", "label", "code", "system", "unit"}
    assert "chart note" in kinds(inspect.type_info(catalog.load()["get_chart_notes"].result))


def drug(of: Patient, started_on: date, **over: Any) -> Any:
    given = {"ingredient_rxnorm": "10379", "rxnorm": "1", "dose": Decimal(100), "dose_unit": "mg"}
    return rows.medication(of, "testosterone", started_on=started_on, **(given | over))


def changes(page: Any) -> list[tuple[str, Any, Any]]:
    return [(c["change"], c.get("dose"), c.get("before")) for c in page["medication_changes"]]


BEFORE = {
    "nothing": ({}, "started", None),
    "the same": ({"dose": Decimal(120)}, "renewed", None),
    "another dose": ({"dose": Decimal(100)}, "changed", {"dose": 100, "dose_unit": "mg"}),
    "another product": (
        {"dose": Decimal(120), "rxnorm": "2"},
        "changed",
        {"name": "testosterone", "dose": 120, "dose_unit": "mg"},
    ),
    "another rhythm": (
        {"dose": Decimal(120), "frequency_code": "BID"},
        "changed",
        {"dose": 120, "dose_unit": "mg", "frequency": "BID"},
    ),
    "what ended 60 days before": (
        {"dose": Decimal(120), "status": "stopped", "stopped_on": DAY - timedelta(60)},
        "renewed",
        None,
    ),
    "what ended 61 days before": (
        {"dose": Decimal(120), "status": "stopped", "stopped_on": DAY - timedelta(61)},
        "started",
        None,
    ),
    "what was cancelled": ({"dose": Decimal(100), "status": "cancelled"}, "started", None),
    "another drug": ({"dose": Decimal(100), "ingredient_rxnorm": "10582"}, "started", None),
}


@pytest.mark.parametrize("before", BEFORE)
def test_a_prescription_is_compared_with_the_one_before_it(
    clinic: Clinic, patient: Patient, visit: Encounter, write: Write, ask: Ask, *, before: str
):
    over, change, regimen = BEFORE[before]
    write(drug(patient, DAY, dose=Decimal(120), encounter_id=visit.id))
    if over:
        write(drug(patient, DAY - timedelta(days=200), **over))
    page = ask(clinic, "get_visit_facts", patient_id=str(patient.id))
    assert changes(page) == [(change, 120, regimen)]


def test_a_drug_is_stopped_in_a_visit_if_it_ended_that_day_and_was_not_prescribed_anew(
    clinic: Clinic, patient: Patient, visit: Encounter, write: Write, ask: Ask
):
    ended = {"status": "stopped", "stopped_on": DAY}
    early = DAY - timedelta(days=200)
    write(
        drug(patient, early, **ended),
        drug(patient, DAY, encounter_id=visit.id, dose=Decimal(80)),
        drug(patient, early, ingredient_rxnorm="10582", dose=Decimal(1), **ended),
        drug(patient, early, ingredient_rxnorm="4083", **(ended | {"stopped_on": early})),
        drug(patient, early, ingredient_rxnorm="83367", **(ended | {"status": "completed"})),
    )
    page = ask(clinic, "get_visit_facts", patient_id=str(patient.id))
    assert changes(page) == [
        ("changed", 80, {"dose": 100, "dose_unit": "mg"}),
        ("stopped", 1, None),
    ]


@pytest.mark.promise("6.get-visit-facts.latest", "6.get-visit-facts.asked-for")
def test_the_latest_finished_visit_is_told_unless_another_is_asked_for(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask, refusal: Callable[..., str]
):
    made = {
        "old": rows.encounter(patient, AT - timedelta(days=90)),
        "first that day": rows.encounter(patient, AT),
        "last that day": rows.encounter(patient, AT + timedelta(hours=2)),
        "cancelled": rows.encounter(patient, AT + timedelta(hours=3), status="cancelled"),
        "running": rows.encounter(patient, AT + timedelta(days=1), status="in-progress"),
    }
    write(*made.values())

    def told(**over: Any) -> str:
        page = ask(clinic, "get_visit_facts", patient_id=str(patient.id), **over)
        return next(name for name, row in made.items() if str(row.id) == page["encounter_id"])

    assert told() == "last that day"
    assert told(date="2026-07-01") == "last that day"
    assert told(date="2026-07-02") == "running"
    for name, row in made.items():
        assert told(encounter_id=str(row.id)) == name
    page = ask(clinic, "get_visit_facts", patient_id=str(patient.id))
    (other,) = page["other_visits_that_day"]
    assert other == {
        "encounter_id": str(made["first that day"].id),
        "started": "2026-07-01T10:00:00-04:00",
        "type": "Follow-up",
    }
    both = {"date": "2026-07-01", "encounter_id": str(made["old"].id)}
    said = refusal(clinic, "get_visit_facts", patient_id=str(patient.id), **both)
    assert said == "date: must be left out where encounter_id is given"


EDGES = {
    "2026-03-08T04:59": "2026-03-07",
    "2026-03-08T05:00": "2026-03-08",
    "2026-03-09T03:59": "2026-03-08",
    "2025-11-03T04:59": "2025-11-02",
    "2025-11-03T05:00": "2025-11-03",
    "2026-01-01T04:59": "2025-12-31",
}
"""UTC, and the day that it was at the clinic."""


@pytest.mark.parametrize("at", EDGES)
def test_a_day_is_the_clinic_s(
    clinic: Clinic,
    patient: Patient,
    write: Write,
    ask: Ask,
    refusal: Callable[..., str],
    *,
    at: str,
):
    visit, day = rows.encounter(patient, utc(at)), date.fromisoformat(EDGES[at])
    write(visit)
    page = ask(clinic, "get_visit_facts", patient_id=str(patient.id), date=str(day))
    assert page["encounter_id"] == str(visit.id)
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        said = refusal(clinic, "get_visit_facts", patient_id=str(patient.id), date=str(other))
        assert said == "There is no visit on that day of this patient."


def test_what_is_not_there_is_said(
    clinic: Clinic, patient: Patient, write: Write, refusal: Callable[..., str]
):
    other = rows.patient(clinic.tenant_id, "Al Smith")
    visit = rows.encounter(other, AT)
    write(other, visit)

    def said(of: Any, **over: Any) -> str:
        return refusal(clinic, "get_visit_facts", patient_id=str(of), **over)

    assert said(patient.id) == "There is no finished visit of this patient."
    assert said(uuid7()) == "There is no such patient in this clinic."
    for id_ in (visit.id, uuid7()):
        wrong = said(patient.id, encounter_id=str(id_))
        assert wrong == "There is no such visit of this patient."


def test_a_result_is_told_as_it_stands_now(
    clinic: Clinic, patient: Patient, visit: Encounter, write: Write, ask: Ask
):
    of = {"collected_at": AT, "encounter_id": visit.id}
    words = {"value": None, "value_label": "Not detected", "unit": None, "flag": None}
    write(
        factories.lab_result(patient, **of, value=Decimal(9), status="corrected"),
        factories.lab_result(patient, **of, value=Decimal(5), status="preliminary"),
        factories.lab_result(
            patient, **(of | {"collected_at": AT + timedelta(days=1)}), label="Z", **words
        ),
    )
    first, second = ask(clinic, "get_visit_facts", patient_id=str(patient.id))["labs"]
    assert (first["value"], first["status"], first.get("collected")) == (9, "corrected", None)
    assert (second["text"], second["collected"]) == ("Not detected", "2026-07-02")


def test_of_an_imported_visit_the_problems_recorded_with_it_are_its_diagnoses(
    clinic: Clinic, patient: Patient, visit: Encounter, write: Write, ask: Ask
):
    def told() -> list[str]:
        page = ask(clinic, "get_visit_facts", patient_id=str(patient.id))
        return [diagnosis["code"] for diagnosis in page["diagnoses"]]

    write(rows.condition(patient, "I10", encounter_id=visit.id), rows.condition(patient, "E78.5"))
    assert told() == ["I10"]
    write(rows.diagnosis(visit, "E29.1", "Testicular hypofunction"))
    assert told() == ["E29.1"]


def test_a_visit_with_more_than_an_answer_holds_says_how_much_is_not_shown(
    endpoint: Endpoint, clinic: Clinic, patient: Patient, visit: Encounter, write: Write
):
    of = {"label": "ß" * 160, "encounter_id": visit.id, "collected_at": AT}
    write(*(factories.lab_result(patient, loinc=f"{n}-0", **of) for n in range(200)))
    write(rows.diagnosis(visit, "E29.1", "Testicular hypofunction"))
    given = {"patient_id": str(patient.id)}
    answer = endpoint.call("get_visit_facts", given, token=clinic.provider.token.text)
    assert len(answer.result["content"][0]["text"].encode()) < 32_000
    assert len(answer.content["labs"]) > 50
    assert len(answer.content["labs"]) + answer.content["not_shown"] == 200
    assert len(answer.content["diagnoses"]) == 1


COUNTED = """
SELECT e.id::text, e.patient_id::text,
       (SELECT count(*) FROM app.lab_results x WHERE x.encounter_id = e.id),
       (SELECT count(*) FROM app.vitals x WHERE x.encounter_id = e.id),
       (SELECT count(*) FROM app.orders x WHERE x.encounter_id = e.id),
       (SELECT count(*) FROM app.encounter_diagnoses x WHERE x.encounter_id = e.id),
       (SELECT count(*) FROM app.medications x WHERE x.encounter_id = e.id)
  FROM app.encounters e WHERE e.tenant_id = {t} ORDER BY e.started_at DESC LIMIT 60
"""


@pytest.mark.promise("6.get-visit-facts.clean")
def test_the_synthetic_clinic_s_visits_are_told_whole_and_short_and_clean(
    synthetic: Clinic, endpoint: Endpoint, ask: Ask, seen: Callable[..., Any], taints: Taints
):
    before = taints(synthetic)
    longest = 0
    for encounter_id, patient_id, *counts in seen(COUNTED):
        given = {"patient_id": patient_id, "encounter_id": encounter_id}
        answer = endpoint.call("get_visit_facts", given, token=synthetic.provider.token.text)
        page = answer.content
        begun = [c for c in page["medication_changes"] if c["change"] != "stopped"]
        told = [page["labs"], page["vitals"], page["orders"], page["diagnoses"], begun]
        assert [len(rows) for rows in told] == counts
        longest = max(longest, len(answer.result["content"][0]["text"].encode()))
    assert longest < 8_000
    assert taints(synthetic) == before
