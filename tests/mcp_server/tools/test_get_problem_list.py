"""get_problem_list: what the patient has now first, then what is past."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.mcp_server import rows
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]
EARLY, MIDDLE, LATE = date(2019, 12, 31), date(2024, 2, 29), date(2026, 1, 1)


@pytest.mark.promise("6.get-problem-list.whole")
def test_a_problem_is_told_with_code_status_and_onset(clinic: Clinic, write: Write, ask: Ask):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    sinusitis = {"label": "Acute sinusitis", "status": "resolved", "onset_on": EARLY}
    write(
        patient,
        rows.condition(patient, "E03.9", label="Hypothyroidism, unspecified", onset_on=MIDDLE),
        rows.condition(patient, "J01.90", abated_on=MIDDLE, **sinusitis),
        rows.condition(
            patient, "714628002", label="Prediabetes", system="SNOMED CT", recorded_on=LATE
        ),
    )
    assert ask(clinic, "get_problem_list", patient_id=str(patient.id)) == {
        "problems": [
            {
                "system": "SNOMED CT",
                "code": "714628002",
                "label": "Prediabetes",
                "status": "active",
                "recorded": "2026-01-01",
            },
            {
                "system": "ICD-10-CM",
                "code": "E03.9",
                "label": "Hypothyroidism, unspecified",
                "status": "active",
                "onset": "2024-02-29",
            },
            {
                "system": "ICD-10-CM",
                "code": "J01.90",
                "label": "Acute sinusitis",
                "status": "resolved",
                "onset": "2019-12-31",
                "abated": "2024-02-29",
            },
        ]
    }


def test_present_ones_come_first_and_of_these_the_latest_onset_also_across_pages(
    clinic: Clinic, write: Write, ask: Ask
):
    patient, other = (rows.patient(clinic.tenant_id, name) for name in ("Jo Smith", "Al Smith"))
    present, past = ("active", "recurrence", "relapse"), ("inactive", "remission", "resolved")
    onsets = (LATE, MIDDLE, EARLY)
    expected = [
        f"{status} {onset}"
        for statuses in (present, past)
        for status, onset in zip(statuses, onsets, strict=True)
    ]
    made = [
        rows.condition(patient, label.split()[0], label=label, status=label.split()[0], onset_on=on)
        for label, on in zip(expected, onsets * 2, strict=True)
    ]
    undated = rows.condition(patient, "undated", status="resolved", recorded_on=None)
    write(patient, other, undated, *reversed(made), rows.condition(other, "I10"))
    seen, cursor = [], None
    for _ in range(4):
        page = ask(clinic, "get_problem_list", patient_id=str(patient.id), limit=2, cursor=cursor)
        seen += [problem["label"] for problem in page["problems"]]
        cursor = page.get("next_cursor")
    assert seen == [*expected, "undated"]
    assert cursor is None


def test_a_page_neither_loses_nor_repeats_when_problems_arrive_in_between(
    clinic: Clinic, write: Write, ask: Ask
):
    patient = rows.patient(clinic.tenant_id, "John Smith")
    write(
        patient,
        *(rows.condition(patient, f"c{day}", onset_on=date(2026, 1, day)) for day in (2, 4, 6)),
    )
    first = ask(clinic, "get_problem_list", patient_id=str(patient.id), limit=2)
    write(*(rows.condition(patient, f"c{day}", onset_on=date(2026, 1, day)) for day in (1, 5, 8)))
    rest = ask(clinic, "get_problem_list", patient_id=str(patient.id), cursor=first["next_cursor"])
    assert [p["code"] for p in first["problems"] + rest["problems"]] == ["c6", "c4", "c2", "c1"]


def test_the_synthetic_clinic_s_are_told_one_by_one_and_clean(
    synthetic: Clinic, ask: Ask, seen: Callable[..., Any]
):
    kept = seen("SELECT patient_id::text, code, status FROM app.conditions WHERE tenant_id = {t}")
    assert len(kept) > 36
    told = [
        (patient_id, problem["code"], problem["status"])
        for (patient_id,) in seen("SELECT id::text FROM app.patients WHERE tenant_id = {t}")
        for problem in ask(synthetic, "get_problem_list", patient_id=patient_id)["problems"]
    ]
    assert sorted(told) == sorted(kept)
    assert "[[" not in str(told)
