"""find_abnormal_labs_across_panel: whose latest results are outside their range, worst first."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.patient import Patient
from tests import factories
from tests.mcp_server import rows
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.rows import utc
from tests.personas import Clinic

Ask = Callable[..., Any]
Write = Callable[..., None]
NOON = "2026-06-30T12:00:00-04:00"
NEW_YORK = ZoneInfo("America/New_York")
AT = utc("2026-06-01T13:00")


class Ward:
    """A clinic with a panel of TSH, by two codes, and potassium; ranges 0.4 to 4.4 and 3.5 to 5."""

    def __init__(self, clinic: Clinic, write: Write, ask: Ask) -> None:
        self.clinic, self.write, self._ask = clinic, write, ask
        tsh, potassium = ("3016-3", "11580-8"), ("2823-3",)
        write(*rows.panel(clinic.tenant_id, "mixed", tsh, potassium, optional="4544-3"))

    def patient(self, name: str, **over: Any) -> Patient:
        patient = rows.patient(self.clinic.tenant_id, name, **over)
        self.write(patient)
        return patient

    def result(self, of: Patient, value: str | None, at: Any = AT, **over: Any) -> None:
        given: dict[str, Any] = {
            "value": None if value is None else Decimal(value),
            "collected_at": at,
            "flag": None,
            "reference_low": Decimal("0.4"),
            "reference_high": Decimal("4.4"),
        }
        self.write(factories.lab_result(of, **(given | over)))

    def page(self, **asked: Any) -> Any:
        return self._ask(
            self.clinic, "find_abnormal_labs_across_panel", **({"panel": "mixed"} | asked)
        )

    def told(self, **asked: Any) -> list[tuple[str, Any, Any]]:
        results = self.page(**asked)["results"]
        return [(r["patient"], r.get("value"), r.get("outside_percent")) for r in results]


@pytest.fixture
def ward(clinic_at: Callable[[str], Clinic], write: Write, ask: Ask) -> Ward:
    return Ward(clinic_at(NOON), write, ask)


POTASSIUM = {
    "loinc": "2823-3",
    "label": "Potassium",
    "unit": "mmol/L",
    "reference_low": Decimal("3.5"),
    "reference_high": Decimal("5.0"),
}


@pytest.mark.promise("6.find-abnormal-labs-across-panel.acknowledged")
def test_a_result_is_told_with_its_range_and_how_far_outside_it_is(ward: Ward):
    john = ward.patient("John Smith")
    ward.result(john, "6.4", flag="H", acknowledged_at=AT, status="corrected")
    ada = ward.patient("Ada Smith")
    ward.result(ada, "6.2", flag="HH", **POTASSIUM)
    assert ward.page() == {
        "results": [
            {
                "patient_id": str(ada.id),
                "patient": "Ada Smith",
                "loinc": "2823-3",
                "name": "Potassium",
                "value": 6.2,
                "unit": "mmol/L",
                "low": 3.5,
                "high": 5,
                "flag": "HH",
                # (6.2 - 5.0) / (5.0 - 3.5) = 80 %, and yet first: it is critical.
                "outside_percent": 80,
                "collected": "2026-06-01",
                "acknowledged": False,
            },
            {
                "patient_id": str(john.id),
                "patient": "John Smith",
                "loinc": "3016-3",
                "name": "TSH",
                "value": 6.4,
                "unit": "m[IU]/L",
                "low": 0.4,
                "high": 4.4,
                "flag": "H",
                # (6.4 - 4.4) / (4.4 - 0.4) = 50 %
                "outside_percent": 50,
                "collected": "2026-06-01",
                "acknowledged": True,
                "status": "corrected",
            },
        ]
    }


OPEN_LOW = {"reference_low": None}
OPEN_HIGH = {"reference_high": None}
NO_RANGE = {"reference_low": None, "reference_high": None}
NO_WIDTH = {"reference_low": Decimal(2), "reference_high": Decimal(2)}
FROM_ZERO = {"reference_low": Decimal(0), "reference_high": None}

JUDGED: dict[str, tuple[str | None, dict[str, Any], Any]] = {
    # (0.4 - 0.3) / 4 = 2.5 %
    "below": ("0.3", {}, 2.5),
    # (5.55 - 4.4) / 4 = 28.75 %, rounded up
    "above": ("5.55", {}, 28.8),
    "the lower end": ("0.4", {}, None),
    "the upper end": ("4.4", {}, None),
    # (5.5 - 4.4) / 4.4 = 25 %
    "above, open below": ("5.5", OPEN_LOW, 25),
    "inside, open below": ("0.1", OPEN_LOW, None),
    # (0.4 - 0.1) / 0.4 = 75 %
    "below, open above": ("0.1", OPEN_HIGH, 75),
    "inside, open above": ("99", OPEN_HIGH, None),
    "neither range nor flag": ("99", NO_RANGE, None),
    "a normal flag": ("3", NO_RANGE | {"flag": "N"}, None),
    "a flag alone": ("3", NO_RANGE | {"flag": "L"}, "flagged"),
    "a flag inside the range": ("3", {"flag": "H"}, "flagged"),
    # The range is what is shown: (5.4 - 4.4) / 4 = 25 %
    "outside, though called normal": ("5.4", {"flag": "N"}, 25),
    "a range without width": ("3", NO_WIDTH, "flagged"),
    "below an end of zero": ("-1", FROM_ZERO, "flagged"),
    "a coded answer": (None, NO_RANGE | {"value_label": "Positive", "flag": "H"}, "flagged"),
    "a coded answer without flag": (None, NO_RANGE | {"value_label": "Positive"}, None),
    # At least (0.4 - 0.2) / 4 = 5 %
    "less than what is below": ("0.2", {"comparator": "<"}, 5),
    "less than the lower end": ("0.4", {"comparator": "<"}, 0),
    "at most the lower end": ("0.4", {"comparator": "<="}, None),
    "less than what is inside": ("3", {"comparator": "<"}, None),
    "less than what is above": ("9", {"comparator": "<"}, None),
    # At least (6.4 - 4.4) / 4 = 50 %
    "more than what is above": ("6.4", {"comparator": ">"}, 50),
    "more than the upper end": ("4.4", {"comparator": ">"}, 0),
    "at least the upper end": ("4.4", {"comparator": ">="}, None),
    "more than what is below": ("0.1", {"comparator": ">"}, None),
}


@pytest.mark.promise("6.find-abnormal-labs-across-panel.worst-first")
def test_what_lies_outside_is_told_and_how_far(ward: Ward):
    names: dict[str, str] = {}
    for name, (value, over, _) in JUDGED.items():
        patient = ward.patient("John Smith")
        ward.result(patient, value, **over)
        names[str(patient.id)] = name
    told = {
        names[result["patient_id"]]: result.get("outside_percent", "flagged")
        for result in ward.page(limit=200)["results"]
    }
    assert told == {name: percent for name, (*_, percent) in JUDGED.items() if percent is not None}


@pytest.mark.promise("6.find-abnormal-labs-across-panel.latest")
def test_only_the_latest_of_a_marker_counts_by_any_of_its_codes(ward: Ward):
    john = ward.patient("John Smith")
    ward.result(john, "9", AT - timedelta(days=30))
    ward.result(john, "2", AT, loinc="11580-8")
    assert ward.told() == []
    ward.result(john, "8", AT + timedelta(days=1))
    assert ward.told() == [("John Smith", 8, 90)]
    ward.result(john, "2", AT + timedelta(days=1), status="corrected")
    assert ward.told() == []
    ward.result(john, "9", utc("2026-07-01T13:00"))
    assert ward.told() == [], "it is not yet collected"


def test_markers_stand_for_themselves_and_other_panels_and_the_dead_are_left_out(ward: Ward):
    john, dead = ward.patient("John Smith"), ward.patient("Jim Smith", status="deceased")
    gone = ward.patient("Jane Smith", status="inactive")
    ward.result(dead, "9")
    ward.result(gone, "5.4")
    ward.result(john, "9", loinc="2345-7")
    ward.result(john, "6.4")
    ward.result(john, "3.2", **POTASSIUM)
    # (3.5 - 3.2) / 1.5 = 20 %
    assert ward.told() == [
        ("John Smith", 6.4, 50),
        ("Jane Smith", 5.4, 25),
        ("John Smith", 3.2, 20),
    ]


@pytest.mark.promise("6.find-abnormal-labs-across-panel.worst-first")
def test_critical_ones_come_first_then_the_farthest_then_those_only_flagged_across_pages(
    ward: Ward,
):
    made = [
        ("Ann A", "4.8", {"flag": "HH"}),  # 10 %
        ("Bea B", "3", NO_RANGE | {"flag": "LL"}),
        ("Cyd C", "8.4", {"flag": "H"}),  # 100 %
        ("Dan D", "6.4", {}),  # 50 %
        ("Eve E", "6.4", {}),  # 50 %
        ("Flo F", "4.8", {"flag": "H"}),  # 10 %
        ("Guy G", "3", NO_RANGE | {"flag": "H"}),
    ]
    for name, value, over in reversed(made):
        ward.result(ward.patient(name), value, **over)
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page = ward.page(limit=2, cursor=cursor)
        seen += [result["patient"] for result in page["results"]]
        cursor = page.get("next_cursor")
    assert cursor is None
    assert [*seen[:3], *sorted(seen[3:5]), *seen[5:]] == [name for name, *_ in made]


def test_a_page_goes_on_where_it_ended_when_results_arrive_in_between(ward: Ward):
    for percent in (90, 70, 50, 30):
        ward.result(
            ward.patient(f"Pat {'X' * (percent // 10)}"),
            str(Decimal("4.4") + Decimal(percent) / 25),
        )
    first = ward.page(limit=2)
    ward.result(ward.patient("New Worst"), "9")
    ward.result(ward.patient("New Between"), "6")
    rest = ward.page(limit=50, cursor=first["next_cursor"])
    percents = [result["outside_percent"] for result in first["results"] + rest["results"]]
    assert percents == [90, 70, 50, 40, 30]


@pytest.mark.promise("6.find-abnormal-labs-across-panel.since")
@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-06-30T12:00:00-04:00", "2025-06-30T04:00"),
        # Half past eleven in the evening of 31 December in New York is New Year in UTC.
        ("2026-12-31T23:30:00-05:00", "2025-12-31T05:00"),
        ("2028-02-29T12:00:00-05:00", "2027-02-28T05:00"),
        ("2027-03-14T12:00:00-04:00", "2026-03-14T04:00"),
    ],
)
def test_twelve_months_count_unless_said_otherwise(
    clinic_at: Callable[[str], Clinic], write: Write, ask: Ask, *, now: str, first: str
):
    ward = Ward(clinic_at(now), write, ask)
    in_time, late = ward.patient("In Time"), ward.patient("Too Late")
    ward.result(in_time, "8.4", utc(first))
    ward.result(late, "8.4", utc(first) - timedelta(seconds=1))
    assert ward.told() == [("In Time", 8.4, 100)]
    day = date.fromisoformat(first[:10])
    assert ward.told(since=str(day + timedelta(days=1))) == []
    before = ward.told(since=str(day - timedelta(days=1)))
    assert sorted(before) == [("In Time", 8.4, 100), ("Too Late", 8.4, 100)]


def test_a_panel_that_there_is_not_is_refused(ward: Ward, refusal: Callable[..., str]):
    said = refusal(ward.clinic, "find_abnormal_labs_across_panel", panel="blood")
    assert said == "panel: must be one of this clinic's panels: mixed"


RESULTS = """
SELECT p.key AS panel, m.marker, r.patient_id::text, r.value, r.reference_low, r.reference_high,
       r.flag, r.collected_at, r.acknowledged_at IS NOT NULL AS seen, r.loinc
  FROM app.lab_results r, app.lab_panel_markers m, app.lab_panels p
 WHERE r.tenant_id = {t} AND m.tenant_id = {t} AND m.loinc = r.loinc AND p.id = m.panel_id
   AND r.patient_id NOT IN (SELECT id FROM app.patients WHERE deceased_on IS NOT NULL)
 ORDER BY r.collected_at
"""


def outside(value: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal | None:
    if low is not None and value < low:
        beyond = low - value
    elif high is not None and value > high:
        beyond = value - high
    else:
        return None
    width = high - low if low is not None and high is not None else (low or high or Decimal(1))
    return (100 * beyond / width).quantize(Decimal("0.1"), ROUND_HALF_UP)


@pytest.mark.promise("6.find-abnormal-labs-across-panel.latest")
def test_on_the_synthetic_clinic_it_is_what_is_reckoned_otherwise(
    synthetic: Clinic, endpoint: Endpoint, ask: Ask, seen: Callable[..., Any]
):
    tool, token = "find_abnormal_labs_across_panel", synthetic.provider.token.text
    ((now,),) = seen("SELECT app.now()")
    since = str((now - timedelta(days=200)).astimezone(NEW_YORK).date())
    latest: dict[tuple[str, str, str], Any] = {}
    for panel, marker, patient, *result in seen(RESULTS):
        if str(result[4].astimezone(NEW_YORK).date()) >= since:
            latest[panel, marker, patient] = result
    found = 0
    for panel in sorted({key for key, *_ in latest}):
        expected = [
            (patient, loinc, flag, float(percent), acknowledged)
            for (of, _, patient), (*ends, flag, _, acknowledged, loinc) in latest.items()
            if of == panel and (percent := outside(*ends)) is not None
        ]
        told: list[Any] = []
        cursor = None
        while True:
            page = ask(synthetic, tool, panel=panel, since=since, cursor=cursor)
            told += [
                (r["patient_id"], r["loinc"], r["flag"], r["outside_percent"], r["acknowledged"])
                for r in page["results"]
            ]
            cursor = page.get("next_cursor")
            if cursor is None:
                break
        assert sorted(told) == sorted(expected), panel
        order = [(flag not in ("LL", "HH"), -percent) for _, _, flag, percent, _ in told]
        assert order == sorted(order)
        found += len(told)
        answer = endpoint.call(tool, {"panel": panel}, token=token)
        assert len(answer.result["content"][0]["text"].encode()) < 8_000
    assert found > 20
