"""Markers carry real codes, and their flags follow from range and critical limits."""

from decimal import Decimal

import pytest

from models.vocabulary import ResultFlag, Sex
from services.clinical.markers import BY_LOINC, MARKERS, UNBOUNDED, Interval, flag
from tests.services.onboarding.check_digits import has_loinc_check_digit

NORMAL = Interval(Decimal("3.5"), Decimal("5.2"))
CRITICAL = Interval(Decimal("2.8"), Decimal("6.2"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2.7", ResultFlag.CRITICAL_LOW),
        ("2.8", ResultFlag.LOW),
        ("3.4", ResultFlag.LOW),
        ("3.5", ResultFlag.NORMAL),
        ("5.2", ResultFlag.NORMAL),
        ("5.3", ResultFlag.HIGH),
        ("6.2", ResultFlag.HIGH),
        ("6.3", ResultFlag.CRITICAL_HIGH),
    ],
)
def test_limits_belong_to_the_better_side(value: str, expected: ResultFlag):
    assert flag(Decimal(value), NORMAL, CRITICAL) is expected


def test_an_open_end_is_never_passed():
    assert flag(Decimal(10**6), Interval(low=Decimal(60))) is ResultFlag.NORMAL
    assert flag(Decimal(0), UNBOUNDED) is ResultFlag.NORMAL


@pytest.mark.promise("6.panels.loinc")
def test_every_code_has_its_check_digit_and_belongs_to_one_marker():
    codes = [loinc.code for marker in MARKERS.values() for loinc in marker.codes]
    assert all(has_loinc_check_digit(code) for code in codes)
    assert len(codes) == len(set(codes)) == len(BY_LOINC)


def test_old_and_new_codes_of_a_marker_are_the_same_marker():
    assert BY_LOINC["33914-3"] is BY_LOINC["98979-8"]
    assert BY_LOINC["20570-8"] is BY_LOINC["4544-3"]


def test_only_codes_of_one_quantity_and_method_are_interchangeable():
    told = {key: marker.interchangeable for key, marker in MARKERS.items()}
    assert {key: codes for key, codes in told.items() if codes} == {
        "hematocrit": ("4544-3", "20570-8")
    }
    for key, codes in told.items():
        assert set(codes) <= {loinc.code for loinc in MARKERS[key].codes}


def test_ranges_are_by_sex_and_unbounded_where_none_is_known():
    testosterone = MARKERS["total_testosterone"]
    assert testosterone.reference(Sex.MALE) == Interval(Decimal(264), Decimal(916))
    assert testosterone.reference(Sex.FEMALE) == Interval(Decimal(8), Decimal(60))
    assert testosterone.reference(Sex.UNKNOWN) is UNBOUNDED
    assert MARKERS["psa"].reference(Sex.FEMALE) is UNBOUNDED


def test_a_critical_limit_lies_outside_the_range():
    for marker in MARKERS.values():
        for reference in (marker.female, marker.male):
            for low, high in (
                (marker.critical.low, reference.low),
                (reference.high, marker.critical.high),
            ):
                assert low is None or high is None or low < high, marker.key
