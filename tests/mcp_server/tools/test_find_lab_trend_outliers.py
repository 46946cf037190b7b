"""find_lab_trend_outliers: whose values climb or fall, by least squares."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import correlation, linear_regression
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
NEW_YORK = ZoneInfo("America/New_York")
NOON = "2026-06-30T12:00:00-04:00"
AT = utc("2026-01-01T13:00")
MONTH = timedelta(days=30.4375)
"""A twelfth of 365.25 days."""


class Ward:
    """A clinic with a panel of hematocrit; ranges are 38 to 48 %."""

    def __init__(self, clinic: Clinic, write: Write, ask: Ask) -> None:
        self.clinic, self.write, self._ask = clinic, write, ask
        write(*rows.panel(clinic.tenant_id, "blood", ("4544-3", "20570-8")))

    def patient(self, name: str, *values: float, **over: Any) -> Patient:
        """With a value a month from January on."""
        status = over.pop("status", "active")
        patient = rows.patient(self.clinic.tenant_id, name, status=status)
        self.write(patient)
        for number, value in enumerate(values):
            self.result(patient, AT + number * MONTH, value, **over)
        return patient

    def result(self, of: Patient, at: datetime, value: float | None, **over: Any) -> None:
        given: dict[str, Any] = {
            "loinc": "4544-3",
            "label": "Hematocrit",
            "unit": "%",
            "value": None if value is None else Decimal(str(value)),
            "reference_low": Decimal(38),
            "reference_high": Decimal(48),
            "collected_at": at,
        }
        self.write(factories.lab_result(of, **(given | over)))

    def page(self, **asked: Any) -> Any:
        # 4544-3 is the key of the panel's marker here.
        given = {"marker": "4544-3", "direction": "up"} | asked
        return self._ask(self.clinic, "find_lab_trend_outliers", **given)

    def told(self, **asked: Any) -> list[tuple[str, float]]:
        return [(t["patient"], t["slope_per_month"]) for t in self.page(**asked)["trends"]]


@pytest.fixture
def ward(clinic_at: Callable[[str], Clinic], write: Write, ask: Ask) -> Ward:
    return Ward(clinic_at(NOON), write, ask)


@pytest.mark.promise("6.find-lab-trend-outliers.slope")
def test_a_trend_is_told_with_the_line_through_it(ward: Ward):
    # Months 0, 1, 2, mean 1; values 44, 45, 49, mean 46. Sxy = (-1)(-2) + 0 + 1 * 3 = 5, Sxx = 2,
    # Syy = 4 + 1 + 9 = 14: slope 5 / 2 = 2.5, r2 = 25 / (2 * 14) = 0.893. Range: 5 / 10 = 50 %.
    john = ward.patient("John Smith", 44, 45, 49)
    assert ward.page() == {
        "marker": "4544-3",
        "name": "4544-3",
        "since": "2025-06-30",
        "trends": [
            {
                "patient_id": str(john.id),
                "patient": "John Smith",
                "loinc": "4544-3",
                "unit": "%",
                "slope_per_month": 2.5,
                "r2": 0.893,
                "n": 3,
                "first": 44,
                "first_on": "2026-01-01",
                "last": 49,
                # Two months are 60.875 days: 21 hours after 13:00 UTC of 2 March.
                "last_on": "2026-03-03",
                "low": 38,
                "high": 48,
                "range_crossed_percent": 50,
            }
        ],
    }


OPEN_LOW = {"reference_low": None}
OPEN_HIGH = {"reference_high": None}
NO_RANGE = {"reference_low": None, "reference_high": None}
CROSSED = [
    # 50 - 44 in percent of 48, and of 38
    (OPEN_LOW, 12.5),
    (OPEN_HIGH, 15.8),
    (NO_RANGE, None),
    ({"reference_low": Decimal(48)}, None),
]


@pytest.mark.parametrize(("over", "percent"), CROSSED)
def test_of_an_open_range_the_limit_is_the_measure(ward: Ward, over: dict[str, Any], percent: Any):
    ward.patient("John Smith", 44, 47, 50, **over)
    (trend,) = ward.page()["trends"]
    assert trend.get("range_crossed_percent") == percent


@pytest.mark.promise("6.find-lab-trend-outliers.direction")
def test_up_and_down_are_told_apart_and_what_stays_is_neither(ward: Ward):
    ward.patient("Up Smith", 40, 41, 42)
    ward.patient("Down Smith", 42, 41, 38)
    ward.patient("Level Smith", 42, 42, 42)
    ward.patient("Back Smith", 40, 44, 40)
    assert ward.told() == [("Up Smith", 1)]
    # Sxy = (-1) * 42 + 1 * 38 = -4: slope -2, and (38 - 42) / 10 = -40 %
    assert ward.told(direction="down") == [("Down Smith", -2)]
    (trend,) = ward.page(direction="down")["trends"]
    assert trend["range_crossed_percent"] == -40


@pytest.mark.promise("6.find-lab-trend-outliers.three-results")
def test_three_values_are_needed_and_what_is_no_value_does_not_count(ward: Ward):
    two, bound, words = (ward.patient(f"{name} Smith", 40, 44) for name in ("Two", "Lo", "Wo"))
    at = AT + 2 * MONTH
    ward.result(bound, at, 48, comparator=">")
    ward.result(words, at, None, value_label="High", reference_low=None, reference_high=None)
    later = utc("2026-07-01T13:00")
    ward.result(two, later, 48)
    assert ward.told() == []
    for patient in (two, bound, words):
        ward.result(patient, at + timedelta(hours=1), 48)
    assert len(ward.told()) == 3


def test_of_one_moment_the_result_that_stands_counts_once(ward: Ward):
    john = ward.patient("John Smith", 40, 41)
    ward.result(john, AT, 39, status="preliminary")
    ward.result(john, AT + MONTH, 41, status="preliminary")
    assert ward.told() == [], "they are two moments"
    ward.result(john, AT + 2 * MONTH, 90, status="preliminary")
    ward.result(john, AT + 2 * MONTH, 42, status="corrected")
    assert ward.told() == [("John Smith", 1)]


def test_methods_that_agree_are_one_series_and_others_and_other_units_are_not(
    ward: Ward, write: Write
):
    john = ward.patient("John Smith", 40, 41)
    ward.result(john, AT + 2 * MONTH, 42, loinc="20570-8")
    assert ward.told() == [("John Smith", 1)]
    # 0.40 to 0.44 in another unit is another series: 0.02 a month.
    for number, value in enumerate((0.40, 0.42, 0.44)):
        ward.result(john, AT + number * MONTH, value, unit="L/L")
    units = [(t["unit"], t["slope_per_month"]) for t in ward.page()["trends"]]
    assert units == [("%", 1), ("L/L", 0.02)]
    write(*rows.panel(ward.clinic.tenant_id, "lipids", ("13457-7", "18262-6")))
    for number, code in enumerate(("13457-7", "18262-6", "13457-7", "18262-6", "18262-6")):
        ward.result(john, AT + number * MONTH, 100 + number, loinc=code, unit="mg/dL")
    # By calculation there are two only; by direct assay months 1, 3, 4.
    (trend,) = ward.page(marker="13457-7")["trends"]
    assert (trend["loinc"], trend["n"], trend["slope_per_month"]) == ("18262-6", 3, 1)


def test_a_marker_is_named_by_its_key_or_by_loinc_in_any_case(ward: Ward):
    ward.patient("John Smith", 40, 41, 42)
    for marker in ("hematocrit", "HEMATOCRIT", "4544-3", "20570-8"):
        assert ward.told(marker=marker) == [("John Smith", 1)], marker
    page = ward.page(marker="Hematocrit")
    assert (page["marker"], page["name"]) == ("hematocrit", "Hematocrit")
    assert ward.told(marker="tsh") == []


def test_a_marker_that_nobody_knows_is_refused_with_those_there_are(
    ward: Ward, refusal: Callable[..., str]
):
    given = {"marker": "haematocrit", "direction": "up"}
    said = refusal(ward.clinic, "find_lab_trend_outliers", **given)
    assert said.startswith("marker: must be a LOINC code or one of: 4544-3, alt, ast, ")
    assert ", hematocrit, " in said


def test_the_steepest_comes_first_also_across_pages_and_the_dead_are_left_out(ward: Ward):
    ward.patient("Dead Smith", 40, 45, 50, status="deceased")
    for name, step in (("Bo", 2), ("Cy", 1), ("Di", 1), ("Al", 3), ("Ed", 0.5)):
        ward.patient(f"{name} Smith", 40, 40 + step, 40 + 2 * step)
    seen: list[tuple[str, float]] = []
    first = page = ward.page(limit=2)
    seen += [(t["patient"], t["slope_per_month"]) for t in page["trends"]]
    ward.patient("New Steepest", 40, 45, 50)
    ward.patient("New Flat", 40, 40.7, 41.4)
    while "next_cursor" in page:
        page = ward.page(limit=2, cursor=page["next_cursor"])
        seen += [(t["patient"], t["slope_per_month"]) for t in page["trends"]]
    assert "next_cursor" in first
    assert [slope for _, slope in seen] == [3, 2, 1, 1, 0.7, 0.5]
    assert len({name for name, _ in seen}) == 6


@pytest.mark.promise("6.find-lab-trend-outliers.months")
@pytest.mark.parametrize(
    ("now", "months", "first"),
    [
        ("2026-06-30T12:00:00-04:00", 12, "2025-06-30T04:00"),
        ("2026-12-31T23:30:00-05:00", 12, "2025-12-31T05:00"),
        ("2026-05-31T12:00:00-04:00", 3, "2026-02-28T05:00"),
        ("2028-02-29T12:00:00-05:00", 60, "2023-02-28T05:00"),
        ("2026-04-08T12:00:00-04:00", 1, "2026-03-08T05:00"),
    ],
)
def test_so_many_months_count(
    clinic_at: Callable[[str], Clinic], write: Write, ask: Ask, *, now: str, months: int, first: str
):
    ward, begin = Ward(clinic_at(now), write, ask), utc(first)
    for name, earlier in (("In Time", timedelta(0)), ("Too Early", timedelta(seconds=1))):
        patient = ward.patient(name)
        for day, value in enumerate((40, 41, 42)):
            ward.result(patient, begin - earlier + timedelta(days=7 * day), value)
    page = ward.page(months=months)
    assert [trend["patient"] for trend in page["trends"]] == ["In Time"]
    assert date.fromisoformat(page["since"]) == begin.astimezone(NEW_YORK).date()


VALUES = """
SELECT patient_id::text, collected_at, value, reference_low, reference_high
  FROM app.lab_results
 WHERE tenant_id = {t} AND loinc = %s AND comparator IS NULL
   AND patient_id NOT IN (SELECT id FROM app.patients WHERE deceased_on IS NOT NULL)
 ORDER BY collected_at
"""


def line(values: Sequence[Any]) -> tuple[float, float]:
    """Slope and r2 by other hands than the database's."""
    days = [(at - values[0][0]).total_seconds() / 86_400 for at, *_ in values]
    told = [float(value) for _, value, *_ in values]
    if len(set(told)) == 1:
        return 0.0, 0.0
    return linear_regression(days, told).slope * 365.25 / 12, correlation(days, told) ** 2


@pytest.mark.promise("6.find-lab-trend-outliers.slope")
@pytest.mark.parametrize(
    ("marker", "loinc"), [("hematocrit", "4544-3"), ("tsh", "3016-3"), ("hba1c", "4548-4")]
)
def test_on_the_synthetic_clinic_it_is_what_is_reckoned_otherwise(
    synthetic: Clinic, ask: Ask, seen: Callable[..., Any], *, marker: str, loinc: str
):
    given = {"marker": marker, "months": 24, "limit": 100}
    up, down = (
        ask(synthetic, "find_lab_trend_outliers", **given, direction=direction)
        for direction in ("up", "down")
    )
    values: defaultdict[str, list[Any]] = defaultdict(list)
    for patient, at, *rest in seen(VALUES, loinc):
        if str(at.astimezone(NEW_YORK).date()) >= up["since"]:
            values[patient].append((at, *rest))
    lines = {patient: line(of) for patient, of in values.items() if len(of) > 2}
    for page, sign in ((up, 1), (down, -1)):
        expected = {patient for patient, (slope, _) in lines.items() if slope * sign > 0}
        assert {trend["patient_id"] for trend in page["trends"]} == expected
        steepness = [abs(trend["slope_per_month"]) for trend in page["trends"]]
        assert steepness == sorted(steepness, reverse=True)
    for trend in up["trends"] + down["trends"]:
        of, (slope, r2) = values[trend["patient_id"]], lines[trend["patient_id"]]
        (_, first, *_), (_, last, low, high) = of[0], of[-1]
        assert (trend["n"], trend["first"], trend["last"]) == (len(of), float(first), float(last))
        assert trend["slope_per_month"] == pytest.approx(slope, rel=1e-3)
        assert trend["r2"] == pytest.approx(r2, abs=6e-4)
        crossed = 100 * (last - first) / (high - low)
        assert trend["range_crossed_percent"] == pytest.approx(float(crossed), abs=0.051)
    assert len(up["trends"] + down["trends"]) > 3


def test_whose_hematocrit_rises_in_the_synthetic_clinic_is_found_in_one_short_answer(
    synthetic: Clinic, endpoint: Endpoint, seen: Callable[..., Any]
):
    given = {"marker": "hematocrit", "direction": "up"}
    answer = endpoint.call("find_lab_trend_outliers", given, token=synthetic.provider.token.text)
    steepest = answer.content["trends"][0]
    assert steepest["r2"] > 0.9
    assert steepest["last"] > steepest["high"]
    assert len(answer.result["content"][0]["text"].encode()) < 8_000
