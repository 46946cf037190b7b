"""Ages and telephone numbers, by themselves."""

from datetime import date

import pytest

from services.clinical.patients import age, e164


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        ("1980-07-01", "2026-06-30", 45),
        ("1980-07-01", "2026-07-01", 46),
        ("1980-02-29", "2026-02-28", 45),
        ("1980-02-29", "2026-03-01", 46),
        ("1980-02-29", "2024-02-28", 43),
        ("1980-02-29", "2024-02-29", 44),
        ("2026-01-01", "2026-01-01", 0),
        ("2025-12-31", "2026-01-01", 0),
    ],
)
def test_an_age_is_in_whole_years(born: str, on: str, years: int):
    assert age(date.fromisoformat(born), date.fromisoformat(on)) == years


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(212) 555-0103", "+12125550103"),
        ("212.555.0103", "+12125550103"),
        ("+1 212 555 0103", "+12125550103"),
        ("12125550103", "+12125550103"),
        ("+44 20 7946 0958", "+442079460958"),
        ("555-0103", None),
        ("John Smith", None),
        ("+12345678901234567", None),
        ("٢١٢٥٥٥٠١٠٣", None),
        ("", None),
    ],
)
def test_a_number_is_read_as_e164(text: str, number: str | None):
    assert e164(text) == number
