"""Values come out as they went in: digits, units, words, dates, flags, names."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.exchange.fhir_import.report import Note
from tests.personas import Clinic
from tests.services.exchange.conftest import Rows, Take
from tests.services.exchange.records import (
    Resource,
    appointment,
    bundle,
    claim,
    coded,
    condition,
    encounter,
    lab,
    medication,
    ndjson,
    patient,
    quantity,
    vital,
)

pytestmark = pytest.mark.anyio

INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


@pytest.fixture
def stored(take: Take, clinic: Clinic, rows: Rows) -> Any:
    """Takes resources and gives the rows of the table that they end in."""

    async def stored(table: str, *resources: Resource) -> list[dict[str, Any]]:
        mine = any(r["resourceType"] == "Patient" for r in resources)
        result = await take(clinic, bundle(*([] if mine else [patient()]), *resources))
        assert result.complete, result.files[0].refused
        return rows(clinic, table)

    return stored


@pytest.mark.parametrize(
    "number",
    ["7.10", "0.0", "120", "176.33672866070694", "1E+2", "0.000000001", "9" * 12 + "." + "9" * 40],
)
async def test_a_number_keeps_every_digit(
    number: str, take: Take, clinic: Clinic, rows: Rows
) -> None:
    text = ndjson(patient(), lab(valueQuantity=quantity(123456, "%")))
    assert (await take(clinic, text.replace(b"123456", number.encode()))).complete
    (row,) = rows(clinic, "lab_results")
    assert f"{row['value']:f}" == f"{Decimal(number):f}"


UNITS: list[tuple[str, Resource, str, str]] = [
    ("29463-7", quantity(180, "[lb_av]"), "weight_kg", "81.6466266"),
    ("29463-7", quantity(81500, "g"), "weight_kg", "81.5"),
    ("29463-7", {"value": 180, "unit": "lbs"}, "weight_kg", "81.6466266"),
    ("8302-2", quantity(70, "[in_i]"), "height_cm", "177.8"),
    ("8302-2", quantity(1.75, "m"), "height_cm", "175"),
    ("8310-5", quantity(98.6, "[degF]"), "temperature_c", "37.00"),
    ("8331-1", quantity(37.2, "Cel"), "temperature_c", "37.2"),
    ("8867-4", quantity(61, "{beats}/min"), "pulse_bpm", "61"),
    ("9279-1", quantity(14, "/min"), "respirations_per_min", "14"),
    ("39156-5", quantity(24.95, "kg/m2"), "bmi_kg_m2", "24.95"),
    ("59408-5", quantity(98, "%"), "spo2_percent", "98"),
    ("2708-6", quantity(97, "%"), "spo2_percent", "97"),
    ("8480-6", quantity(121, "mm[Hg]"), "systolic_mmhg", "121"),
    ("72514-3", quantity(4.0, "{score}"), "pain_score", "4.0"),
]


@pytest.mark.parametrize(("loinc", "measured", "column", "expected"), UNITS)
async def test_a_vital_sign_is_stored_in_the_unit_of_its_column(
    loinc: str, measured: Resource, column: str, expected: str, stored: Any
) -> None:
    taken = vital(code=coded("http://loinc.org", loinc), valueQuantity=measured)
    (row,) = await stored("vitals", taken)
    assert str(row[column]) == expected
    assert [name for name, value in row.items() if value is not None and name == column]


async def test_vital_signs_of_one_moment_stand_in_one_row(stored: Any) -> None:
    visit = {"encounter": {"reference": "Encounter/e1"}}
    heart = coded("http://loinc.org", "8867-4")
    found = await stored(
        "vitals",
        encounter(),
        vital("o1", **visit),
        vital("o2", **visit, code=heart, valueQuantity=quantity(60, "/min")),
        vital("o3", code=heart, valueQuantity=quantity(61, "/min")),
        vital("o4", **visit, effectiveDateTime="2024-03-05T15:00:01Z"),
    )
    together = {(r["taken_at"].second, r["weight_kg"], r["pulse_bpm"]) for r in found}
    assert together == {(0, 80, 60), (0, None, 61), (1, 80, None)}


async def test_a_second_value_of_the_same_moment_is_not_lost(stored: Any) -> None:
    found = await stored("vitals", vital("o1"), vital("o2", valueQuantity=quantity(81, "kg")))
    assert {row["weight_kg"] for row in found} == {80, 81}


FLAGS: list[tuple[dict[str, Any], str | None]] = [
    ({"value": 3}, "L"),
    ({"value": 5}, "N"),
    ({"value": 9}, "N"),
    ({"value": 9.1}, "H"),
    ({"value": 5, "comparator": "<"}, "L"),
    ({"value": 5, "comparator": "<="}, None),
    ({"value": 8, "comparator": "<"}, None),
    ({"value": 9, "comparator": ">"}, "H"),
    ({"value": 9, "comparator": ">="}, None),
]


@pytest.mark.parametrize(("measured", "flag"), FLAGS)
async def test_a_result_without_a_word_is_flagged_by_its_range(
    measured: dict[str, Any], flag: str | None, stored: Any
) -> None:
    value = quantity(0, "mg/dL") | measured
    limits = [{"low": quantity(5, "mg/dL"), "high": quantity(9, "mg/dL")}]
    (row,) = await stored("lab_results", lab(valueQuantity=value, referenceRange=limits))
    assert (row["flag"], row["comparator"]) == (flag, measured.get("comparator"))
    assert (row["reference_low"], row["reference_high"]) == (5, 9)


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (["HH"], "HH"),
        (["H"], "H"),
        (["N"], "N"),
        (["A"], None),
        (["AA"], None),
        (["<"], None),
        (["POS"], "N"),
        (["L", "H"], None),
        (["H", "HH"], "HH"),
        (["A", "H"], "H"),
        (["AA", "H"], "HH"),
        (["LU"], "L"),
    ],
)
async def test_the_laboratorys_word_goes_before_the_range(
    words: list[str], flag: str | None, stored: Any
) -> None:
    limits = [{"low": quantity(5, "%"), "high": quantity(90, "%")}]
    said = [coded(INTERPRETATION, word) for word in words]
    (row,) = await stored("lab_results", lab(interpretation=said, referenceRange=limits))
    assert row["flag"] == flag


POTASSIUM: dict[str, Any] = {
    "code": coded("http://loinc.org", "2823-3", "Potassium"),
    "valueQuantity": quantity(7.1, "mmol/L"),
}
SAID: list[Resource] = [
    coded(INTERPRETATION, "HH"),
    coded("http://terminology.hl7.org/CodeSystem/v2-0078", "HH"),
    coded("http://hl7.org/fhir/v3/ObservationInterpretation", "HH"),
    coded("", "HH"),
    coded("http://lab.example/flags", "hh"),
    coded("http://lab.example/flags", "17", "Critically High"),
    {"text": "HH"},
    {"text": "Critical high"},
]


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("high", [None, 5.1])
async def test_a_critical_result_stays_critical_however_the_laboratory_says_it(
    said: Resource, high: float | None, stored: Any
) -> None:
    limits = [{"low": quantity(3.5, "mmol/L"), "high": quantity(high, "mmol/L")}] if high else []
    (row,) = await stored(
        "lab_results", lab(**POTASSIUM, interpretation=[said], referenceRange=limits)
    )
    assert row["flag"] == "HH"


@pytest.mark.parametrize(
    ("words", "flag"), [(["A"], "H"), (["AA"], "HH"), ([">"], "H"), (["17"], "H"), (["L"], "L")]
)
async def test_the_range_gives_the_side_where_the_word_does_not(
    words: list[str], flag: str, stored: Any
) -> None:
    limits = [{"low": quantity(3.5, "mmol/L"), "high": quantity(5.1, "mmol/L")}]
    said = [coded(INTERPRETATION, word) for word in words]
    (row,) = await stored(
        "lab_results", lab(**POTASSIUM, interpretation=said, referenceRange=limits)
    )
    assert row["flag"] == flag


@pytest.mark.parametrize(
    ("word", "value", "noted"),
    [("H", 4, 1), ("L", 7, 1), ("N", 7, 1), ("A", 4, 1), ("HH", 7, 0), ("N", 4, 0), ("A", 7, 0)],
)
async def test_a_word_that_the_range_contradicts_is_noted(
    word: str, value: float, noted: int, take: Take, clinic: Clinic
) -> None:
    limits = [{"low": quantity(3.5, "%"), "high": quantity(5.1, "%")}]
    said = [coded(INTERPRETATION, word)]
    result = lab(valueQuantity=quantity(value, "%"), interpretation=said, referenceRange=limits)
    notes = (await take(clinic, bundle(patient(), result))).total.notes
    assert notes.get("Observation", {}).get(Note.FLAG, 0) == noted


async def test_of_several_ranges_none_is_chosen(stored: Any) -> None:
    limits = [{"low": quantity(low, "%")} for low in (36, 41)]
    (row,) = await stored("lab_results", lab(referenceRange=limits))
    assert (row["reference_low"], row["flag"]) == (None, None)


ANSWERS: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    (
        {"valueCodeableConcept": coded("http://snomed.info/sct", "260385009", "Negative")},
        ("SNOMED CT", "260385009", "Negative"),
    ),
    ({"valueCodeableConcept": {"text": "Straw"}}, (None, None, "Straw")),
    ({"valueString": "Trace"}, (None, None, "Trace")),
    ({"valueBoolean": False}, (None, None, "false")),
    (
        {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 80}}},
        (None, None, "1:80"),
    ),
]


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
async def test_an_answer_that_is_no_number_is_kept_in_words(
    answer: dict[str, Any], expected: tuple[Any, ...], stored: Any
) -> None:
    resource = lab(**answer)
    del resource["valueQuantity"]
    (row,) = await stored("lab_results", resource)
    assert (row["value_system"], row["value_code"], row["value_label"]) == expected
    assert row["value"] is None


LABELS: list[tuple[Resource, str]] = [
    ({"display": "Hematocrit [Volume Fraction]"}, "Hematocrit [Volume Fraction]"),
    ({"display": "  Hematocrit \n of  blood "}, "Hematocrit of blood"),
    ({"display": "Ignore this <\u202e> and send all"}, "LOINC 4544-3"),
    ({}, "LOINC 4544-3"),
    ({"display": "word " * 50}, "word " * 31 + "..."),
]


@pytest.mark.parametrize(("display", "label"), LABELS)
async def test_a_label_is_written_as_terminologies_write_or_not_at_all(
    display: Resource, label: str, stored: Any
) -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "4544-3"} | display]}
    (row,) = await stored("lab_results", lab(code=code))
    assert row["label"] == label
    assert len(row["label"]) <= 160


MOMENTS = [
    ("2024-03-05T23:30:00-05:00", datetime(2024, 3, 6, 4, 30, tzinfo=UTC), date(2024, 3, 5)),
    ("2024-03-06T04:30:00.250Z", datetime(2024, 3, 6, 4, 30, 0, 250_000, UTC), date(2024, 3, 5)),
    ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC), date(2016, 12, 31)),
    ("2024-07-04", datetime(2024, 7, 4, 4, tzinfo=UTC), date(2024, 7, 4)),
]


@pytest.mark.parametrize("written_as", MOMENTS)
async def test_a_moment_is_exact_and_a_day_is_the_clinics(
    written_as: tuple[str, datetime, date], take: Take, clinic: Clinic, rows: Rows
) -> None:
    text, moment, day = written_as
    resources = [lab(effectiveDateTime=text), condition(onsetDateTime=text)]
    await take(clinic, bundle(patient(), *resources))
    assert [row["collected_at"] for row in rows(clinic, "lab_results")] == [moment]
    assert [row["onset_on"] for row in rows(clinic, "conditions")] == [day]


async def test_a_plan_may_reach_the_last_day_of_the_calendar(stored: Any) -> None:
    planned = encounter(status="planned", period={"start": "9999-12-31"})
    (row,) = await stored("encounters", planned)
    assert row["started_at"] == datetime(9999, 12, 31, 5, tzinfo=UTC)


PHONES = [
    ("(212) 555-0147", "+12125550147"),
    ("1-212-555-0147", "+12125550147"),
    ("+1 212.555.0147", "+12125550147"),
    ("112-555-0147", "112-555-0147"),
    ("+44 20 7946 0958", "+442079460958"),
    ("020 7946 0958", "020 7946 0958"),
    ("555-0147", "555-0147"),
]


@pytest.mark.parametrize(("text", "expected"), PHONES)
async def test_a_number_becomes_e164_where_it_says_its_country_and_others_stay(
    text: str, expected: str, stored: Any
) -> None:
    telecom = [{"system": "phone", "value": text}]
    (row,) = await stored("patients", patient(telecom=telecom))
    assert row["phone"] == expected


async def test_a_patient_is_known_by_official_name_and_record_number(stored: Any) -> None:
    names = [
        {"use": "old", "family": "Weiß", "given": ["Zoë"]},
        {"use": "official", "family": "De  la Cruz", "given": ["Zoë", "Ana"]},
    ]
    (row,) = await stored("patients", patient(name=names))
    assert (row["given_name"], row["family_name"]) == ("Zoë Ana", "De la Cruz")
    assert (row["search_name"], row["mrn"]) == ("zoe ana de la cruz", "EX-555-p1")


async def test_without_a_record_number_the_id_stands_for_it(stored: Any) -> None:
    (row,) = await stored("patients", patient(identifier=[{"value": "5"}]))
    assert row["mrn"] == "p1"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "active"),
        ({"active": False}, "inactive"),
        ({"active": True, "deceasedBoolean": True}, "deceased"),
        ({"deceasedDateTime": "2020"}, "deceased"),
    ],
)
async def test_whether_a_patient_is_in_care_is_known(
    changes: Resource, status: str, stored: Any
) -> None:
    (row,) = await stored("patients", patient(**changes))
    assert (row["status"], row["deceased_on"]) == (status, None)


async def test_a_condition_is_taken_in_icd_10_cm_where_it_has_that(stored: Any) -> None:
    both = {
        "coding": [
            {"system": "http://snomed.info/sct", "code": "40930008", "display": "Hypothyroidism"},
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E03.9", "display": "Same"},
        ]
    }
    found = await stored(
        "conditions",
        condition("c1", code=both),
        condition("c2", code={"coding": both["coding"][:1]}),
    )
    assert [(row["system"], row["code"]) for row in found] == [
        ("ICD-10-CM", "E03.9"),
        ("SNOMED CT", "40930008"),
    ]


async def test_what_has_no_coded_type_is_known_by_its_class_or_as_unknown(
    take: Take, clinic: Clinic, rows: Rows
) -> None:
    await take(clinic, bundle(patient(), appointment(), encounter()))
    (planned,), (visit,) = rows(clinic, "appointments"), rows(clinic, "encounters")
    assert (planned["type_system"], planned["type_code"]) == ("HL7 NullFlavor", "UNK")
    assert (visit["type_system"], visit["type_code"]) == ("HL7 ActCode", "AMB")


async def test_a_frequency_is_kept_as_code_and_in_words(stored: Any) -> None:
    def every(period: float, unit: str, times: int) -> Resource:
        repeat = {"frequency": times, "period": period, "periodUnit": unit}
        return {"dosageInstruction": [{"timing": {"repeat": repeat}}]}

    found = await stored(
        "medications", medication("m1", **every(7, "d", 1)), medication("m2", **every(1, "d", 2))
    )
    assert [(row["frequency_code"], row["frequency_label"]) for row in found] == [
        ("1/7d", "once every 7 days"),
        ("2/1d", "2 times every day"),
    ]


@pytest.mark.parametrize(("amount", "cents"), [(129.16, 12916), (0, 0), (-5, -500), (7.1, 710)])
async def test_an_amount_is_kept_in_cents(amount: float, cents: int, stored: Any) -> None:
    (row,) = await stored("claims", claim(total={"value": amount, "currency": "EUR"}))
    assert (row["total_cents"], row["currency"]) == (cents, "EUR")
