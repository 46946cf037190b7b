"""Ages, by themselves."""

from datetime import date

import pytest

from services.clinical.patients import age


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
