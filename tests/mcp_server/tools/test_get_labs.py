"""get_labs: what the laboratory said, newest first by marker, each beside the one before."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from models.identifier import uuid7
from models.lab import LabResult
from models.patient import Patient
from tests import factories
from tests.mcp_server import rows
from tests.mcp_server.rows import utc
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]


@pytest.fixture
def patient(clinic: Clinic, write: Write) -> Patient:
    patient = rows.patient(clinic.tenant_id, "John Smith")
    write(patient)
    return patient


def tsh(of: Patient, at: str, value: str, **over: Any) -> LabResult:
    return factories.lab_result(of, collected_at=utc(at), value=Decimal(value), **over)


def hematocrit(of: Patient, at: str, value: str, **over: Any) -> LabResult:
    given = {
        "loinc": "4544-3",
        "label": "Hematocrit",
        "unit": "%",
        "reference_low": Decimal("37.5"),
        "reference_high": Decimal(51),
    }
    return tsh(of, at, value, **(given | over))


@pytest.mark.promise("6.results.units", "6.get-labs.grouped", "6.get-labs.previous-value")
def test_results_stand_under_their_marker_newest_first(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(
        tsh(patient, "2025-01-10T13:00", "4.50", flag="H"),
        tsh(patient, "2025-07-10T12:00", "2.1"),
        tsh(patient, "2026-01-10T13:00", "2.0"),
        hematocrit(patient, "2025-07-10T12:00", "48"),
        hematocrit(patient, "2026-02-10T13:00", "52.3", flag="H"),
    )
    assert ask(clinic, "get_labs", patient_id=str(patient.id)) == {
        "markers": [
            {
                "loinc": "4544-3",
                "name": "Hematocrit",
                "unit": "%",
                "reference": {"low": 37.5, "high": 51},
                "results": [
                    {
                        "collected": "2026-02-10T08:00:00-05:00",
                        "value": 52.3,
                        "flag": "H",
                        "previous": 48,
                        "change": 4.3,
                    },
                    {"collected": "2025-07-10T08:00:00-04:00", "value": 48, "flag": "N"},
                ],
            },
            {
                "loinc": "3016-3",
                "name": "TSH",
                "unit": "m[IU]/L",
                "reference": {"low": 0.4, "high": 4},
                "results": [
                    {
                        "collected": "2026-01-10T08:00:00-05:00",
                        "value": 2,
                        "flag": "N",
                        "previous": 2.1,
                        "change": -0.1,
                    },
                    {
                        "collected": "2025-07-10T08:00:00-04:00",
                        "value": 2.1,
                        "flag": "N",
                        "previous": 4.5,
                        "change": -2.4,
                    },
                    {"collected": "2025-01-10T08:00:00-05:00", "value": 4.5, "flag": "H"},
                ],
            },
        ]
    }


@pytest.mark.promise("6.get-labs.previous-value")
def test_the_value_before_is_known_across_pages_and_outside_the_panel_s_page(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(
        tsh(patient, "2026-01-01T13:00", "1"),
        hematocrit(patient, "2026-01-02T13:00", "40"),
        tsh(patient, "2026-01-03T13:00", "3"),
    )
    page = ask(clinic, "get_labs", patient_id=str(patient.id), limit=1)
    (marker,) = page["markers"]
    assert marker["results"][0]["previous"] == 1
    assert marker["results"][0]["change"] == 2


@pytest.mark.promise("6.get-labs.no-false-change")
def test_a_marker_in_another_unit_is_another_series(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(
        tsh(patient, "2026-01-01T13:00", "1", unit="u[IU]/mL"),
        tsh(patient, "2026-01-02T13:00", "2"),
        tsh(patient, "2026-01-03T13:00", "3", unit=None),
        tsh(patient, "2026-01-04T13:00", "5", unit=None),
    )
    markers = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert [m.get("unit") for m in markers] == [None, "m[IU]/L", "u[IU]/mL"]
    assert [r.get("previous") for m in markers for r in m["results"]] == [3, None, None, None]


def test_a_range_that_changed_is_told_with_the_result_and_the_series_goes_on(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(
        tsh(patient, "2026-01-01T13:00", "1", reference_low=None, reference_high=None),
        tsh(patient, "2026-01-02T13:00", "2", reference_low=None, reference_high=Decimal("4.5")),
        tsh(patient, "2026-01-03T13:00", "3"),
        tsh(patient, "2026-01-04T13:00", "4"),
    )
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert marker["reference"] == {"low": 0.4, "high": 4}
    told = [result.get("reference") for result in marker["results"]]
    assert told == [None, None, {"high": 4.5}, {}]
    assert [result.get("previous") for result in marker["results"]] == [3, 2, 1, None]


def test_codes_that_are_interchangeable_stand_under_one_marker(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(
        hematocrit(patient, "2026-01-01T13:00", "45"),
        hematocrit(patient, "2026-01-02T13:00", "46", loinc="20570-8"),
        hematocrit(patient, "2026-01-03T13:00", "49"),
        *rows.panel(clinic.tenant_id, "blood", ("4544-3",)),
    )
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert marker["loinc"] == "4544-3"
    assert [r.get("loinc") for r in marker["results"]] == [None, "20570-8", None]
    assert [r.get("change") for r in marker["results"]] == [3, 1, None]
    # What a panel leaves out has been measured nevertheless.
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id), panel="blood")["markers"]
    assert [(r["value"], r.get("previous")) for r in marker["results"]] == [(49, 46), (45, None)]


BY_ANOTHER_METHOD = {
    "LDL": ("13457-7", "18262-6", "2089-1"),
    "eGFR": ("98979-8", "33914-3"),
    "Vitamin D": ("62292-8", "1989-3"),
}


@pytest.mark.promise("6.get-labs.no-false-change")
@pytest.mark.parametrize("name", BY_ANOTHER_METHOD)
def test_what_another_method_measured_is_no_change(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask, name: str
):
    codes = BY_ANOTHER_METHOD[name]
    for day, first in (("01", 100), ("02", 105)):
        for number, loinc in enumerate(codes):
            at = f"2026-01-{day}T13:00"
            write(tsh(patient, at, str(first + 12 * number), loinc=loinc, label=name))
    markers = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert [marker["loinc"] for marker in markers] == sorted(codes)
    for marker in markers:
        assert [r.get("change") for r in marker["results"]] == [5, None]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "statuses",
    [
        "registered final",
        "registered corrected",
        "preliminary final",
        "preliminary amended",
        "preliminary corrected",
        "final amended",
        "final corrected",
    ],
)
def test_of_one_time_a_result_that_stands_more_firmly_comes_first_and_goes_on(
    clinic: Clinic,
    patient: Patient,
    write: Write,
    ask: Ask,
    statuses: str,
    *,
    late: bool,
):
    ids = sorted([uuid7(), uuid7()], reverse=late)
    lower, higher = statuses.split()
    write(
        tsh(patient, "2026-01-01T13:00", "4"),
        tsh(patient, "2026-01-02T13:00", "5", status=lower, id=ids[0]),
        tsh(patient, "2026-01-02T13:00", "5.2", status=higher, id=ids[1]),
        tsh(patient, "2026-01-03T13:00", "6"),
    )
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    told = [(r["value"], r.get("previous")) for r in marker["results"]]
    assert told == [(6, 5.2), (5.2, 4), (5, 4), (4, None)]
    seen, cursor = [], None
    for _ in told:
        page = ask(clinic, "get_labs", patient_id=str(patient.id), limit=1, cursor=cursor)
        seen += [(r["value"], r.get("previous")) for r in page["markers"][0]["results"]]
        cursor = page.get("next_cursor")
    assert seen == told
    assert cursor is None


def test_of_one_time_a_bound_that_is_corrected_leaves_nothing_to_compare_with(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(
        tsh(patient, "2026-01-02T13:00", "5", status="preliminary"),
        tsh(patient, "2026-01-02T13:00", "0.01", status="corrected", comparator="<"),
        tsh(patient, "2026-01-03T13:00", "6"),
    )
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert "previous" not in marker["results"][0]


def test_a_page_ends_with_a_draw_and_tells_its_markers_by_name(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    def draw(day: int, names: str) -> list[LabResult]:
        at = f"2026-01-{day:02}T13:00"
        return [tsh(patient, at, "1", loinc=f"{ord(n)}-0", label=f"Marker {n}") for n in names]

    write(*draw(3, "CAB"), *draw(2, "FED"), *draw(1, "HG"))
    told, cursor = [], None
    for _ in range(3):
        page = ask(clinic, "get_labs", patient_id=str(patient.id), limit=5, cursor=cursor)
        told.append("".join(marker["name"][-1] for marker in page["markers"]))
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert told == ["ABC", "DEFGH"]


@pytest.mark.promise("6.results.absent")
def test_what_is_no_number_is_told_in_words(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    given = {"value": None, "value_label": "Not detected", "unit": None, "flag": None}
    bare = {"reference_low": None, "reference_high": None}
    write(
        factories.lab_result(patient, collected_at=utc("2026-01-01T13:00"), **given, **bare),
        factories.lab_result(
            patient, collected_at=utc("2026-01-02T13:00"), status="preliminary", **given, **bare
        ),
    )
    assert ask(clinic, "get_labs", patient_id=str(patient.id))["markers"] == [
        {
            "loinc": "3016-3",
            "name": "TSH",
            "results": [
                {
                    "collected": "2026-01-02T08:00:00-05:00",
                    "text": "Not detected",
                    "status": "preliminary",
                },
                {"collected": "2026-01-01T08:00:00-05:00", "text": "Not detected"},
            ],
        }
    ]


@pytest.mark.promise("6.get-labs.no-false-change")
def test_nothing_is_reckoned_with_a_bound(clinic: Clinic, patient: Patient, write: Write, ask: Ask):
    write(
        tsh(patient, "2026-01-01T13:00", "1"),
        tsh(patient, "2026-01-02T13:00", "0.01", comparator="<"),
        tsh(patient, "2026-01-03T13:00", "2"),
    )
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert marker["results"] == [
        {"collected": "2026-01-03T08:00:00-05:00", "value": 2, "flag": "N"},
        {
            "collected": "2026-01-02T08:00:00-05:00",
            "value": 0.01,
            "comparator": "<",
            "flag": "N",
            "previous": 1,
        },
        {"collected": "2026-01-01T08:00:00-05:00", "value": 1, "flag": "N"},
    ]


@pytest.mark.promise("6.get-labs.grouped")
@pytest.mark.parametrize("flag", ["LL", "L", "N", "H", "HH"])
def test_a_flag_is_the_laboratory_s_own(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask, flag: str
):
    write(tsh(patient, "2026-01-01T13:00", "1", flag=flag))
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert marker["results"][0]["flag"] == flag


TIMES = {
    "2026-03-08T06:59:59": "2026-03-08T01:59:59-05:00",
    "2026-03-08T07:00": "2026-03-08T03:00:00-04:00",
    "2025-11-02T05:30": "2025-11-02T01:30:00-04:00",
    "2025-11-02T06:30": "2025-11-02T01:30:00-05:00",
    "2026-01-01T04:59:59.9": "2025-12-31T23:59:59-05:00",
}
"""UTC, and what a clock at the clinic says."""


@pytest.mark.promise("6.results.clinic-time")
def test_a_time_is_told_as_at_the_clinic(clinic: Clinic, patient: Patient, write: Write, ask: Ask):
    write(*(tsh(patient, at, "1") for at in TIMES))
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    told = {result["collected"] for result in marker["results"]}
    assert told == set(TIMES.values())


def test_a_value_is_told_as_it_was_measured(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    values = ["0", "0.0001", "7.10", "123456789", "0.1", "-2.5"]
    write(*(tsh(patient, f"2026-01-0{n}T13:00", v) for n, v in enumerate(values, 1)))
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    told = [r["value"] for r in reversed(marker["results"])]
    assert told == [0, 0.0001, 7.1, 123456789, 0.1, -2.5]


@pytest.mark.promise("6.lists.stable")
def test_a_cursor_neither_loses_nor_repeats_when_results_arrive_in_between(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    def values(page: Any) -> list[float]:
        return [r["value"] for marker in page["markers"] for r in marker["results"]]

    write(*(tsh(patient, f"2026-01-{day:02}T13:00", str(day)) for day in (2, 4, 6, 8, 10)))
    first = ask(clinic, "get_labs", patient_id=str(patient.id), limit=2)
    assert values(first) == [10, 8]
    write(
        tsh(patient, "2026-01-12T13:00", "12"),
        tsh(patient, "2026-01-09T13:00", "9"),
        tsh(patient, "2026-01-05T13:00", "5"),
    )
    cursor = first["next_cursor"]
    second = ask(clinic, "get_labs", patient_id=str(patient.id), limit=2, cursor=cursor)
    assert values(second) == [6, 5]
    cursor = second["next_cursor"]
    third = ask(clinic, "get_labs", patient_id=str(patient.id), limit=2, cursor=cursor)
    assert values(third) == [4, 2]
    assert "next_cursor" not in third


def test_results_of_one_moment_are_told_once_each_across_pages(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(*(tsh(patient, "2026-01-01T13:00", str(n), loinc=f"{n}-0") for n in range(7)))
    seen, cursor = [], None
    for _ in range(7):
        page = ask(clinic, "get_labs", patient_id=str(patient.id), limit=1, cursor=cursor)
        seen += [r["value"] for m in page["markers"] for r in m["results"]]
        cursor = page.get("next_cursor")
    assert sorted(seen) == list(range(7))
    assert cursor is None


@pytest.mark.promise("6.get-labs.panel")
def test_a_panel_leaves_out_what_is_not_of_it(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    write(
        *rows.panel(clinic.tenant_id, "thyroid", ("3016-3", "11580-8"), optional="3024-7"),
        tsh(patient, "2026-01-01T13:00", "1"),
        tsh(patient, "2026-01-02T13:00", "2", loinc="11580-8"),
        tsh(patient, "2026-01-03T13:00", "3", loinc="3024-7"),
        hematocrit(patient, "2026-01-04T13:00", "48"),
    )
    page = ask(clinic, "get_labs", patient_id=str(patient.id), panel="thyroid")
    assert [m["loinc"] for m in page["markers"]] == ["3024-7", "11580-8", "3016-3"]


@pytest.mark.promise("6.panels.own-panels")
def test_a_panel_that_there_is_not_is_refused_with_those_there_are(
    clinic: Clinic, patient: Patient, write: Write, refusal: Callable[..., str]
):
    write(*rows.panel(clinic.tenant_id, "thyroid", ("3016-3",)))
    write(*rows.panel(clinic.tenant_id, "lipids", ("2093-3",)))
    said = refusal(clinic, "get_labs", patient_id=str(patient.id), panel="thyro1d")
    assert said == "panel: must be one of this clinic's panels: lipids, thyroid"


def test_a_patient_without_results_has_an_empty_list(clinic: Clinic, patient: Patient, ask: Ask):
    assert ask(clinic, "get_labs", patient_id=str(patient.id)) == {"markers": []}


def test_results_of_another_patient_are_not_told(
    clinic: Clinic, patient: Patient, write: Write, ask: Ask
):
    other = rows.patient(clinic.tenant_id, "Jon Smith")
    write(other, tsh(other, "2025-01-01T13:00", "9"), tsh(patient, "2026-01-01T13:00", "1"))
    (marker,) = ask(clinic, "get_labs", patient_id=str(patient.id))["markers"]
    assert marker["results"] == [
        {"collected": "2026-01-01T08:00:00-05:00", "value": 1, "flag": "N"}
    ]
